"""Session ids: given once to each (tenant, agent, native id), so that later captures of a session find the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.clock import ulid
from attest.store.database import reading, writing
from attest.store.tables import SessionRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.clock import Clock, Entropy
    from attest.model.scope import Scope


def session_id(engine: Engine, scope: Scope, native: tuple[str, str], *, clock: Clock, entropy: Entropy) -> str:
    """Give the `ses_…` of a session named by (agent, native id); the first to ask makes it."""
    agent, native_id = native
    with writing(engine) as session:
        query = select(SessionRow).where(
            SessionRow.tenant == scope.tenant, SessionRow.agent == agent, SessionRow.native_id == native_id
        )
        row = session.exec(query).one_or_none()
        if row is None:
            name = ulid("ses", clock, entropy)
            row = SessionRow(
                tenant=scope.tenant,
                id=name,
                agent=agent,
                native_id=native_id,
                key_name=f"session/{name}",
                created_at=int(clock.now().timestamp()),
            )
            session.add(row)
        return row.id


def known_session(engine: Engine, scope: Scope, native: tuple[str, str]) -> str | None:
    """Give the `ses_…` that a session named by (agent, native id) was given; None where none was."""
    agent, native_id = native
    with reading(engine) as session:
        query = select(SessionRow.id).where(
            SessionRow.tenant == scope.tenant, SessionRow.agent == agent, SessionRow.native_id == native_id
        )
        return session.exec(query).one_or_none()


def native_sessions(engine: Engine, scope: Scope, *, limit: int) -> tuple[tuple[str, str, str], ...]:
    """Give (format, native id, `ses_…`) of the sessions of a tenant, newest first."""
    with reading(engine) as session:
        query = (
            select(SessionRow.agent, SessionRow.native_id, SessionRow.id)
            .where(SessionRow.tenant == scope.tenant)
            .order_by(col(SessionRow.created_at).desc(), col(SessionRow.id))
            .limit(limit)
        )
        return tuple((agent, native, name) for agent, native, name in session.exec(query))
