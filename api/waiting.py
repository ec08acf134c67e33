"""How long a write waits before it is answered: until its entry is durable, published, or cosigned by witnesses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Query
from starlette.concurrency import run_in_threadpool

from api.openapi import WRITE
from api.service import Service
from attest.clock import monotonic_s
from attest.errors import CannotVerify
from attest.model.reached import Reached
from attest.model.receipt import Receipt
from attest.usecases.ingest_log import Logged

Wait = Annotated[Reached, Query(description="What the entry has to reach before this is answered.")]
INGEST: Final = (
    *WRITE,
    "evidence.malformed",
    "evidence.statement",
    "evidence.signature",
    "evidence.certificate",
    "evidence.timestamp",
    "evidence.inclusion",
    "evidence.checkpoint",
    "evidence.entry",
    "evidence.identity",
    "evidence.unsupported",
    "evidence.untrusted",
    "evidence.revoked",
    "redaction.quarantined",
    "redaction.failed",
    "trust.unreadable",
    "ledger.rollback",
)
"""Codes of taking in a bundle."""
_LOOK_S: Final = 0.05
"""Between two looks at what the witnesses have signed, or at what is published."""
_REPEAT_S: Final = 2.0
"""How long the same bundle again waits for the publication of the group that another request brought it into."""


class NoWitness:
    """The log of an instance that asks no witness."""

    def size(self) -> int | None:
        """Give None: `witnessed` is never reached."""
        return None


def known_state(service: Service, receipt: Receipt) -> Reached:
    """Say how far a logged entry has come by now; looks at what is published, so not for the event loop."""
    return known_states(service, (receipt,))[0]


def known_states(service: Service, receipts: Sequence[Receipt]) -> tuple[Reached, ...]:
    """Say it of several, under one look at what is published."""
    try:
        published = service.instance.log.publisher.published()
    except CannotVerify:  # the object store is away: what cannot be seen is not claimed
        published = None
    heads = (service.witnessed.size() or 0, published.size if published else 0)
    return tuple(_state_under(heads, receipt.tree_size) for receipt in receipts)


def _state_under(heads: tuple[int, int], size: int) -> Reached:
    cosigned, published = heads
    if cosigned >= size:
        return Reached.WITNESSED
    return Reached.PUBLISHED if published >= size else Reached.COMMITTED


async def reached(service: Service, done: Logged, asked: Reached) -> Reached:
    """Wait for witnesses where they are asked for, no longer than the limit; gives the state that was reached."""
    if asked is Reached.WITNESSED and await witnessed(service, done.receipt.tree_size):
        return Reached.WITNESSED
    if not done.created:
        return await _repeated(service, done.receipt, asked)
    return Reached.COMMITTED if asked is Reached.COMMITTED or not done.published else Reached.PUBLISHED


async def _repeated(service: Service, receipt: Receipt, asked: Reached) -> Reached:
    until = monotonic_s() + _REPEAT_S
    least = asked if asked is Reached.COMMITTED else Reached.PUBLISHED
    state = await run_in_threadpool(known_state, service, receipt)
    while not state.holds(least) and monotonic_s() < until:
        await asyncio.sleep(_LOOK_S)
        state = await run_in_threadpool(known_state, service, receipt)
    return state


async def witnessed(service: Service, size: int) -> bool:
    """Wait until a head of at least this size is cosigned; False when the limit passed, or no witness is asked."""
    until = monotonic_s() + service.config.witness_s
    while (found := await run_in_threadpool(service.witnessed.size)) is not None:
        if found >= size:
            return True
        if monotonic_s() >= until:
            return False
        await asyncio.sleep(_LOOK_S)
    return False


def status_for(done: Logged, state: Reached, asked: Reached) -> int:
    """Give 201 for a new entry, 200 for one that was there, and 202 where what was asked for is still to come."""
    if not state.holds(asked):
        return 202
    return 201 if done.created else 200
