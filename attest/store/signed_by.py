"""What one identity signed: for that person's own question of what is held, and for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.store.attestations import stored_together, visible
from attest.store.database import reading
from attest.store.tables import AttestationRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation

_PAGE: Final = 500


def attestations_of_identity(engine: Engine, scope: Scope, identity: str) -> Iterator[StoredAttestation]:
    """Yield the statements that an identity signed, in the order of their entries, page by page."""
    after = -1
    while True:
        with reading(engine) as session:
            query = (
                select(AttestationRow)
                .where(*visible(scope), AttestationRow.identity == identity, col(AttestationRow.idx) > after)
                .order_by(col(AttestationRow.idx))
                .limit(_PAGE)
            )
            rows = list(session.exec(query).all())
            held = stored_together(session, scope, rows)
        yield from (held[row.id] for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].idx
