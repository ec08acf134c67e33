"""Time stamps of earlier heads, under authorities that the caller pins: how many leaves were there by when.

An authority that the root of the bundle's own check pins too is the log's own operator's, and counts for nothing. A stamp
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
from attest.signing.strict import base64_text, parse_json
from attest.signing.timestamp import RevokedStamp, UnpinnedStamp, verify_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.evidence.bundle.case import Case, OpenedHead
    from attest.signing.trust import TrustedRoot

MAX_ANCHORS: Final = 200
"""Lines of `anchors.jsonl`."""
MAX_LINE_BYTES: Final = 256 * 1024
MAX_TOKEN_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedHead:
    """A head that somebody stamped, and what leads from it to the bundle's own."""

    note: bytes
    """The C2SP note that was stamped."""
    path: tuple[bytes, ...]
    """RFC 9162 consistency proof; empty where it is the bundle's own head."""
    token: bytes
    """The RFC 3161 response."""
    where: str
    """Who stamped it, by the log's word."""

    def encode(self) -> bytes:
        """Give its line."""
        value: dict[str, object] = {
            "kind": "rfc3161",
            "note": base64_text(self.note),
            "path": [base64_text(one) for one in self.path],
            "token": base64_text(self.token),
            "where": self.where,
        }
        return canonical_json(value) + b"\n"


def check_anchors(case: Case, root: TrustedRoot | None) -> None:
    """Check every stamp under the pinned authorities, and say how many leaves were there by when."""
    result, lines = case.result, _lines(case)
    if root is not None:
        result.needed.add("anchors")
    if case.head is None:
        result.close("anchors", "", open_because=NO_HEAD)
    elif root is None:
        if lines or "anchors" in result.failed:
            why = f"{len(lines)} time stamps of heads, and no authority for them was given"
            result.close("anchors", "", open_because=why)
        else:
            result.none("anchors", "no time stamp of a head")
    else:
        _judge(case, case.head, lines, _foreign(root, case.root))


def _lines(case: Case) -> list[bytes]:
    if not case.bag.has(layout.ANCHORS):
        return []
    found: list[bytes] = []
    try:
        for line in case.bag.lines(layout.ANCHORS, MAX_LINE_BYTES):
            found.append(line)
            if len(found) > MAX_ANCHORS:
                raise NotVerified("evidence.malformed", "there are too many")
    except AttestError as err:
        case.result.fail("anchors", f"file {layout.ANCHORS}", err.what)
    return found


def _foreign(root: TrustedRoot, own: TrustedRoot) -> TrustedRoot:
    ours = {one.chain[0].public_bytes(Encoding.DER) for one in own.timestamp_authorities}
    left = [one for one in root.timestamp_authorities if one.chain[0].public_bytes(Encoding.DER) not in ours]
    return replace(root, timestamp_authorities=tuple(left))


def _judge(case: Case, head: OpenedHead, lines: Sequence[bytes], root: TrustedRoot) -> None:
    good: list[tuple[int, float]] = []
    for number, line in enumerate(lines):
        try:
            good.append(_stamped(case, head, line, root))
        except (UnpinnedStamp, RevokedStamp):
            continue
        except AttestError as err:
            case.result.fail("anchors", f"anchor {number}", err.what)
    if not good:
        why = f"none of {len(lines)} time stamps of heads is by a pinned authority of somebody else"
        case.result.close("anchors", "", open_because=why)
        return
    most = max(size for size, _ in good)
    at = rfc3339_seconds(datetime.fromtimestamp(min(at for size, at in good if size == most), UTC))
    words = f"{len(good)} of {len(lines)} are by a pinned authority: the first {most} leaves were there at {at}"
    case.result.close("anchors", words)


def _stamped(case: Case, head: OpenedHead, line: bytes, root: TrustedRoot) -> tuple[int, float]:
    """Give the size of a stamped head, and when it was stamped.

    Raises:
        NotVerified: it does not hold; `UnpinnedStamp` where nobody who is pinned stamped it.
    """
    found, facts = parse_stamped(line), case.facts
    earlier, _ = open_c2sp_note(found.note, head.key)
    if not 0 < earlier.size <= facts.size:
        raise NotVerified("evidence.checkpoint", "it is no earlier head")
    verify_consistency(earlier.size, earlier.root, facts.size, facts.root, found.path)
    at, _ = verify_timestamp(found.token, found.note, root, case.memo)
    return earlier.size, int(at.timestamp())


def parse_stamped(line: bytes) -> StampedHead:
    """Read a line of `anchors.jsonl`.

    Raises:
        NotVerified: `evidence.malformed`.
    """
    value = parse_json(line, MAX_LINE_BYTES, where=layout.ANCHORS)
    value.only("kind", "note", "path", "token", "where")
    if value.text("kind") != "rfc3161":
        raise NotVerified("evidence.malformed", "an unknown kind of anchor")
    return StampedHead(
        note=value.octets("note", MAX_NOTE_BYTES),
        path=value.octet_list("path", HASH_BYTES),
        token=value.octets("token", MAX_TOKEN_BYTES),
        where=value.text("where"),
    )
