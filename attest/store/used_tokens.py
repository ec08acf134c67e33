"""Identity tokens that were used up: one certificate for one token, whichever process is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, delete

from attest.store.database import writing
from attest.store.tables import UsedTokenRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import Scope

KEEP_S: Final = 24 * 3600
"""How long after its end a token is still remembered, in seconds: for clocks that are set back."""


def use_once(engine: Engine, scope: Scope, digest: bytes, *, expires_at: int, at: int) -> bool:
    """Use a token up, durably; False when it was used before. `at` and `expires_at` are seconds since the epoch."""
    with writing(engine, alone=f"used-token/{scope.tenant}") as session:
        if session.get(UsedTokenRow, (scope.tenant, digest)) is not None:
            return False
        session.exec(
            delete(UsedTokenRow).where(
                col(UsedTokenRow.tenant) == scope.tenant, col(UsedTokenRow.expires_at) < at - KEEP_S
            )
        )
        session.add(UsedTokenRow(tenant=scope.tenant, digest=digest, expires_at=expires_at))
        return True
