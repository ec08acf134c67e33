"""Generations of the keys of one role: announced first, in force from a later moment on, and never taken away.

Names in the key ring: generation 1 has the role's plain name, generation n the name with `-<n>`. Beside them:

- `sigstore/<role>-<n>.announced`  when generation n begins, and when its predecessor ends; written when all its parts are there
- `sigstore/<role>-<n>.revoked`    from when on somebody else may have had the key

Each is created once and never changed, so that a crash between two of them leaves what can be gone on with.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from attest.canonical import canonical_json
from attest.clock import Clock
from attest.errors import CannotVerify
from attest.model.admin_keys import KeyRole
from attest.model.ports import KeyRing
from attest.model.times import rfc3339, rfc3339_seconds

MAX_GENERATIONS: Final = 1000
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is made known of a generation before it begins."""

    announced: datetime
    begins: datetime
    previous_ends: datetime
    """The end of the overlap: what its predecessor signs later is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """That a key may have been another's from some moment on."""

    announced: datetime
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One generation that was announced."""

    number: int
    begins: datetime | None
    """None for the first, which is as old as the instance."""
    ends: datetime | None = None
    """None while no later generation is announced."""
    revoked: datetime | None = None

    @property
    def closes(self) -> datetime | None:
        """Give the moment after which nothing by this generation is taken; None while there is none."""
        known = [moment for moment in (self.ends, self.revoked) if moment is not None]
        return min(known, default=None)


def part_name(part: str, number: int) -> str:
    """Give the name of a part of a generation: the first has the plain one."""
    return part if number == 1 else f"{part}-{number}"


def generations(ring: KeyRing, role: KeyRole, *, known_at: datetime | None = None) -> tuple[Generation, ...]:
    """Give every generation of a role that is announced, the oldest first; with `known_at` as it was known then.

    Raises:
        CannotVerify: `key.missing`: an announcement cannot be read.
    """
    found = [Generation(number=1, begins=None, revoked=_revoked(ring, role, 1, known_at))]
    for number in range(2, MAX_GENERATIONS + 1):
        told = read_announcement(ring, role, number)
        if told is None or (known_at is not None and told.announced > known_at):
            break
        found[-1] = replace(found[-1], ends=told.previous_ends)
        revoked = _revoked(ring, role, number, known_at)
        found.append(Generation(number=number, begins=told.begins, revoked=revoked))
    return tuple(found)


def in_force(found: tuple[Generation, ...], moment: datetime) -> Generation:
    """Give the generation that signs at a moment: the newest that has begun."""
    return next(one for one in reversed(found) if one.begins is None or one.begins <= moment)


def announce(ring: KeyRing, role: KeyRole, number: int, told: Announcement) -> Announcement:
    """Announce a generation, of which all parts are there; gives what was announced before, if anything was."""
    times = {
        "announced": rfc3339(told.announced),
        "begins": rfc3339_seconds(told.begins),
        "previousEnds": rfc3339_seconds(told.previous_ends),
    }
    return _announcement(ring.create(_name(role, number, "announced"), canonical_json(times)), role)


def read_announcement(ring: KeyRing, role: KeyRole, number: int) -> Announcement | None:
    """Give what was announced of a generation; None where nothing was."""
    raw = ring.load(_name(role, number, "announced"))
    return None if raw is None else _announcement(raw, role)


def revoke(ring: KeyRing, role: KeyRole, number: int, told: Revocation) -> Revocation:
    """Keep that a generation is revoked; gives what was kept before, if anything was."""
    times = {"announced": rfc3339(told.announced), "since": rfc3339_seconds(told.since)}
    return _revocation(ring.create(_name(role, number, "revoked"), canonical_json(times)), role)


def read_revocation(ring: KeyRing, role: KeyRole, number: int) -> Revocation | None:
    """Give since when a generation is revoked; None where it is not."""
    raw = ring.load(_name(role, number, "revoked"))
    return None if raw is None else _revocation(raw, role)


def _name(role: KeyRole, number: int, what: str) -> str:
    return f"sigstore/{role.value}-{number}.{what}"


def _revoked(ring: KeyRing, role: KeyRole, number: int, known_at: datetime | None) -> datetime | None:
    told = read_revocation(ring, role, number)
    return None if told is None or (known_at is not None and told.announced > known_at) else told.since


def _announcement(raw: bytes, role: KeyRole) -> Announcement:
    moments = _moments(raw, role)
    return Announcement(announced=moments["announced"], begins=moments["begins"], previous_ends=moments["previousEnds"])


def _revocation(raw: bytes, role: KeyRole) -> Revocation:
    moments = _moments(raw, role)
    return Revocation(announced=moments["announced"], since=moments["since"])


def _moments(raw: bytes, role: KeyRole) -> dict[str, datetime]:
    try:
        found = {name: datetime.fromisoformat(text) for name, text in json.loads(raw).items()}
    except (ValueError, TypeError, AttributeError) as err:
        raise CannotVerify("key.missing", "what was said of a generation cannot be read", where=role) from err
    if found.keys() not in ({"announced", "begins", "previousEnds"}, {"announced", "since"}):
        raise CannotVerify("key.missing", "what was said of a generation cannot be read", where=role)
    return found


@dataclass(slots=True)
class Rolling(Generic[Held]):
    """What is made of the generation in force; a rotation by another process is seen at the next use."""

    ring: KeyRing
    role: KeyRole
    clock: Clock
    load: Callable[[int], Held]
    """Gives it of a generation; asked at each use, so it keeps what it loaded."""

    def now(self) -> Held:
        """Give it of the generation that is in force now."""
        return self.load(in_force(generations(self.ring, self.role), self.clock.now()).number)
