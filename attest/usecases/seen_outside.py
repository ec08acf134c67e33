"""What others hold of this log's heads, and how old that is: its witnesses, its anchors, and what to be alarmed about."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.ledger.cosigned import witness_key
from attest.ledger.note import decode_vkey
from attest.ledger.witness_policy import same_operator
from attest.store.cosignatures import newest_of_each
from attest.usecases.anchors_seen import Anchor, AnchorState, anchors_seen
from attest.usecases.outside_times import moment_of

if TYPE_CHECKING:
    from datetime import datetime

    from attest.usecases.instance import Instance

SHOWN_ANCHORS: Final = 8
MAX_AGE_S: Final = 3_600
"""Oldest that the newest cosignature may be where witnesses are asked: a service asks every ten seconds."""
MAX_AHEAD_S: Final = 300
"""A witness's clock may be this far ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessSeen:
    """What one witness cosigned last; verified when it came."""

    name: str
    same_operator: bool
    tree_size: int
    at: datetime
    age_s: int
    """Negative: its clock is ahead of ours, or ours went backwards."""
    lag: int
    """Entries that the log has beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOutside:
    """Witnesses, anchors, and alarms in plain sentences."""

    witnesses: tuple[WitnessSeen, ...]
    anchors: tuple[Anchor, ...]
    alarms: tuple[str, ...]


def seen_outside(instance: Instance, size: int, *, asks: bool) -> SeenOutside:
    """Give what others hold of a log of this size; `asks`: it is meant to be cosigned, so silence is an alarm."""
    witnesses = witnesses_of(instance, size)
    anchors: tuple[Anchor, ...] = ()
    alarms: list[str] = []
    try:
        anchors = tuple(islice(anchors_seen(instance, limit=SHOWN_ANCHORS), SHOWN_ANCHORS))
    except CannotVerify as err:
        alarms.append(f"no anchor could be verified: {err}")
    alarms += [
        f"an anchor by {one.said.where} does not hold: {one.why}" for one in anchors if one.state is AnchorState.BAD
    ]
    return SeenOutside(witnesses=witnesses, anchors=anchors, alarms=(*_alarms(witnesses, asks=asks), *alarms))


def witnesses_of(instance: Instance, size: int) -> tuple[WitnessSeen, ...]:
    """Give what every witness cosigned last, held against a log of this size and this machine's clock."""
    log, now = decode_vkey(instance.services.log.verifier_key), instance.clock.now()
    found = []
    for vkey, seen, at in newest_of_each(instance.engine, instance.scope, instance.log.name):
        key, when = witness_key(vkey), moment_of(at)
        found.append(
            WitnessSeen(
                name=key.name,
                same_operator=same_operator(log, key),
                tree_size=seen,
                at=when,
                age_s=int((now - when).total_seconds()),
                lag=max(0, size - seen),
            )
        )
    return tuple(found)


def _alarms(witnesses: tuple[WitnessSeen, ...], *, asks: bool) -> tuple[str, ...]:
    others = [one for one in witnesses if not one.same_operator]
    ahead = tuple(
        f"the clock of {one.name} is {-one.age_s} s ahead of this one, or this one went backwards"
        for one in witnesses
        if one.age_s < -MAX_AHEAD_S
    )
    if not asks:
        return ahead
    if not others:
        return ("witnesses are asked, and none outside this operator has cosigned a head", *ahead)
    newest = min(one.age_s for one in others)
    late = (f"the newest cosignature from outside is {newest} s old, more than {MAX_AGE_S} s",)
    return (*(late if newest > MAX_AGE_S else ()), *ahead)
