"""Rows of a population: written the same by everyone, so that one digest stands for all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput, NotVerified
from attest.model.population_predicate import MAX_ROWS, ROW_ID, STATES
from attest.model.statement import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBERS: Final = ("first", "last", "commits", "files", "lines")
"""Members that a row has where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationRow:
    """One unit of a population. Nothing in it names a person."""

    id: str
    """An oid, `base..tip` of a judged range, or `sha256:` and the digest of an artifact."""
    state: str
    """One of `STATES`."""
    repository: str = ""
    """Empty where it is not known."""
    entries: int = 0
    """Log entries below the tree size that speak of it."""
    first: int | None = None
    """Index of the first of them; None where there is none."""
    last: int | None = None
    commits: int | None = None
    """Of a change: the commits it brought; None for another unit."""
    files: int | None = None
    """Files that it changed against its first parent; None where that was not measured."""
    lines: int | None = None
    """Lines added and removed; None where not measured, or where one of the files is binary."""

    def to_json(self) -> dict[str, object]:
        """Give the members that the digest covers."""
        out: dict[str, object] = {"id": self.id, "state": self.state, "entries": self.entries}
        if self.repository:
            out["repository"] = self.repository
        more = {name: getattr(self, name) for name in _NUMBERS}
        return out | {name: value for name, value in more.items() if value is not None}


def rows_bytes(rows: Iterable[PopulationRow]) -> bytes:
    """Give the rows as they are digested: ordered by id, one canonical JSON object and a line feed each."""
    ordered = sorted(rows, key=lambda row: row.id.encode())
    return b"".join(canonical_json(row.to_json()) + b"\n" for row in ordered)


def rows_digest(rows: Iterable[PopulationRow]) -> str:
    """Give SHA-256 over `rows_bytes`, hex."""
    return hashlib.sha256(rows_bytes(rows)).hexdigest()


def ids_digest(ids: Iterable[str]) -> str:
    """Give SHA-256 over ids, each once, in the order of their bytes, each followed by a line feed."""
    return hashlib.sha256(b"".join(one + b"\n" for one in sorted({one.encode() for one in ids}))).hexdigest()


def parse_rows(data: bytes) -> tuple[PopulationRow, ...]:
    """Read rows back as `rows_bytes` writes them.

    Raises:
        NotVerified: `evidence.statement`: a line is no row, or the lines are not in their order, each once.
    """
    lines = data.split(b"\n")
    if lines.pop() or len(lines) > MAX_ROWS:
        raise NotVerified("evidence.statement", expected=f"at most {MAX_ROWS} lines, each ended", where="rows")
    rows = tuple(_parse_row(line, number) for number, line in enumerate(lines, 1))
    if any(one.id.encode() >= two.id.encode() for one, two in pairwise(rows)):
        raise NotVerified("evidence.statement", expected="each id once, in the order of their bytes", where="rows")
    return rows


def _parse_row(line: bytes, number: int) -> PopulationRow:
    value = strict_json(line)
    where = f"row {number}"
    if not isinstance(value, dict):
        raise NotVerified("evidence.statement", expected="an object", where=where)
    words: dict[str, Any] = {name: value.get(name, "") for name in ("id", "state", "repository")}
    numbers: dict[str, Any] = {name: value.get(name) for name in ("entries", *_NUMBERS)}
    known = set(value) <= set(words) | set(numbers)
    whole = all(one is None or (isinstance(one, int) and one is not True and one >= 0) for one in numbers.values())
    try:
        ROW_ID.check(words["id"], where)
    except InvalidInput as err:
        raise NotVerified("evidence.statement", expected=err.expected, where=where) from err
    if not known or not whole or words["state"] not in STATES or not isinstance(words["repository"], str):
        raise NotVerified("evidence.statement", expected="the members of a row", where=where)
    row = PopulationRow(**words, **(numbers | {"entries": numbers["entries"] or 0}))
    if canonical_json(row.to_json()) != line:
        raise NotVerified("evidence.statement", expected="canonical JSON", where=where)
    return row
