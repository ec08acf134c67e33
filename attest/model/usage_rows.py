"""How much was recorded, added up by repository and by cost centre; never by person, and never of fewer than five people.

A row of fewer people would tell of one of them. Such rows are put together under `OTHERS`, with as many of the smallest of
the rest as it takes, so that what is shown, taken from the whole, leaves nothing about fewer than five either. Where all
together are fewer, nothing is added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MIN_PEOPLE: Final = 5
OTHERS: Final = "(others)"
NO_CENTRE: Final = "(none)"
NO_REPOSITORY: Final = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one signer recorded in one repository: what is added up, and never shown."""

    # person: the ground of usage, added up over five people at least before it is shown
    repository: str
    signer: tuple[str, str]
    attestations: int
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One row that may be shown."""

    name: str
    attestations: int
    sessions: int
    """A session that touched two repositories counts in both."""


def usage_rows(used: Iterable[Used], centres: Mapping[str, str] | None = None) -> tuple[UsageRow, ...]:
    """Add up by repository, or with `centres` (cost centre of each repository) by cost centre; by name, others last."""
    groups: dict[str, list[Used]] = {}
    for one in used:
        name = one.repository if centres is None else centres.get(one.repository, NO_CENTRE)
        groups.setdefault(name, []).append(one)
    few = [name for name in groups if _people(groups[name]) < MIN_PEOPLE]
    rest = sorted((name for name in groups if name not in set(few)), key=lambda name: (_people(groups[name]), name))
    others = [one for name in few for one in groups[name]]
    while others and _people(others) < MIN_PEOPLE and rest:
        others += groups[rest.pop(0)]
    rows = [_row(name, groups[name]) for name in sorted(rest)]
    return (*rows, *([_row(OTHERS, others)] if _people(others) >= MIN_PEOPLE else ()))


def _people(used: Iterable[Used]) -> int:
    return len({one.signer for one in used})


def _row(name: str, used: list[Used]) -> UsageRow:
    return UsageRow(
        name=name, attestations=sum(one.attestations for one in used), sessions=sum(one.sessions for one in used)
    )
