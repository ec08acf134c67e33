"""Attestations that were signed elsewhere: what is known of them before, and their rows, written together in the log's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.errors import Conflict
from attest.ledger.index import KeyKind
from attest.store.claims import fulfil_new
from attest.store.new_attestation import write_rows
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope
    from attest.store.new_attestation import NewAttestation

Signers = dict[str, set[tuple[str, str]]]
"""By session: (identity, issuer) of everyone who told of it."""


def logged_among(session: Session, scope: Scope, names: Collection[str]) -> frozenset[str]:
    """Give those of these attestations that are logged."""
    query = select(AttestationRow.id).where(AttestationRow.tenant == scope.tenant, col(AttestationRow.id).in_(names))
    return frozenset(session.exec(query)) if names else frozenset()


def signers_of(session: Session, scope: Scope, sessions: Collection[str]) -> Signers:
    """Give who told of each of these sessions; one that nobody told of is missing."""
    found: Signers = {}
    if not sessions:
        return found
    query = (
        select(SubjectRow.value, AttestationRow.identity, AttestationRow.issuer)
        .join(
            AttestationRow,
            (col(SubjectRow.tenant) == AttestationRow.tenant) & (col(SubjectRow.attestation) == AttestationRow.id),
        )
        .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == KeyKind.SESSION.value)
        .where(col(SubjectRow.value).in_(sessions), AttestationRow.session == SubjectRow.value)
        .distinct()
    )
    for name, identity, issuer in session.exec(query):
        found.setdefault(name, set()).add((identity, issuer))
    return found


class ForeignGroup:
    """Attestations that go into the log next to each other; none was logged when this was made."""

    def __init__(self, new: Sequence[NewAttestation]) -> None:
        self._new = tuple(new)
        self._receipts: list[LogReceipt | None] = [None] * len(self._new)

    @property
    def receipts(self) -> tuple[LogReceipt | None, ...]:
        """Where each stands, as the newest attempt to append has it; true once that is committed."""
        return tuple(self._receipts)

    def within(self, position: int) -> Callable[[Session, LogReceipt], None]:
        """Give what `Submission.within` is to be for one of them; the last of the group writes for all."""

        def write(session: Session, receipt: LogReceipt) -> None:
            self._receipts[position] = receipt
            if position == len(self._new) - 1:
                self._write(session)

        return write

    def _write(self, session: Session) -> None:
        scope = self._new[0].scope
        signers = signers_of(session, scope, {one.session_id for one in self._new if one.session_id})
        for one in self._new:
            if signers.get(one.session_id or "", set()) - {(one.identity, one.issuer)}:
                raise Conflict("ledger.conflict", "this session was told of by another identity in the meantime")
        named = {one.write_key: one.id for one in self._new}
        if not fulfil_new(session, scope, named, self._new[0].recorded_at):
            raise Conflict("ledger.conflict", "this statement was logged by another process")
        write_rows(session, [(one, at) for one, at in zip(self._new, self._receipts, strict=True) if at is not None])
