"""The earliest time that somebody outside this operator gave for a head of the log: a witness, or a verified anchor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.errors import CannotVerify
from attest.ledger.cosigned import witness_key
from attest.ledger.note import decode_vkey
from attest.ledger.witness_policy import same_operator
from attest.model.answer_words import time_text
from attest.signing.inclusion import MAX_INTEGRATED_TIME
from attest.store.cosignatures import first_at_or_above
from attest.usecases.anchors_seen import first_verified

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTime:
    """A moment by which a head was known outside."""

    at: datetime
    by: str
    """Whose clock: the witness's name, or the service that the anchor names."""
    tree_size: int

    @property
    def words(self) -> str:
        """Say it in one line, with what was not checked."""
        return (
            f"{time_text(self.at)} UTC, by {self.by}, tree size {self.tree_size:,}; its key is for the reader's policy"
        )


def earliest_outside(instance: Instance, tree_size: int) -> OutsideTime | None:
    """Give the earliest outside time of a head of at least this size; None where nobody outside gave one.

    A witness that is the operator's own by name or key gives none; see `witness_policy.same_operator`. Nor does an anchor
    that is not verified under a pinned key.
    """
    found = [one for one in (_witness(instance, tree_size), _anchor(instance, tree_size)) if one]
    return min(found, key=lambda one: one.at, default=None)


def _witness(instance: Instance, tree_size: int) -> OutsideTime | None:
    log = decode_vkey(instance.services.log.verifier_key)
    for at, size, vkey in first_at_or_above(instance.engine, instance.scope, instance.log.name, tree_size):
        key = witness_key(vkey)
        if not same_operator(log, key):
            return OutsideTime(at=moment_of(at), by=f"witness {key.name}", tree_size=size)
    return None


def moment_of(seconds: int) -> datetime:
    """Give the moment of a witness's signed time; one past the year 9999 is the end of it: no calendar goes further."""
    return datetime.fromtimestamp(min(seconds, MAX_INTEGRATED_TIME), UTC)


def _anchor(instance: Instance, tree_size: int) -> OutsideTime | None:
    try:
        found = first_verified(instance, tree_size)
    except CannotVerify:  # a pinned root that cannot be read verifies nothing
        return None
    if found is None or found.at is None:
        return None
    return OutsideTime(at=found.at, by=f"anchor {found.said.where}", tree_size=found.said.tree_size)
