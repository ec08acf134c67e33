"""Roles and engagements as they are given and taken back: each a change that is made in a transaction of the caller's.

The caller is the log's: a change and the entry that tells of it are there together, or neither is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sqlmodel import col, select

from attest.errors import Conflict, Refused
from attest.model.may import Engagement, Grant
from attest.model.rights import together
from attest.store.access_tables import EngagementRow, GovernedRow, RoleGrantRow
from attest.store.credentials import engagement_of, granted, grants_of, grants_text
from attest.store.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope

MAX_ROWS: Final = 1000


class Change(Protocol):
    """Changes rows in a transaction."""

    def __call__(self, session: Session, /) -> None: ...


def after(first: Callable[[Session, LogReceipt], None], change: Change) -> Callable[[Session, LogReceipt], None]:
    """Give what does both in one transaction."""

    def write(session: Session, receipt: LogReceipt) -> None:
        first(session, receipt)
        change(session)

    return write


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """A role that somebody has by name."""

    id: str
    name: str
    grant: Grant
    by: str
    created_at: int
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An engagement, whose it is, and who opened, confirmed and ended it."""

    engagement: Engagement
    name: str
    by: str
    created_at: int
    confirmed_by: str | None = None
    ended_at: int | None = None


def require_apart(engine: Engine, scope: Scope, given: GivenRole) -> None:
    """Refuse a role that with those given before would join what is kept apart.

    Raises:
        Refused: `service.kept-apart`.
    """
    with reading(engine) as session:
        if not _apart(session, scope, given):
            raise Refused("service.kept-apart")


def giving(scope: Scope, given: GivenRole) -> Change:
    """Give what keeps a role; a role given meanwhile that must not be beside it undoes it."""

    def change(session: Session) -> None:
        if not _apart(session, scope, given):
            raise Conflict("ledger.conflict", "another role was given meanwhile")
        session.add(
            RoleGrantRow(
                tenant=scope.tenant,
                id=given.id,
                name=given.name,
                grants=grants_text((given.grant,)),
                by=given.by,
                created_at=given.created_at,
                revoked_at=None,
            )
        )

    return change


def taking(scope: Scope, identifier: str, at: int) -> Change:
    """Give what takes a role back."""

    def change(session: Session) -> None:
        row = session.get(RoleGrantRow, (scope.tenant, identifier), with_for_update=True)
        if row is None or row.revoked_at is not None:
            raise Conflict("ledger.conflict", "the role was taken back meanwhile")
        row.revoked_at = at

    return change


def roles_given(engine: Engine, scope: Scope) -> tuple[GivenRole, ...]:
    """List the roles that were given by name, newest first, with those taken back."""
    with reading(engine) as session:
        query = select(RoleGrantRow).where(RoleGrantRow.tenant == scope.tenant)
        rows = session.exec(query.order_by(col(RoleGrantRow.id).desc()).limit(MAX_ROWS)).all()
        return tuple(_given(row) for row in rows)


def role_given(engine: Engine, scope: Scope, identifier: str) -> GivenRole | None:
    """Give one role; None where there is none such."""
    with reading(engine) as session:
        row = session.get(RoleGrantRow, (scope.tenant, identifier))
        return None if row is None else _given(row)


def opening(scope: Scope, opened: Opened) -> Change:
    """Give what keeps a new engagement; an incident opens nothing until it is confirmed."""
    one = opened.engagement
    moments = {"since": one.since, "until": one.until, "starts_at": one.starts_at, "expires_at": one.expires_at}
    body = {
        "cause": one.cause.value,
        "purpose": one.purpose,
        "repositories": one.repositories,
        "controls": one.controls,
        "items": sorted(one.items),
        **{key: None if value is None else int(value.timestamp()) for key, value in moments.items()},
    }

    def change(session: Session) -> None:
        session.add(
            EngagementRow(
                tenant=scope.tenant,
                id=one.id,
                name=opened.name,
                body=json.dumps(body),
                by=opened.by,
                confirmed_by=None,
                created_at=opened.created_at,
                revoked_at=None,
            )
        )

    return change


def confirming(scope: Scope, identifier: str, by: str) -> Change:
    """Give what confirms somebody else's engagement, once."""

    def change(session: Session) -> None:
        row = session.get(EngagementRow, (scope.tenant, identifier), with_for_update=True)
        if row is None or not may_confirm(_opened(row), by):
            raise Conflict("ledger.conflict", "the engagement was confirmed or ended meanwhile")
        row.confirmed_by = by

    return change


def may_confirm(opened: Opened, by: str) -> bool:
    """Say whether somebody may confirm: neither whose it is nor who opened it, once, and while it is not ended."""
    return opened.ended_at is None and opened.confirmed_by is None and by not in {opened.name, opened.by}


def ending(scope: Scope, identifier: str, at: int) -> Change:
    """Give what ends an engagement."""

    def change(session: Session) -> None:
        row = session.get(EngagementRow, (scope.tenant, identifier), with_for_update=True)
        if row is None or row.revoked_at is not None:
            raise Conflict("ledger.conflict", "the engagement was ended meanwhile")
        row.revoked_at = at

    return change


def engagements(engine: Engine, scope: Scope, *, name: str | None = None) -> tuple[Opened, ...]:
    """List engagements, newest first, with those that ended; those of one name where one is given."""
    with reading(engine) as session:
        query = select(EngagementRow).where(EngagementRow.tenant == scope.tenant)
        if name is not None:
            query = query.where(EngagementRow.name == name)
        rows = session.exec(query.order_by(col(EngagementRow.id).desc()).limit(MAX_ROWS)).all()
        return tuple(_opened(row) for row in rows)


def engagement(engine: Engine, scope: Scope, identifier: str) -> Opened | None:
    """Give one engagement; None where there is none such."""
    with reading(engine) as session:
        row = session.get(EngagementRow, (scope.tenant, identifier))
        return None if row is None else _opened(row)


def governed_digest(engine: Engine, scope: Scope, what: str) -> str | None:
    """Give the digest of something that governs the instance, as it was logged last; "" for none, None for never."""
    with reading(engine) as session:
        row = session.get(GovernedRow, (scope.tenant, what))
        return None if row is None else row.digest


def noting(scope: Scope, what: str, *, before: str | None, digest: str) -> Change:
    """Give what keeps the digest that is being logged; another process that logged one meanwhile undoes it."""

    def change(session: Session) -> None:
        row = session.get(GovernedRow, (scope.tenant, what), with_for_update=True)
        if (row.digest if row else None) != before:
            raise Conflict("ledger.conflict", "another process logged a change meanwhile")
        session.merge(GovernedRow(tenant=scope.tenant, what=what, digest=digest))

    return change


def _apart(session: Session, scope: Scope, given: GivenRole) -> bool:
    held = granted(session, scope, given.name)
    return together([given.grant.role, *(one.role for one in held)]) is None


def _given(row: RoleGrantRow) -> GivenRole:
    return GivenRole(
        id=row.id,
        name=row.name,
        grant=grants_of(row.grants)[0],
        by=row.by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _opened(row: EngagementRow) -> Opened:
    return Opened(
        engagement=engagement_of(row),
        name=row.name,
        by=row.by,
        created_at=row.created_at,
        confirmed_by=row.confirmed_by,
        ended_at=row.revoked_at,
    )
