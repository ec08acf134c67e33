"""The earliest time that somebody outside this operator gave for a head of the log: a witness, or an anchor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.ledger.cosigned import witness_key
from attest.ledger.note import decode_vkey
from attest.ledger.witness_policy import same_operator
from attest.model.answer_words import time_text
from attest.model.session_predicate import LOG_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.cosignatures import first_at_or_above

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

MAX_ANCHORS: Final = 200
"""Newest statements of the log about itself that are looked at."""


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

    A witness that is the operator's own by name or key gives none; see `witness_policy.same_operator`.
    """
    found = [one for one in (_witness(instance, tree_size), *_anchors(instance, tree_size)) if one]
    return min(found, key=lambda one: one.at, default=None)


def _witness(instance: Instance, tree_size: int) -> OutsideTime | None:
    log = decode_vkey(instance.services.log.verifier_key)
    for at, size, vkey in first_at_or_above(instance.engine, instance.scope, instance.log.name, tree_size):
        key = witness_key(vkey)
        if not same_operator(log, key):
            return OutsideTime(at=datetime.fromtimestamp(at, UTC), by=f"witness {key.name}", tree_size=size)
    return None


def _anchors(instance: Instance, tree_size: int) -> list[OutsideTime]:
    listed = attestations.newest(instance.engine, instance.scope, before=None, limit=MAX_ANCHORS, predicate_type=LOG_V1)
    found = []
    for row in listed.rows:
        said = parse_statement(parse_envelope(row.leaf.envelope).payload).predicate
        match said:
            case {"event": "anchor", "time": str(time), "where": str(where), "head": {"treeSize": int(size)}}:
                if size >= tree_size:
                    at = datetime.fromisoformat(time)
                    found.append(OutsideTime(at=at, by=f"anchor {where}", tree_size=size))
            case _:
                continue
    return found
