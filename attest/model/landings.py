"""Which commits each step of a branch brought: a change is one step of the first-parent line.

A merge brings what was not there before it; any other commit brings itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One step of the first-parent line."""

    oid: str
    parents: tuple[str, ...]
    brought: tuple[str, ...]
    """Commits that this step put on the line, itself first."""

    @property
    def is_merge(self) -> bool:
        """Whether it has more than one parent."""
        return len(self.parents) > 1


def landings(parents: Mapping[str, tuple[str, ...]], tip: str) -> tuple[Landed, ...]:
    """Give the steps of a range, newest first; `parents` has every commit of the range and no other."""
    line = []
    at = tip
    while at in parents:
        line.append(at)
        at = parents[at][0] if parents[at] else ""
    on_line = frozenset(line)
    taken: set[str] = set()
    found = []
    for oid in reversed(line):
        brought, waiting = [oid], list(parents[oid][1:])
        while waiting:
            one = waiting.pop()
            if one in parents and one not in taken and one not in on_line:
                taken.add(one)
                brought.append(one)
                waiting += parents[one]
        found.append(Landed(oid=oid, parents=parents[oid], brought=tuple(brought)))
    return tuple(reversed(found))


def parse_parents(listing: bytes) -> dict[str, tuple[str, ...]]:
    """Read what `git rev-list --parents` prints."""
    lines = (line.split() for line in listing.decode("ascii").splitlines())
    return {first: tuple(rest) for first, *rest in lines}
