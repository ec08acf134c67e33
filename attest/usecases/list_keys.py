"""Which keys this instance has: of each role every generation, and when its certificate ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.model.admin_keys import KeyRole
from attest.model.times import rfc3339_seconds
from attest.signing.embedded.generations import Generation, generations, in_force

if TYPE_CHECKING:
    from datetime import datetime

    from attest.usecases.instance import Instance


SOON: Final = timedelta(days=365)
"""How long before a certificate's end the next key is to be made."""


class Standing(StrEnum):
    """What a generation does now."""

    SIGNS = "in force"
    ANNOUNCED = "announced"
    OVERLAPS = "still taken"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One generation of one role."""

    role: str
    generation: int
    standing: Standing
    begins: datetime | None
    ends: datetime | None
    revoked: datetime | None
    certificate_begins: datetime | None
    certificate_ends: datetime | None
    """None where the key has no certificate."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        times = ("begins", "ends", "revoked", "certificate_begins", "certificate_ends")
        held = {name: getattr(self, name) for name in times}
        return {
            "role": self.role,
            "generation": self.generation,
            "standing": self.standing.value,
            **{name: rfc3339_seconds(moment) if moment else None for name, moment in held.items()},
        }

    @property
    def line(self) -> str:
        """Say it in one line."""
        told = {
            "from": self.begins,
            "taken until": self.ends,
            "revoked from": self.revoked,
            "certificate until": self.certificate_ends,
        }
        words = (f"{name} {rfc3339_seconds(moment)}" for name, moment in told.items() if moment)
        return f"{self.role:<10}{self.generation:<4}{self.standing.value:<12}{', '.join(words)}".rstrip()


def ends_soon(row: KeyRow, now: datetime) -> bool | None:
    """Tell whether the certificate of a generation ends within `SOON`; None where it holds no more, or not yet."""
    if row.certificate_ends is None:
        return False
    if now >= row.certificate_ends or (row.certificate_begins and now < row.certificate_begins):
        return None
    return row.certificate_ends - now < SOON


def list_keys(instance: Instance) -> tuple[KeyRow, ...]:
    """Give every generation of every role that is replaced while the instance goes on, the oldest first."""
    return tuple(row_of(instance, role, one) for role in KeyRole for one in generations(instance.keys, role))


def row_of(instance: Instance, role: KeyRole, one: Generation) -> KeyRow:
    """Give the row of a generation."""
    span = _certificate_span(instance, role, one.number)
    return KeyRow(
        role=role.value,
        generation=one.number,
        standing=_standing(instance, role, one),
        begins=one.begins,
        ends=one.ends,
        revoked=one.revoked,
        certificate_begins=span[0] if span else None,
        certificate_ends=span[1] if span else None,
    )


def _standing(instance: Instance, role: KeyRole, one: Generation) -> Standing:
    now = instance.clock.now()
    if one.revoked:
        return Standing.REVOKED
    newest = in_force(generations(instance.keys, role), now).number
    if one.number >= newest:
        return Standing.SIGNS if one.number == newest else Standing.ANNOUNCED
    return Standing.OVERLAPS if one.ends and now <= one.ends else Standing.ENDED


def _certificate_span(instance: Instance, role: KeyRole, number: int) -> tuple[datetime, datetime] | None:
    if role is KeyRole.CA:
        chains = [one.chain for one in instance.services.authorities.named_issuing()]
    elif role is KeyRole.TSA:
        chains = [one.chain for one in instance.services.authorities.named_stamping()]
    else:
        return None
    chain = chains[number - 1]
    return max(each.not_valid_before_utc for each in chain), min(each.not_valid_after_utc for each in chain)
