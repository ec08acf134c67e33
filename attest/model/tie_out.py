"""Sources held against each other, both ways: which units each names that the other does not, why, and what would settle it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.model.population import TieOut
from attest.model.population_rows import ids_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One unit that one source names and another does not."""

    id: str
    named_by: str
    missing_in: str
    why: str
    settle: str
    """What would settle it."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "id": self.id,
            "named_by": self.named_by,
            "missing_in": self.missing_in,
            "why": self.why,
            "settle": self.settle,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The units that one source names."""

    source: str
    query: str
    ids: frozenset[str]

    @property
    def digest(self) -> str:
        """SHA-256 of the ids, see `ids_digest`."""
        return ids_digest(self.ids)


def tie_out(here: Collection[str], other: Named, read_at: str) -> TieOut:
    """Hold the ids of a population against another source."""
    ids = frozenset(here)
    return TieOut(
        source=other.source,
        query=other.query,
        read_at=read_at,
        count=len(other.ids),
        sha256=other.digest,
        both=len(ids & other.ids),
        only_here=len(ids - other.ids),
        only_there=len(other.ids - ids),
    )


def differences(
    one: Named, other: Named, explain: Callable[[str, str, str], tuple[str, str]]
) -> tuple[Difference, ...]:
    """Give the units that only one of two sources names, first those of `one`, each by id."""
    found = []
    for here, there in ((one, other), (other, one)):
        for unit in sorted(here.ids - there.ids):
            why, settle = explain(unit, here.source, there.source)
            found.append(Difference(id=unit, named_by=here.source, missing_in=there.source, why=why, settle=settle))
    return tuple(found)


def changed_rows(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Give (id, `gone`, `new` or `differs`) of rows that are not the same, by id; values are canonical rows."""
    found = []
    for unit in sorted(before.keys() | after.keys()):
        if unit not in after:
            found.append((unit, "gone"))
        elif unit not in before:
            found.append((unit, "new"))
        elif before[unit] != after[unit]:
            found.append((unit, "differs"))
    return tuple(found)
