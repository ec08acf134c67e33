"""Session ids: given once to each (tenant, agent, native id), so that later captures of a session find the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from attest.clock import ulid
from attest.store.attestations import visible
from attest.store.database import reading, writing
from attest.store.tables import AttestationRow, PartRow, SessionRow, SubjectRow

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


def native_of(engine: Engine, scope: Scope, name: str) -> tuple[str, str] | None:
    """Give (format, native id) of a `ses_…`; None where there is none. After an erasure the id is `erased_native`."""
    with reading(engine) as session:
        query = select(SessionRow).where(SessionRow.tenant == scope.tenant, SessionRow.id == name)
        row = session.exec(query).one_or_none()
        return (row.agent, row.native_id) if row else None


def forget_native(engine: Engine, scope: Scope, name: str, native_id: str) -> None:
    """Put another native id in the place of a session's own."""
    with writing(engine) as session:
        query = select(SessionRow).where(SessionRow.tenant == scope.tenant, SessionRow.id == name)
        row = session.exec(query).one_or_none()
        if row is not None and row.native_id != native_id:
            row.native_id = native_id
            session.add(row)


def sessions_of_identity(engine: Engine, scope: Scope, identity: str) -> tuple[str, ...]:
    """Give the sessions that an identity recorded, each once, in the order of their ids."""
    with reading(engine) as session:
        query = (
            select(AttestationRow.session)
            .where(AttestationRow.tenant == scope.tenant, AttestationRow.identity == identity)
            .where(col(AttestationRow.session).is_not(None))
            .distinct()
        )
        return tuple(sorted(name for name in session.exec(query) if name))


def recordings_of(engine: Engine, scope: Scope, name: str) -> tuple[tuple[str, int], ...]:
    """Give (`att_…`, when recorded) of every recording of a session, in the log's order."""
    with reading(engine) as session:
        query = (
            select(AttestationRow.id, AttestationRow.recorded_at)
            .join(
                SubjectRow,
                (col(SubjectRow.tenant) == AttestationRow.tenant) & (col(SubjectRow.attestation) == AttestationRow.id),
            )
            .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == "session", SubjectRow.value == name)
            .where(AttestationRow.session == name)
            .order_by(col(AttestationRow.idx))
        )
        return tuple((one, at) for one, at in session.exec(query))


def repositories_of_session(engine: Engine, scope: Scope, name: str) -> frozenset[str]:
    """Give the repositories that any recording of a session touches, as the index spells them."""
    with reading(engine) as session:
        own = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == "session", SubjectRow.value == name
        )
        query = select(SubjectRow.value).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == "repository", col(SubjectRow.attestation).in_(own)
        )
        return frozenset(session.exec(query))


def visible_recordings_of(engine: Engine, scope: Scope, name: str) -> int:
    """Count the recordings of a session whose repositories the scope holds, all of them."""
    with reading(engine) as session:
        own = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == "session", SubjectRow.value == name
        )
        query = (
            select(func.count())
            .select_from(AttestationRow)
            .where(AttestationRow.session == name, col(AttestationRow.id).in_(own), *visible(scope))
        )
        return session.exec(query).one()


def sessions_recorded_before(engine: Engine, scope: Scope, at: int) -> tuple[str, ...]:
    """Give the sessions with parts here whose newest recording is older than `at`, in the order of their ids."""
    with reading(engine) as session:
        parts = select(PartRow.attestation).where(
            PartRow.tenant == scope.tenant, PartRow.attestation == AttestationRow.id
        )
        query = (
            select(AttestationRow.session)
            .where(AttestationRow.tenant == scope.tenant, col(AttestationRow.session).is_not(None))
            .where(parts.exists())
            .group_by(col(AttestationRow.session))
            .having(func.max(AttestationRow.recorded_at) < at)
            .order_by(col(AttestationRow.session))
        )
        return tuple(name for name in session.exec(query) if name)
