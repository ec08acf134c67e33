"""Salts of pseudonyms: one for each person that an issuer knows, made at the first certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from attest.store.database import reading, writing
from attest.store.tables import ActorRow

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope


def uri_of(engine: Engine, scope: Scope, *, issuer: str, subject: str) -> str | None:
    """Give the pseudonym of a person; None when none was made, or it was erased."""
    with reading(engine) as session:
        row = _row(session, scope, issuer, subject)
        return row.uri if row else None


def keep_actor(engine: Engine, scope: Scope, *, issuer: str, subject: str, uri: str, salt: bytes, at: int) -> str:
    """Keep a new pseudonym with its salt; gives the one that is there already, when somebody was quicker."""
    with writing(engine, alone=f"actor/{scope.tenant}") as session:
        row = _row(session, scope, issuer, subject)
        if row is None:
            row = ActorRow(tenant=scope.tenant, issuer=issuer, subject=subject, uri=uri, salt=salt, created_at=at)
            session.add(row)
        return row.uri


def salt_of(engine: Engine, scope: Scope, uri: str) -> tuple[bytes, str, str] | None:
    """Give what discloses a pseudonym (salt, issuer, subject); None when it was erased, or never made here."""
    with reading(engine) as session:
        query = select(ActorRow).where(ActorRow.tenant == scope.tenant, ActorRow.uri == uri)
        row = session.exec(query).one_or_none()
        return (row.salt, row.issuer, row.subject) if row else None


def _row(session: Session, scope: Scope, issuer: str, subject: str) -> ActorRow | None:
    return session.get(ActorRow, (scope.tenant, issuer, subject))


def forget_actor(engine: Engine, scope: Scope, uri: str) -> bool:
    """Remove what discloses a pseudonym; False where nothing did."""
    with writing(engine, alone=f"actor/{scope.tenant}") as session:
        query = select(ActorRow).where(ActorRow.tenant == scope.tenant, ActorRow.uri == uri)
        row = session.exec(query).one_or_none()
        if row is not None:
            session.delete(row)
        return row is not None


def uris_of_subject(engine: Engine, scope: Scope, subject: str) -> tuple[str, ...]:
    """Give the pseudonyms of whoever any issuer knows by a name."""
    with reading(engine) as session:
        query = select(ActorRow.uri).where(ActorRow.tenant == scope.tenant, ActorRow.subject == subject)
        return tuple(sorted(session.exec(query)))
