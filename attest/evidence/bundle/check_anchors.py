"""Time stamps of earlier heads, and entries of them in other logs, under what the caller pins: how many leaves by when.

An authority or log that the root of the bundle's own check pins too is the log's own operator's, and counts for nothing. What is
by nobody who is pinned, or by a revoked authority, says nothing, and fails nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.errors import AttestError, NotVerified
from attest.evidence.bundle import layout
from attest.evidence.bundle.check_witnesses import NO_HEAD
from attest.ledger.checkpoint import open_c2sp_note
from attest.ledger.note import MAX_NOTE_BYTES
from attest.ledger.proof import verify_consistency
from attest.ledger.tree import HASH_BYTES
from attest.model.times import rfc3339_seconds
from attest.signing.rekor_answer import MAX_ANSWER_BYTES, UnpinnedLog, entered_at
from attest.signing.strict import base64_text, parse_json
from attest.signing.timestamp import RevokedStamp, UnpinnedStamp, verify_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.evidence.bundle.case import Case, OpenedHead
    from attest.signing.trust import TrustedRoot

MAX_ANCHORS: Final = 200
"""Lines of `anchors.jsonl`, and of `anchor-entries.jsonl`."""
MAX_LINE_BYTES: Final = 256 * 1024
MAX_TOKEN_BYTES: Final = 64 * 1024
_PROOF: Final = {"rfc3161": "token", "hashedrekord": "answer"}
"""The member that has the proof, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedHead:
    """A head that somebody stamped or entered, and what leads from it to the bundle's own."""

    note: bytes
    """The C2SP note that was stamped."""
    path: tuple[bytes, ...]
    """RFC 9162 consistency proof; empty where it is the bundle's own head."""
    proof: bytes
    """The RFC 3161 response, or what a Rekor v1 log answered."""
    where: str
    """Who gave it, by the log's word."""
    kind: str = "rfc3161"
    """Or `hashedrekord`."""

    def encode(self) -> bytes:
        """Give its line."""
        value: dict[str, object] = {
            "kind": self.kind,
            "note": base64_text(self.note),
            "path": [base64_text(one) for one in self.path],
            _PROOF[self.kind]: base64_text(self.proof),
            "where": self.where,
        }
        return canonical_json(value) + b"\n"


def check_anchors(case: Case, root: TrustedRoot | None) -> None:
    """Check every stamp and entry under what is pinned, and say how many leaves were there by when."""
    result, lines, entries = case.result, _lines(case, layout.ANCHORS), _lines(case, layout.ANCHOR_ENTRIES)
    if root is not None:
        result.needed.add("anchors")
    if case.head is None:
        result.close("anchors", "", open_because=NO_HEAD)
    elif root is None:
        if lines or entries or "anchors" in result.failed:
            why = f"{_counted(lines, entries)}, and no authority for them was given"
            result.close("anchors", "", open_because=why)
        else:
            result.none("anchors", "no time stamp of a head")
    else:
        _judge(case, case.head, (lines, entries), _foreign(root, case.root))


def _counted(lines: Sequence[bytes], entries: Sequence[bytes]) -> str:
    more = f" and {len(entries)} entries of heads in other logs" if entries else ""
    return f"{len(lines)} time stamps of heads{more}"


def _lines(case: Case, path: str) -> list[bytes]:
    if not case.bag.has(path):
        return []
    found: list[bytes] = []
    try:
        for line in case.bag.lines(path, MAX_LINE_BYTES):
            found.append(line)
            if len(found) > MAX_ANCHORS:
                raise NotVerified("evidence.malformed", "there are too many")
    except AttestError as err:
        case.result.fail("anchors", f"file {path}", err.what)
    return found


def _foreign(root: TrustedRoot, own: TrustedRoot) -> TrustedRoot:
    ours = {one.chain[0].public_bytes(Encoding.DER) for one in own.timestamp_authorities}
    left = [one for one in root.timestamp_authorities if one.chain[0].public_bytes(Encoding.DER) not in ours]
    logs = tuple(one for one in root.logs if own.log(one.log_id) is None)
    return replace(root, timestamp_authorities=tuple(left), logs=logs)


def _judge(case: Case, head: OpenedHead, given: tuple[Sequence[bytes], Sequence[bytes]], root: TrustedRoot) -> None:
    good: list[tuple[int, float]] = []
    for kind, place, lines in zip(_PROOF, ("anchor", "anchor entry"), given, strict=True):
        for number, line in enumerate(lines):
            try:
                good.append(_stamped(case, head, parse_stamped(line, kind), root))
            except (UnpinnedStamp, RevokedStamp, UnpinnedLog):
                continue
            except AttestError as err:
                case.result.fail("anchors", f"{place} {number}", err.what)
    if not good:
        why = f"none of {_counted(*given)} is by a pinned authority of somebody else"
        case.result.close("anchors", "", open_because=why)
        return
    most = max(size for size, _ in good)
    at = rfc3339_seconds(datetime.fromtimestamp(min(at for size, at in good if size == most), UTC))
    words = (
        f"{len(good)} of {sum(map(len, given))} are by a pinned authority: the first {most} leaves were there at {at}"
    )
    case.result.close("anchors", words)


def _stamped(case: Case, head: OpenedHead, found: StampedHead, root: TrustedRoot) -> tuple[int, float]:
    """Give the size of a stamped head, and when it was stamped.

    Raises:
        NotVerified: it does not hold; `UnpinnedStamp` where nobody who is pinned stamped it.
        CannotVerify: `UnpinnedLog` where no pinned log has it.
    """
    facts = case.facts
    earlier, _ = open_c2sp_note(found.note, head.key)
    if not 0 < earlier.size <= facts.size:
        raise NotVerified("evidence.checkpoint", "it is no earlier head")
    verify_consistency(earlier.size, earlier.root, facts.size, facts.root, found.path)
    if found.kind == "rfc3161":
        at, _ = verify_timestamp(found.proof, found.note, root, case.memo)
    else:
        at = entered_at(found.proof, found.note, root)
    return earlier.size, int(at.timestamp())


def parse_stamped(line: bytes, kind: str) -> StampedHead:
    """Read a line of `anchors.jsonl` (`rfc3161`) or `anchor-entries.jsonl` (`hashedrekord`).

    Raises:
        NotVerified: `evidence.malformed`.
    """
    value = parse_json(line, MAX_LINE_BYTES, where=layout.ANCHORS)
    value.only("kind", "note", "path", _PROOF[kind], "where")
    if value.text("kind") != kind:
        raise NotVerified("evidence.malformed", "an unknown kind of anchor")
    return StampedHead(
        note=value.octets("note", MAX_NOTE_BYTES),
        path=value.octet_list("path", HASH_BYTES),
        proof=value.octets(_PROOF[kind], MAX_ANSWER_BYTES if kind == "hashedrekord" else MAX_TOKEN_BYTES),
        where=value.text("where"),
        kind=kind,
    )
