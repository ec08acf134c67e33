"""What a Rekor v1 log answered when it took the digest of a note: its promise with a time, and the proof that it kept it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

from attest.errors import CannotVerify, NotVerified
from attest.model.statement import strict_json
from attest.signing.inclusion import verify_checkpoint, verify_proof, verify_set
from attest.signing.log_entry import MAX_PROOF_HASHES, InclusionProof, LogEntry
from attest.signing.memo import Memo

if TYPE_CHECKING:
    from datetime import datetime

    from attest.signing.trust import TrustedRoot

MAX_ANSWER_BYTES: Final = 128 * 1024


class UnpinnedLog(CannotVerify):
    """The answer is by no pinned log: of whoever made it nothing is known."""


def entered_at(answer: bytes, note: bytes, root: TrustedRoot) -> datetime:
    """Give the time of an answer about a note, under a pinned log: its SET, and the proof that it is in the tree.

    Raises:
        NotVerified: it is about something else, or does not hold.
        CannotVerify: promise or proof is not in it; `UnpinnedLog`.
    """
    entry = parse_answer(answer)
    if not hmac.compare_digest(_digest(entry.body), hashlib.sha256(note).hexdigest()):
        raise NotVerified("evidence.entry", "the log's entry is about something else")
    log = root.log(entry.log_id)
    if log is None or log.key is None:
        raise UnpinnedLog("evidence.untrusted", "the log is not pinned")
    at = verify_set(entry, log.key)
    if at is None or entry.proof is None or entry.proof.checkpoint is None:
        raise CannotVerify("evidence.inclusion", "the log's answer has no signed entry timestamp, or no proof")
    verify_proof(entry, entry.proof)
    verify_checkpoint(entry.proof, log, root, Memo())
    if not root.holds(log, at):
        raise NotVerified("evidence.inclusion", "the log's key was not pinned for that time")
    return at


def parse_answer(answer: bytes) -> LogEntry:
    """Read an answer; nothing in it is checked.

    Raises:
        NotVerified: `evidence.entry`.
    """
    try:
        [found] = _object(answer).values()
        said = found["verification"]
        proof = said["inclusionProof"]
        return LogEntry(
            index=int(found["logIndex"]),
            log_id=bytes.fromhex(found["logID"]),
            kind="hashedrekord",
            version="0.0.1",
            integrated_time=int(found["integratedTime"]),
            set_signature=base64.b64decode(said["signedEntryTimestamp"], validate=True),
            proof=InclusionProof(
                index=int(proof["logIndex"]),
                size=int(proof["treeSize"]),
                root=bytes.fromhex(proof["rootHash"]),
                hashes=tuple(bytes.fromhex(one) for one in proof["hashes"][:MAX_PROOF_HASHES]),
                checkpoint=str(proof["checkpoint"]),
            ),
            body=base64.b64decode(found["body"], validate=True),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as err:
        raise NotVerified("evidence.entry", "the log's answer does not parse") from err


def _digest(body: bytes) -> str:
    try:
        value = _object(body)
        said = value["spec"]["data"]["hash"]
        return str(said["value"]) if (value["kind"], said["algorithm"]) == ("hashedrekord", "sha256") else ""
    except (KeyError, TypeError) as err:
        raise NotVerified("evidence.entry", "the log's entry does not parse") from err


def _object(raw: bytes) -> dict[str, Any]:
    value = strict_json(raw) if len(raw) <= MAX_ANSWER_BYTES else None
    if not isinstance(value, dict):
        raise NotVerified("evidence.entry", "the log's answer does not parse")
    return value
