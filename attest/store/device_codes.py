"""Command lines that wait until somebody signed in lets them: the digest of the token to be, never the token.

A row is there for minutes, is let once, and is given once: whoever asks again finds nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from sqlalchemy import func
from sqlmodel import col, delete, select

from attest.errors import Conflict, Refused
from attest.model.rights import Right
from attest.store.access_tables import CredentialRow, DeviceCodeRow
from attest.store.credentials import credential_of, credential_row
from attest.store.database import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope
    from attest.store.credentials import Credential

MAX_WAITING: Final = 1000
"""Command lines of one tenant that wait at once: anybody may begin one."""
INTERVAL_S: Final = 5
"""Shortest time between two questions of one command line."""


class Polled(Enum):
    """What a command line that asks is told."""

    GONE = "gone"
    """Refused, given before, too old, or never there: nobody is told which."""
    PENDING = "pending"
    TOO_SOON = "too soon"
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A command line that waits."""

    digest: str
    """Of the token that it will be given."""
    user_code: str
    rights: frozenset[Right]
    """What it asks for; who lets it may have less."""
    asker: str
    """How it calls itself; nothing proves it."""
    expires_at: int


def begin_waiting(engine: Engine, scope: Scope, waiting: Waiting, now: int) -> None:
    """Keep a command line that waits, and forget those whose time is over.

    Raises:
        Refused: `service.too-many` wait already.
        Conflict: `ledger.conflict`, the code that people type is another's.
    """
    with writing(engine) as session:
        mine = col(DeviceCodeRow.tenant) == scope.tenant
        session.exec(delete(DeviceCodeRow).where(mine, col(DeviceCodeRow.expires_at) <= now))
        if session.exec(select(func.count()).select_from(DeviceCodeRow).where(mine)).one() >= MAX_WAITING:
            raise Refused("service.too-many")
        if _typed(session, scope, waiting.user_code) is not None:
            raise Conflict("ledger.conflict", "the code is another's")
        session.add(
            DeviceCodeRow(
                tenant=scope.tenant,
                digest=waiting.digest,
                user_code=waiting.user_code,
                rights=json.dumps(sorted(waiting.rights)),
                asker=waiting.asker,
                expires_at=waiting.expires_at,
                asked_at=0,
                credential=None,
            )
        )


def waiting_for(engine: Engine, scope: Scope, user_code: str, now: int) -> Waiting | None:
    """Give the command line whose code somebody typed; None where none waits by it."""
    with reading(engine) as session:
        row = _typed(session, scope, user_code)
        if row is None or row.credential is not None or row.expires_at <= now:
            return None
        rights = frozenset(Right(one) for one in json.loads(row.rights))
        return Waiting(
            digest=row.digest, user_code=row.user_code, rights=rights, asker=row.asker, expires_at=row.expires_at
        )


def let(engine: Engine, scope: Scope, user_code: str, credential: Credential) -> bool:
    """Let a command line have a credential, once; False where none waits by the code at the credential's own time."""
    with writing(engine) as session:
        row = _typed(session, scope, user_code, lock=True)
        if row is None or row.credential is not None or row.expires_at <= credential.created_at:
            return False
        row.credential = credential.id
        session.add(credential_row(scope, row.digest, credential))
        return True


def turn_away(engine: Engine, scope: Scope, user_code: str) -> bool:
    """Forget a command line that nobody let yet; False where none waits by the code."""
    with writing(engine) as session:
        row = _typed(session, scope, user_code, lock=True)
        if row is None or row.credential is not None:
            return False
        session.delete(row)
        return True


def poll(engine: Engine, scope: Scope, digest: str, now: int) -> tuple[Polled, Credential | None]:
    """Tell a command line where it stands; a credential is given once, and the row is gone with it."""
    with writing(engine) as session:
        row = session.get(DeviceCodeRow, (scope.tenant, digest), with_for_update=True)
        if row is None or row.expires_at <= now:
            return Polled.GONE, None
        early, row.asked_at = now < row.asked_at + INTERVAL_S, now
        if early:
            return Polled.TOO_SOON, None
        if row.credential is None:
            return Polled.PENDING, None
        session.delete(row)
        held = session.get(CredentialRow, (scope.tenant, digest))
        if held is None or held.revoked_at is not None:
            return Polled.GONE, None
        return Polled.GIVEN, credential_of(held)


def _typed(session: Session, scope: Scope, user_code: str, *, lock: bool = False) -> DeviceCodeRow | None:
    query = select(DeviceCodeRow).where(DeviceCodeRow.tenant == scope.tenant, DeviceCodeRow.user_code == user_code)
    return session.exec(query.with_for_update() if lock else query).one_or_none()
