"""The derived rows of a new attestation, written in the log's own transaction with its entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import Conflict
from attest.ledger.index import index_terms
from attest.store.claims import fulfil
from attest.store.tables import AttestationRow, PartRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope
    from attest.model.statement import Statement


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
        session.add(
            AttestationRow(
                tenant=self.scope.tenant,
                id=self.id,
                log=self.log,
                idx=receipt.index,
                predicate_type=self.statement.predicate_type,
                session=self.session_id,
                identity=self.identity,
                issuer=self.issuer,
                recorded_at=self.recorded_at,
                foreign_bundle=self.foreign_bundle,
            )
        )
        session.add_all(self._subjects(receipt.index))
        session.add_all(self._parts())
        if not fulfil(session, self.scope, self.write_key, self.id):
            raise Conflict("ledger.conflict", "this recording was logged by another process")

    def _subjects(self, index: int) -> Iterator[SubjectRow]:
        # The same terms as the index keys, in clear: what is found is what the log commits to.
        for kind, value in sorted(index_terms(self.statement.document), key=lambda term: (term[0].value, term[1])):
            yield SubjectRow(tenant=self.scope.tenant, kind=kind.value, value=value, idx=index, attestation=self.id)

    def _parts(self) -> Iterator[PartRow]:
        for position, part in enumerate(self.parts):
            yield PartRow(
                tenant=self.scope.tenant,
                attestation=self.id,
                name=part.name,
                position=position,
                commitment=part.commitment,
                ciphertext=part.address,
                size=part.size,
                key_id=self.key_id,
            )
