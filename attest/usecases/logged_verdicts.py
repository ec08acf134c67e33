"""Verdicts that are logged: coverages read back from the ledger, each with who signed it and when it was logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.index import KeyKind, index_terms, normal_repository
from attest.model.coverage import coverage_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.statement import parse_statement
from attest.policy.ready import newest, readiness
from attest.signing.dsse import parse_envelope
from attest.store import attestations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.coverage import Coverage, CoverageRow
    from attest.model.statement import Statement
    from attest.policy.ready import Readiness
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_STATEMENTS: Final = 2000
"""Newest coverages of a log that are read, of whatever repository."""
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What `enforce` would have stopped, and what was left out of the count."""

    readiness: Readiness
    read: int
    """Coverages that were counted."""
    others: int
    """Coverages of the repository that another authority certified: anyone may send a signed statement."""
    more: bool
    """There are older coverages that were not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedVerdict:
    """What one logged coverage says of one commit."""

    attestation: str
    identity: str
    issuer: str
    signed_at: int | None
    """By the log's clock, seconds since the epoch; None where it gives no time."""
    coverage: Coverage
    row: CoverageRow


def ready(instance: Instance, repository: str) -> Ready:
    """Give what `enforce` would have stopped of a repository (`git+https://…`), from the newest logged coverages."""
    wanted = (KeyKind.REPOSITORY, normal_repository(repository))
    own: list[Coverage] = []
    others = read = 0
    before: int | None = None
    more = True
    while more and read < MAX_STATEMENTS:
        page = attestations.newest(
            instance.engine, instance.scope, before=before, limit=_PAGE, predicate_type=COVERAGE_V1
        )
        for stored, statement, part in _coverages(page.rows):
            if wanted in index_terms(statement.document):
                if stored.issuer == instance.services.issuer:
                    own.append(part)
                else:
                    others += 1
        read += len(page.rows)
        more = page.more
        before = page.rows[-1].receipt.index if page.rows else before
    return Ready(readiness=readiness(newest(own)), read=len(own), others=others, more=more)


def verdicts_on(rows: Iterable[StoredAttestation], oid: str) -> tuple[LoggedVerdict, ...]:
    """Give what logged coverages say of a commit, newest entry first; one that cannot be read is passed over."""
    return tuple(
        LoggedVerdict(
            attestation=stored.id,
            identity=stored.identity,
            issuer=stored.issuer,
            signed_at=stored.receipt.integrated_time,
            coverage=coverage,
            row=row,
        )
        for stored, _, coverage in _coverages(rows)
        for row in coverage.rows
        if row.oid == oid
    )


def _coverages(rows: Iterable[StoredAttestation]) -> Iterator[tuple[StoredAttestation, Statement, Coverage]]:
    for stored in rows:
        if stored.predicate_type != COVERAGE_V1:
            continue
        try:
            statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
            yield stored, statement, coverage_of(statement.predicate).coverage
        except AttestError:
            continue
