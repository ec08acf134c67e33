"""Credentials, roles and engagements of people and pipelines; read anew for every request, so that taking back is at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlmodel import col, delete, select

from attest.model.may import Cause, Engagement, Grant, Principal
from attest.model.rights import Right, Role, together
from attest.store.access_tables import CredentialRow, EngagementRow, RoleGrantRow
from attest.store.database import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope

MAX_ROWS: Final = 500
FORGET_S: Final = 7 * 24 * 3600
"""How long after its end a credential is still listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One cookie or token, without its secret."""

    id: str
    kind: str
    """`cookie`, `device`, `federated` or `token`."""
    name: str
    grants: tuple[Grant, ...]
    """Roles that came with signing in: of groups, or of a federation's rule."""
    only: frozenset[Right] | None
    created_at: int
    expires_at: int
    revoked_at: int | None = None


def keep_credential(engine: Engine, scope: Scope, digest: str, credential: Credential) -> None:
    """Keep a new credential under the digest of its secret, and forget those that ended long ago."""
    with writing(engine) as session:
        old = credential.created_at - FORGET_S
        session.exec(
            delete(CredentialRow).where(col(CredentialRow.tenant) == scope.tenant, col(CredentialRow.expires_at) < old)
        )
        session.add(credential_row(scope, digest, credential))


def credential_row(scope: Scope, digest: str, credential: Credential) -> CredentialRow:
    """Give the row of a new credential under the digest of its secret."""
    return CredentialRow(
        tenant=scope.tenant,
        digest=digest,
        id=credential.id,
        kind=credential.kind,
        name=credential.name,
        grants=grants_text(credential.grants),
        rights=json.dumps(None if credential.only is None else sorted(credential.only)),
        created_at=credential.created_at,
        expires_at=credential.expires_at,
        revoked_at=None,
    )


def holder_of(engine: Engine, scope: Scope, digest: str, now: datetime) -> tuple[Credential, Principal] | None:
    """Give a credential that holds now, and its principal with all roles and engagements of the moment; None otherwise."""
    with reading(engine) as session:
        row = session.get(CredentialRow, (scope.tenant, digest))
        if row is None or row.revoked_at is not None or row.expires_at <= now.timestamp():
            return None
        credential = credential_of(row)
        given = granted(session, scope, credential.name)
        if together(grant.role for grant in credential.grants + given) is not None:
            # Groups may have changed since a role was given here: neither is let win.
            given = ()
            credential = replace(credential, grants=())
        principal = Principal(
            tenant=scope.tenant,
            name=credential.name,
            grants=credential.grants + given,
            engagements=_engagements(session, scope, credential.name, now),
            only=credential.only,
        )
        return credential, principal


def revoke_credential(engine: Engine, scope: Scope, identifier: str, at: int, *, name: str | None) -> bool:
    """Take a credential back; `name` limits it to one holder's. False where there is none such."""
    with writing(engine) as session:
        query = select(CredentialRow).where(CredentialRow.tenant == scope.tenant, CredentialRow.id == identifier)
        row = session.exec(query).one_or_none()
        if row is None or (name is not None and row.name != name):
            return False
        row.revoked_at = row.revoked_at or at
        return True


def credentials_of(engine: Engine, scope: Scope, name: str) -> tuple[Credential, ...]:
    """List somebody's credentials, newest first."""
    with reading(engine) as session:
        query = select(CredentialRow).where(CredentialRow.tenant == scope.tenant, CredentialRow.name == name)
        rows = session.exec(query.order_by(col(CredentialRow.created_at).desc()).limit(MAX_ROWS)).all()
        return tuple(credential_of(row) for row in rows)


def credential_of(row: CredentialRow) -> Credential:
    """Give the credential of a row."""
    rights = json.loads(row.rights)
    return Credential(
        id=row.id,
        kind=row.kind,
        name=row.name,
        grants=grants_of(row.grants),
        only=None if rights is None else frozenset(Right(one) for one in rights),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def granted(session: Session, scope: Scope, name: str) -> tuple[Grant, ...]:
    """Give the roles that somebody was given by name and has."""
    query = select(RoleGrantRow).where(RoleGrantRow.tenant == scope.tenant, RoleGrantRow.name == name)
    rows = session.exec(query.where(col(RoleGrantRow.revoked_at).is_(None)).limit(MAX_ROWS)).all()
    return tuple(grant for row in rows for grant in grants_of(row.grants))


def _engagements(session: Session, scope: Scope, name: str, now: datetime) -> tuple[Engagement, ...]:
    query = select(EngagementRow).where(EngagementRow.tenant == scope.tenant, EngagementRow.name == name)
    rows = session.exec(query.where(col(EngagementRow.revoked_at).is_(None)).limit(MAX_ROWS)).all()
    found = (engagement_of(row) for row in rows)
    return tuple(one for one in found if one.expires_at > now)


def grants_text(grants: tuple[Grant, ...]) -> str:
    """Give grants as they are kept."""
    return json.dumps([[grant.role.value, grant.repositories] for grant in grants])


def grants_of(text: str) -> tuple[Grant, ...]:
    """Read grants back."""
    rows = json.loads(text)
    return tuple(Grant(role=Role(role), repositories=None if held is None else tuple(held)) for role, held in rows)


def engagement_of(row: EngagementRow) -> Engagement:
    """Give the engagement of a row."""
    body = json.loads(row.body)

    def moment(name: str) -> datetime | None:
        return None if body[name] is None else datetime.fromtimestamp(body[name], UTC)

    return Engagement(
        id=row.id,
        cause=Cause(body["cause"]),
        purpose=body["purpose"],
        starts_at=datetime.fromtimestamp(body["starts_at"], UTC),
        expires_at=datetime.fromtimestamp(body["expires_at"], UTC),
        repositories=None if body["repositories"] is None else tuple(body["repositories"]),
        controls=tuple(body["controls"]),
        since=moment("since"),
        until=moment("until"),
        items=frozenset(body["items"]),
        confirmed=row.confirmed_by is not None,
    )
