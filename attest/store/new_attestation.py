"""The derived rows of a new attestation, written in the log's own transaction with its entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import select

from attest.errors import Conflict
from attest.ledger.index import index_terms
from attest.store.claims import fulfil
from attest.store.database import insert_all, writing
from attest.store.tables import ROW_SCHEMA, AttestationRow, PartRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope
    from attest.model.statement import Statement

_OWN: Final = (
    *("tenant", "id", "log", "idx", "predicate_type", "session", "identity", "issuer", "recorded_at"),
    *("foreign_bundle", "schema_version"),
)
_SUBJECT: Final = ("tenant", "kind", "value", "idx", "attestation", "schema_version")
_PART: Final = (
    *("tenant", "attestation", "name", "position", "commitment", "ciphertext", "size", "key_id", "schema_version"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """One part that is in the object store already."""

    name: str
    size: int
    commitment: bytes
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttestation:
    """What is known of an attestation when its entry is appended."""

    scope: Scope
    log: str
    id: str
    statement: Statement
    session_id: str | None
    identity: str
    issuer: str
    recorded_at: int
    parts: tuple[KeptPart, ...] = ()
    key_id: str = ""
    """Root key that the session's secret is wrapped under; empty without parts."""
    foreign_bundle: bytes | None = None
    write_key: str

    def write(self, session: Session, receipt: LogReceipt) -> None:
        """Add the rows, and fulfil the claim.

        Raises:
            Conflict: `ledger.conflict`, the claim was fulfilled by somebody else: the whole group is undone.
        """
        write_rows(session, ((self, receipt),))
        if not fulfil(session, self.scope, self.write_key, self.id):
            raise Conflict("ledger.conflict", "this recording was logged by another process")

    def row(self, index: int) -> tuple[object, ...]:
        """Give the values of its own row in the order of `_OWN`."""
        return (
            self.scope.tenant,
            self.id,
            self.log,
            index,
            self.statement.predicate_type,
            self.session_id,
            self.identity,
            self.issuer,
            self.recorded_at,
            self.foreign_bundle,
            ROW_SCHEMA,
        )

    def subjects(self, index: int) -> Iterator[tuple[object, ...]]:
        """Give the values of its subjects' rows in the order of `_SUBJECT`."""
        # The same terms as the index keys, in clear: what is found is what the log commits to.
        for kind, value in sorted(index_terms(self.statement.document), key=lambda term: (term[0].value, term[1])):
            yield self.scope.tenant, kind.value, value, index, self.id, ROW_SCHEMA

    def kept_parts(self) -> Iterator[tuple[object, ...]]:
        """Give the values of its parts' rows in the order of `_PART`."""
        return part_rows(self.scope, self.id, self.parts, self.key_id)


def part_rows(scope: Scope, attestation: str, parts: tuple[KeptPart, ...], key_id: str) -> Iterator[tuple[object, ...]]:
    """Give the values of the rows of an attestation's parts in the order of `_PART`."""
    for at, part in enumerate(parts):
        place = (scope.tenant, attestation, part.name, at)
        yield *place, part.commitment, part.address, part.size, key_id, ROW_SCHEMA


def add_parts(engine: Engine, scope: Scope, attestation: str, parts: tuple[KeptPart, ...], *, key_id: str) -> bool:
    """Write the parts of an attestation that was logged without them; False where it has parts.

    That they are the parts that were signed is for the caller.
    """
    with writing(engine, alone=f"parts/{scope.tenant}/{attestation}") as session:
        known = select(PartRow).where(PartRow.tenant == scope.tenant, PartRow.attestation == attestation)
        if session.exec(known.limit(1)).first() is not None:
            return False
        insert_all(session, PartRow, _PART, list(part_rows(scope, attestation, parts, key_id)))
    return True


def write_rows(session: Session, new: Sequence[tuple[NewAttestation, LogReceipt]]) -> None:
    """Write the rows of several attestations at once; their claims are for the caller."""
    groups = (
        (AttestationRow, _OWN, [one.row(receipt.index) for one, receipt in new]),
        (SubjectRow, _SUBJECT, [row for one, receipt in new for row in one.subjects(receipt.index)]),
        (PartRow, _PART, [row for one, _ in new for row in one.kept_parts()]),
    )
    for table, columns, rows in groups:
        if rows:
            insert_all(session, table, columns, rows)
