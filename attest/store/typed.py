"""All statements of one type, oldest first: what was done here stands in the log, and is read from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.ledger.index import KeyKind
from attest.store.attestations import stored_together
from attest.store.database import reading
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation

_PAGE: Final = 500


def statements_of_type(engine: Engine, scope: Scope, log: str, predicate_type: str) -> Iterator[StoredAttestation]:
    """Yield the statements of a type in a tenant's log in its order, page by page.

    Repositories do not narrow it: such statements are about the log, and bind everybody.
    """
    after = -1
    while True:
        with reading(engine) as session:
            query = (
                select(AttestationRow)
                .join(
                    SubjectRow,
                    (col(SubjectRow.tenant) == AttestationRow.tenant)
                    & (col(SubjectRow.attestation) == AttestationRow.id),
                )
                .where(SubjectRow.tenant == scope.tenant, AttestationRow.log == log)
                .where(SubjectRow.kind == KeyKind.PREDICATE_TYPE.value, SubjectRow.value == predicate_type)
                .where(col(SubjectRow.idx) > after)
                .order_by(col(SubjectRow.idx))
                .limit(_PAGE)
            )
            rows = list(session.exec(query).all())
            held = stored_together(session, scope, rows)
        yield from (held[row.id] for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].idx
