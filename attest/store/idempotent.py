"""Answers to writes that may be sent again: kept for a day under the caller's key, so that sending twice does once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, delete

from attest.errors import Conflict
from attest.store.database import writing
from attest.store.service_tables import IdempotentAnswerRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import Scope

KEPT_S: Final = 24 * 3600
UNDER_WAY_S: Final = 600
"""A write that began so long ago without an end died; its key may be used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a write was answered with."""

    status: int
    body: bytes


def begin(engine: Engine, scope: Scope, digest: str, request: str, *, now: int) -> Answered | None:
    """Claim a key for a request; gives the answer where that request was answered before.

    Raises:
        Conflict: `service.key-reused`, the key is another request's; `service.in-flight`, the same is under way.
    """
    with writing(engine, alone=f"idempotent/{scope.tenant}/{digest}") as session:
        old = now - KEPT_S
        session.exec(
            delete(IdempotentAnswerRow).where(
                col(IdempotentAnswerRow.tenant) == scope.tenant, col(IdempotentAnswerRow.created_at) < old
            )
        )
        row = session.get(IdempotentAnswerRow, (scope.tenant, digest))
        if row is None:
            new = IdempotentAnswerRow(
                tenant=scope.tenant, digest=digest, request=request, status=None, body=None, created_at=now
            )
            session.add(new)
            return None
        if row.request != request:
            raise Conflict("service.key-reused")
        if row.status is not None:
            return Answered(status=row.status, body=row.body or b"")
        if now - row.created_at < UNDER_WAY_S:
            raise Conflict("service.in-flight")
        row.created_at = now
        return None


def finish(engine: Engine, scope: Scope, digest: str, answered: Answered | None) -> None:
    """Keep what a claimed write was answered with; None: it failed, and may be sent again."""
    with writing(engine) as session:
        row = session.get(IdempotentAnswerRow, (scope.tenant, digest))
        if row is None:
            return
        if answered is None:
            session.delete(row)
        else:
            row.status, row.body = answered.status, answered.body
