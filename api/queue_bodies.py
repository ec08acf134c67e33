"""The JSON of what waits for review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas import AsOf, Body, Counted
from api.shapes import as_of_body
from attest.model.times import rfc3339

if TYPE_CHECKING:
    from attest.usecases.review_queue import ReviewQueue, Waiting


class WaitingBody(Body):
    """One session that waits for review."""

    session: str
    attestation: str
    index: int
    commits: tuple[str, ...]
    agent: str | None
    since: str = Field(description="When its newest capture was logged.")
    authority: str = Field(description="`bypassed`, `unknown`, `widened` or `asked`.")
    risks: tuple[str, ...] = Field(description="Signed facts of the session that ask for a look.")
    why: str = Field(description="That there is no review by another, or why one that is there does not count.")


class QueueBody(Body):
    """What waits for review; no person is counted or ordered."""

    data: tuple[WaitingBody, ...]
    next: None = Field(default=None, description="The head of the queue is one page; `count` says how much waits.")
    as_of: AsOf
    indexed_to: int = Field(description="Sessions of entries below this index were looked at.")
    count: Counted = Field(description="Sessions without any review by another than their runner.")
    reviewed_looked_at: int = Field(description="Newest reviewed sessions that were held against what is there now.")
    reviewed_more: bool = Field(description="There are older reviewed sessions, which were not.")


def queue_body(found: ReviewQueue) -> QueueBody:
    """Give the JSON of a queue."""
    return QueueBody(
        data=tuple(_row(one) for one in found.rows),
        as_of=as_of_body(found.as_of),
        indexed_to=found.indexed_to,
        count=Counted(value=found.count, relation="gte" if found.at_least else "eq"),
        reviewed_looked_at=found.held,
        reviewed_more=found.more_held,
    )


def _row(one: Waiting) -> WaitingBody:
    return WaitingBody(
        session=one.session,
        attestation=one.attestation,
        index=one.index,
        commits=one.commits,
        agent=one.agent or None,
        since=rfc3339(one.since),
        authority=one.authority.name.lower(),
        risks=one.risks,
        why=one.why,
    )
