"""A bundle's log entry against a pinned log: SET, inclusion proof, checkpoint, and the index they agree on.

1. The log is pinned, its key known.
2. A SET, where there is one, is the log's signature over body, time, log and index; its time is a proved time.
3. The inclusion proof leads from the entry's body to the proof's root.
4. The checkpoint has the log's name, its key hint and its signature, and commits to the same size and root.
5. The outer index is the proof's index, unless a verified SET covers it. A log of several shards numbers its entries
   across them: there an outer index that nothing covers is not checked, and the result gives the proof's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from attest.errors import CannotVerify, NotVerified
from attest.ledger.checkpoint import Checkpoint, parse_checkpoint
from attest.ledger.note import KEY_ID_BYTES, parse_note
from attest.ledger.proof import verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.signing.entry import set_payload
from attest.signing.keys import VerifyingKey
from attest.signing.log_entry import InclusionProof, LogEntry
from attest.signing.memo import Memo
from attest.signing.trust import LogKey, TrustedRoot

MAX_INTEGRATED_TIME = 253_402_300_799
"""End of the year 9999, in seconds since the epoch."""
_SET_KINDS = frozenset((("dsse", "0.0.1"), ("hashedrekord", "0.0.1"), ("intoto", "0.0.2")))
_TREE_SUFFIX = re.compile(r" - [0-9]{1,20}", re.ASCII)
_SHARD = re.compile(r"[^\n]{1,512} - [0-9]{10,20}\n")
"""First line of a checkpoint of a log with shards: Trillian's tree ids are random numbers of 63 bits."""


def pinned_log(entry: LogEntry, root: TrustedRoot) -> tuple[LogKey, VerifyingKey]:
    """Give the pinned log an entry claims, with its key (step 1).

    Raises:
        NotVerified: `evidence.inclusion`: the log is not pinned.
        CannotVerify: `evidence.unsupported`: its key is of a kind this verifier does not know.
    """
    log = root.log(entry.log_id)
    if log is None:
        raise NotVerified("evidence.inclusion", "the log is not pinned", got=entry.log_id.hex(), where="logId")
    if log.key is None:
        raise CannotVerify("evidence.unsupported", "the pinned log's key is of an unknown kind", where=log.base_url)
    return log, log.key


def verify_set(entry: LogEntry, key: VerifyingKey) -> datetime | None:
    """Check the signed entry timestamp and give its time (step 2); None when there is none.

    Raises:
        NotVerified: `evidence.inclusion`: it does not hold, has no time, or is of an entry kind that has none.
    """
    if entry.set_signature is None:
        return None
    at = entry.integrated_time
    if at is None or at > MAX_INTEGRATED_TIME or (entry.kind, entry.version) not in _SET_KINDS:
        raise NotVerified("evidence.inclusion", "an entry timestamp where there can be none", where="inclusionPromise")
    payload = set_payload(entry.body, index=_safe(entry.index), integrated_time=at, log_id=entry.log_id)
    if not key.is_signature_of(entry.set_signature, payload):
        raise NotVerified("evidence.inclusion", "the entry timestamp's signature does not hold")
    return datetime.fromtimestamp(at, UTC)


def _safe(index: int) -> int:
    # Canonical JSON has no larger integers.
    if index >= 2**53:
        raise NotVerified("evidence.inclusion", "the log index is out of range", got=str(index))
    return index


def proved_index(entry: LogEntry) -> int:
    """Give the entry's index as its SET covers it, else as its proof says; both are for others to verify."""
    return entry.index if entry.set_signature is not None or entry.proof is None else entry.proof.index


def _is_across_shards(entry: LogEntry, proof: InclusionProof) -> bool:
    if (entry.kind, entry.version) not in _SET_KINDS or entry.index < proof.index:
        return False
    return proof.checkpoint is not None and _SHARD.match(proof.checkpoint) is not None


def verify_proof(entry: LogEntry, proof: InclusionProof) -> None:
    """Check proof and index (steps 3 and 5), behind `verify_set`.

    Raises:
        NotVerified: `evidence.inclusion`.
    """
    if entry.index != proved_index(entry) and not _is_across_shards(entry, proof):
        raise NotVerified(
            "evidence.inclusion", "two log indexes for one entry", expected=str(proof.index), got=str(entry.index)
        )
    verify_inclusion(leaf_hash(entry.body), proof.index, proof.size, proof.hashes, proof.root)


def verify_checkpoint(proof: InclusionProof, log: LogKey, root: TrustedRoot, memo: Memo) -> Checkpoint | None:
    """Check the checkpoint against the pinned log (step 4); None when the proof has none (0.1 bundles).

    Cosignatures of others are kept out of it: a policy about witnesses is the caller's.

    Raises:
        NotVerified: `evidence.checkpoint`, or `evidence.malformed` when it is no signed note.
    """
    if proof.checkpoint is None:
        return None
    key = ("checkpoint", root.memo_key, log.log_id + proof.checkpoint.encode(errors="surrogatepass"))
    head = memo.get(key, Checkpoint) or memo.keep(key, open_checkpoint(proof.checkpoint, log))
    if (head.size, head.root) != (proof.size, proof.root):
        raise NotVerified(
            "evidence.checkpoint",
            "the checkpoint is of another tree than the proof",
            expected=f"{proof.size} {proof.root.hex()}",
            got=f"{head.size} {head.root.hex()}",
        )
    return head


def open_checkpoint(note: str, log: LogKey) -> Checkpoint:
    """Give the head that a pinned log signed.

    Raises:
        NotVerified: another origin, no signature with the log's name and key hint, or a bad one.
    """
    parsed = parse_note(note)
    head = parse_checkpoint(parsed.text)
    name = _TREE_SUFFIX.sub("", head.origin) if _TREE_SUFFIX.search(head.origin) else head.origin
    if name not in (log.name, log.name.partition("/")[0], log.name.partition("/")[0].partition(":")[0]):
        raise NotVerified(
            "evidence.checkpoint",
            "the checkpoint is of another log",
            expected=log.name,
            got=head.origin,
            where="origin",
        )
    lines = [line for line in parsed.signatures if line.key_id == log.checkpoint_id[:KEY_ID_BYTES]]
    if name not in {line.name for line in lines}:
        raise NotVerified("evidence.checkpoint", "the checkpoint has no signature with the log's name and key hint")
    message = parsed.text.encode()
    # Every line that claims the log's key must hold: a good one does not make up for a bad one.
    if log.key is None or not all(log.key.is_signature_of(line.signature, message) for line in lines):
        raise NotVerified("evidence.checkpoint", "the checkpoint's signature does not hold")
    return head
