"""The answer of a search: sessions in groups by how their touching is known, sorted by authority and duration.

The last group is never left out: how many recordings of the window could not be looked into, and what stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from attest.model.access import Authority
from attest.model.basis import Basis
from attest.model.search_touch import BYPASSING, Touch

if TYPE_CHECKING:
    from attest.model.scope import AsOf

MAX_HITS: Final = 500
"""Sessions listed in one group."""
MAX_SHOWN: Final = 50
"""Touches shown of one session."""
_WIDER: Final = frozenset({"writable-directory", "allowed-tool", "network"})


class Exposure(IntEnum):
    """How much a session was allowed without a question; more comes first. Unknown stands high: it could be anything."""

    ASKED = 0
    WIDENED = 1
    """Some tools, folders or the network were opened beforehand."""
    UNKNOWN = 2
    """The transcript names no permission mode."""
    BYPASSED = 3
    """Nobody was asked at all."""


class Standing(StrEnum):
    """How a touching is known."""

    OBSERVED = "observed"
    """A hook witnessed the session and a tool's own record shows it, or a second record agrees."""
    CLAIMED = "claimed"
    """The transcript alone says so; whoever ran the session controls it."""
    COULD_HAVE = "could-have"
    """Nothing shows it, and the session's authority would have let it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One session."""

    session: str
    attestations: tuple[str, ...]
    agent: str
    at: datetime
    """When it ended, or was recorded where that is not known."""
    seconds: int | None
    """How long it ran; None where not known."""
    exposure: Exposure
    standing: Standing
    touches: tuple[Touch, ...]
    """What was asked for, or the authority that would have let it; at most `MAX_SHOWN`."""
    more_touches: int = 0
    commits: tuple[str, ...] = ()
    log: str = ""
    """Origin of the log that holds it."""

    @property
    def order(self) -> tuple[int, int, str]:
        """Give the place in a list: authority, then duration, then id."""
        # A duration that is not known may be any: it stands before those that are.
        return (-int(self.exposure), -(self.seconds if self.seconds is not None else 1 << 40), self.session)

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "session": self.session,
            "attestations": list(self.attestations),
            "agent": self.agent,
            "at": self.at.isoformat(),
            "seconds": self.seconds,
            "authority": self.exposure.name.lower(),
            "standing": self.standing.value,
            "touches": [touch.to_json() for touch in self.touches],
            "more_touches": self.more_touches,
            "commits": list(self.commits),
            "log": self.log,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What the search could not see in the window."""

    without_capture: int
    """Recordings whose texts are not here: recorded without, left elsewhere, erased, unreadable."""
    cut: int
    """Recordings with more touches than the index keeps."""
    authority: int
    """Recordings whose permission mode is not known."""
    gaps: int
    """Statements of the window that say that something was not captured (`gap/v1`)."""
    not_indexed: int
    """Entries of the log that the index has not reached."""
    not_read: str = ""
    """Why a log before this one was not looked into; empty where there is none."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "without_capture": self.without_capture,
            "cut": self.cut,
            "authority": self.authority,
            "gaps": self.gaps,
            "not_indexed": self.not_indexed,
            "not_read": self.not_read,
        }

    @property
    def sentence(self) -> str:
        """Give the line that every answer ends with."""
        return (
            f"unknown: {self.without_capture} sessions in the window had no capture, {self.cut} were cut, of "
            f"{self.authority} the authority is not known, {self.gaps} gaps are stated, {self.not_indexed} entries are "
            f"not indexed; what was never recorded is not counted{f'; {self.not_read}' if self.not_read else ''}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """All of it."""

    observed: tuple[Hit, ...]
    claimed: tuple[Hit, ...]
    could_have: tuple[Hit, ...]
    more: tuple[int, int, int]
    """Sessions beyond `MAX_HITS`, per group."""
    unknown: Unknown
    searched: int
    """Recordings in the window that could be looked into."""
    indexed_to: int
    as_of: AsOf
    follows: tuple[AsOf, ...] = ()
    """The logs before, as they were looked into."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Give the sessions that are shown to have touched it."""
        return (*self.observed, *self.claimed)

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        groups = (self.observed, self.claimed, self.could_have)
        return {
            "groups": {
                name: {"data": [hit.to_json() for hit in group], "more": more}
                for name, group, more in zip(("observed", "claimed", "could_have"), groups, self.more, strict=True)
            },
            "unknown": self.unknown.to_json() | {"sentence": self.unknown.sentence},
            "searched": self.searched,
            "indexed_to": self.indexed_to,
            "as_of": self.as_of.to_json(),
            "follows": [one.to_json() for one in self.follows],
        }


def together(own: SearchAnswer, before: tuple[SearchAnswer, ...], *, not_read: str) -> SearchAnswer:
    """Give one answer for a log and those before it: as of the own one's head, each hit with its log, all unknowns added."""
    every = (own, *before)
    sums = {name: sum(getattr(one.unknown, name) for one in every) for name in _COUNTED}
    groups = [
        sorted((hit for one in every for hit in getattr(one, name)), key=lambda hit: hit.order) for name in _GROUPS
    ]
    more = [sum(one.more[at] for one in every) + len(group[MAX_HITS:]) for at, group in enumerate(groups)]
    return replace(
        own,
        observed=tuple(groups[0][:MAX_HITS]),
        claimed=tuple(groups[1][:MAX_HITS]),
        could_have=tuple(groups[2][:MAX_HITS]),
        more=(more[0], more[1], more[2]),
        unknown=Unknown(**sums, not_read=not_read),
        searched=sum(one.searched for one in every),
        follows=tuple(one.as_of for one in before),
    )


_GROUPS: Final = ("observed", "claimed", "could_have")
_COUNTED: Final = ("without_capture", "cut", "authority", "gaps", "not_indexed")


def exposure_of(authority: Authority) -> Exposure:
    """Give how much a session was allowed: the widest that held at any time."""
    modes = [grant.value for grant in authority.granted if grant.kind in {"permission-mode", "sandbox"}]
    if any(mode in BYPASSING for mode in modes):
        return Exposure.BYPASSED
    if not any(grant.kind == "permission-mode" for grant in authority.granted):
        return Exposure.UNKNOWN
    return Exposure.WIDENED if any(grant.kind in _WIDER for grant in authority.granted) else Exposure.ASKED


def standing_of(touch: Touch, source: str) -> Standing:
    """Say how one touch is known, given how its recording was captured."""
    if touch.basis is Basis.CORROBORATED or (source == "hook" and touch.basis is Basis.OBSERVED):
        return Standing.OBSERVED
    return Standing.CLAIMED
