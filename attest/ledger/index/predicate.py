"""The content of `index/v1`: what the last leaf of a group commit says about the index."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from attest.errors import CannotVerify, NotVerified
from attest.ledger.index.keying import PLAIN, is_keying
from attest.ledger.index.live import LiveSegment, encode_live, live_root
from attest.ledger.tree import MAX_TREE_SIZE

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FIELDS = {
    "": frozenset({"range", "segment", "live", "keying"}),
    "range": frozenset({"first", "end"}),
    "segment": frozenset({"root", "rows"}),
    "live": frozenset({"root", "count", "list"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPredicate:
    """What an index leaf commits to."""

    first: int
    end: int
    """The group's range; `end` is the size of the tree whose last leaf this is."""
    segment_root: bytes
    segment_rows: int
    live_root: bytes
    live_count: int
    live_list: bytes
    """SHA-256 of the list's blob."""
    keying: str = PLAIN
    """How the keys of rows are made: see `IndexKeys.keying`."""

    def require_closes(self, size: int) -> None:
        """Raise `NotVerified` unless this is the index of the tree of `size` leaves (`evidence.index`)."""
        if self.end != size:
            raise NotVerified(
                "evidence.index", "the index is that of another tree", expected=f"end {size}", got=f"end {self.end}"
            )


def index_predicate(live: Sequence[LiveSegment], keying: str = PLAIN) -> dict[str, object]:
    """Give the predicate for the list of live segments that ends with the segment of a group."""
    newest = live[-1]
    return {
        "range": {"first": newest.first, "end": newest.end},
        "segment": {"root": newest.root.hex(), "rows": newest.rows},
        "live": {
            "root": live_root(live).hex(),
            "count": len(live),
            "list": "sha256:" + sha256(encode_live(live)).hexdigest(),
        },
        "keying": keying,
    }


def parse_index_predicate(predicate: Mapping[str, object]) -> IndexPredicate:
    """Read the predicate strictly. What is under `extensions` is allowed and not read.

    Raises:
        NotVerified: it is malformed (`evidence.statement`).
        CannotVerify: it names another keying (`evidence.unsupported`).
    """
    keying = predicate.get("keying")
    if not isinstance(keying, str):
        raise _bad("/keying", "a string")
    if not is_keying(keying):
        raise CannotVerify("evidence.unsupported", "the index is keyed in another way", expected=PLAIN)
    _require_fields(predicate, "", optional=frozenset({"extensions"}))
    span, segment, live = (_object(predicate, name) for name in ("range", "segment", "live"))
    parsed = IndexPredicate(
        first=_number(span, "first"),
        end=_number(span, "end"),
        segment_root=_digest(segment["root"], "/segment/root"),
        segment_rows=_number(segment, "rows"),
        live_root=_digest(live["root"], "/live/root"),
        live_count=_number(live, "count"),
        live_list=_digest(live["list"], "/live/list", prefix="sha256:"),
        keying=keying,
    )
    if parsed.first >= parsed.end or parsed.live_count < 1:
        raise _bad("/range", "a range with entries, and a live segment")
    return parsed


def _object(predicate: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = predicate[name]
    if not isinstance(value, Mapping):
        raise _bad(f"/{name}", "an object")
    _require_fields(value, name)
    return value


def _require_fields(value: Mapping[str, object], name: str, optional: frozenset[str] = frozenset()) -> None:
    if set(value) - optional != _FIELDS[name]:
        raise _bad(f"/{name}", "exactly the fields " + ", ".join(sorted(_FIELDS[name])))


def _number(value: Mapping[str, object], name: str) -> int:
    number = value[name]
    if type(number) is not int or not 0 <= number <= MAX_TREE_SIZE:
        raise _bad(f"/{name}", "a whole number")
    return number


def _digest(value: object, where: str, prefix: str = "") -> bytes:
    if not isinstance(value, str) or not value.startswith(prefix) or not _HEX.fullmatch(value.removeprefix(prefix)):
        raise _bad(where, prefix + "64 hex digits")
    return bytes.fromhex(value.removeprefix(prefix))


def _bad(where: str, expected: str) -> NotVerified:
    return NotVerified("evidence.statement", expected=expected, where=where)
