"""What every connector gives and shares: rows of one item, or why it gives none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from attest.capture.lines import Fields, parse_line
from attest.capture.mcp.jsonrpc import canonical_arguments
from attest.capture.second.payload import Payload, PayloadItem
from attest.model.second import Control, SecondCounts, SecondLog, SecondRecord
from attest.model.session import Tally

MAX_WORD: Final = 256
MAX_SESSIONS: Final = 64
"""Names of sessions kept of one payload."""

Rows = tuple[SecondRecord, ...] | str
"""The rows of an item, or one word that says why it gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One kind of second record."""

    source: str
    control: Control
    """Who controls such a record by default."""
    lacks: tuple[str, ...]
    """What it never holds: kinds of items first, then more in words."""
    looks_like: Callable[[PayloadItem], bool]
    """Says whether one item is of this kind, by members that no other kind has together."""
    rows: Callable[[PayloadItem], Rows]
    sessions: Callable[[PayloadItem], tuple[str, ...]]
    cut: Callable[[Payload], tuple[str, ...]]


def read_with(connector: Connector, payload: Payload, *, control: Control | None = None) -> SecondLog:
    """Give all that a payload tells, every item accounted for. `control` is the caller's word against the default."""
    rows: list[SecondRecord] = []
    skipped = Counter({tally.name: tally.count for tally in payload.skipped})
    sessions: dict[str, None] = {}
    used = 0
    for item in payload.items:
        named = connector.sessions(item)
        sessions |= dict.fromkeys(named)
        made = connector.rows(item)
        if isinstance(made, str):
            skipped[made] += 1
            continue
        used += 1
        rows += (replace(row, session=named[0]) for row in made) if named else made
    return SecondLog(
        source=connector.source,
        control=control or connector.control,
        session_ids=tuple(sessions)[:MAX_SESSIONS],
        lacks=connector.lacks,
        cut=connector.cut(payload),
        rows=tuple(rows),
        counts=SecondCounts(
            items=used + sum(skipped.values()),
            used=used,
            skipped=tuple(Tally(name=name, count=count) for name, count in sorted(skipped.items()) if count),
        ),
    )


def word(value: object) -> str:
    """Give a short text, or an empty one where it is none or too long to be a name."""
    return value if isinstance(value, str) and len(value) <= MAX_WORD else ""


def words(values: Iterable[object]) -> tuple[str, ...]:
    """Give the names among values, each once, in order."""
    return tuple(dict.fromkeys(made for value in values if (made := word(value))))


def arguments_of(value: object) -> bytes | None:
    """Give arguments as canonical JSON, from an object or the JSON text of one; None where they are neither."""
    if isinstance(value, str):
        made = parse_line(value.encode("utf-8", "replace"))
        return canonical_arguments(made)
    return canonical_arguments(value)


def has(fields: Fields, *names: str) -> bool:
    """Say whether an object has all of these members."""
    return all(name in fields for name in names)


def nothing_cut(_: Payload) -> tuple[str, ...]:
    """Give nothing: such a payload does not say whether it is whole."""
    return ()
