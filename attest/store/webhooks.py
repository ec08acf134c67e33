"""Webhooks: whom to tell what is logged, and how far each has come. Whoever delivers holds one for a while, alone.

There is no queue beside the log: a webhook's job is what comes after its place. A process takes a webhook that is due
(SKIP LOCKED; on SQLite the write lock), for a lease; who dies with it leaves it to the next, from the same place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.errors import Refused
from attest.store.database import reading, writing
from attest.store.service_tables import WebhookRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import Scope

MAX_WEBHOOKS: Final = 100
"""Of one tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One webhook."""

    id: str
    url: str
    types: tuple[str, ...]
    """Types of events, without their prefix; empty: all."""
    repositories: tuple[str, ...] | None
    """What whoever made it could see; None: all of the tenant's."""
    by: str
    created_at: int
    delivered: int
    """Index of the last entry that is delivered, or was passed over."""
    attempts: int = 0
    """Attempts in a row that failed."""
    next_at: int = 0
    leased_until: int = 0
    last: str = ""
    """What became of the last attempt: a status, or why there was none."""


def add_webhook(engine: Engine, scope: Scope, webhook: Webhook) -> None:
    """Keep a new webhook.

    Raises:
        Refused: `service.too-many`, the tenant has 100.
    """
    with writing(engine, alone=f"webhooks/{scope.tenant}") as session:
        query = select(WebhookRow.id).where(WebhookRow.tenant == scope.tenant, col(WebhookRow.ended_at).is_(None))
        if len(session.exec(query.limit(MAX_WEBHOOKS)).all()) >= MAX_WEBHOOKS:
            raise Refused("service.too-many", "webhooks of one tenant", expected=f"<= {MAX_WEBHOOKS}")
        session.add(
            WebhookRow(
                tenant=scope.tenant,
                id=webhook.id,
                url=webhook.url,
                types=json.dumps(webhook.types),
                repositories=json.dumps(webhook.repositories),
                by=webhook.by,
                created_at=webhook.created_at,
                ended_at=None,
                delivered=webhook.delivered,
                attempts=0,
                next_at=webhook.next_at,
                leased_until=0,
                last="",
            )
        )


def webhooks_of(engine: Engine, scope: Scope) -> tuple[Webhook, ...]:
    """List the webhooks that do not reach beyond the scope, newest first."""
    with reading(engine) as session:
        query = select(WebhookRow).where(WebhookRow.tenant == scope.tenant, col(WebhookRow.ended_at).is_(None))
        rows = session.exec(query.order_by(col(WebhookRow.id).desc()).limit(MAX_WEBHOOKS)).all()
    return tuple(one for one in map(_webhook, rows) if _within(one, scope))


def end_webhook(engine: Engine, scope: Scope, name: str, at: int) -> bool:
    """End a webhook for good; False where the scope has none of that name."""
    with writing(engine) as session:
        row = _row(session.get(WebhookRow, (scope.tenant, name)), scope)
        if row is not None:
            row.ended_at = at
        return row is not None


def replay(engine: Engine, scope: Scope, name: str, after: int) -> bool:
    """Put a webhook back to a place, from which all is delivered again; False where the scope has none of that name."""
    with writing(engine) as session:
        row = _row(session.get(WebhookRow, (scope.tenant, name)), scope)
        if row is not None:
            row.delivered, row.attempts, row.next_at, row.leased_until = after, 0, 0, 0
        return row is not None


def take_due(engine: Engine, scope: Scope, *, size: int, now: int, lease_s: int) -> Webhook | None:
    """Take one webhook that is due and has not come to the end of a log of `size` entries; None where there is none."""
    with writing(engine) as session:
        query = (
            select(WebhookRow)
            .where(WebhookRow.tenant == scope.tenant, col(WebhookRow.ended_at).is_(None))
            .where(col(WebhookRow.next_at) <= now, col(WebhookRow.leased_until) <= now)
            .where(col(WebhookRow.delivered) < size - 1)
            .order_by(col(WebhookRow.next_at), col(WebhookRow.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = session.exec(query).one_or_none()
        if row is None:
            return None
        row.leased_until = now + lease_s
        return _webhook(row)


def come_to(engine: Engine, scope: Scope, webhook: Webhook) -> bool:
    """Write how far a webhook that was taken has come, and let go of it; False where somebody else has it by now."""
    with writing(engine) as session:
        row = session.get(WebhookRow, (scope.tenant, webhook.id), with_for_update=True)
        # Who was slower than the lease, or was put back meanwhile, must not write over what is there now.
        if row is None or row.leased_until != webhook.leased_until:
            return False
        row.delivered, row.attempts, row.next_at = webhook.delivered, webhook.attempts, webhook.next_at
        row.last, row.leased_until = webhook.last[:64], 0
        return True


def _row(row: WebhookRow | None, scope: Scope) -> WebhookRow | None:
    return row if row is not None and row.ended_at is None and _within(_webhook(row), scope) else None


def _within(webhook: Webhook, scope: Scope) -> bool:
    if scope.repositories is None:
        return True
    return webhook.repositories is not None and set(webhook.repositories) <= set(scope.repositories)


def _webhook(row: WebhookRow) -> Webhook:
    held = json.loads(row.repositories)
    return Webhook(
        id=row.id,
        url=row.url,
        types=tuple(json.loads(row.types)),
        repositories=None if held is None else tuple(held),
        by=row.by,
        created_at=row.created_at,
        delivered=row.delivered,
        attempts=row.attempts,
        next_at=row.next_at,
        leased_until=row.leased_until,
        last=row.last,
    )
