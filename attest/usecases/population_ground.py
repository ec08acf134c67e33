"""From a population's question to its rows, as the log stood at a tree size.

1. log, commits    every commit that entries of the ground speak of, with what they make of it
2. log, changes    every range that a logged coverage judged, with the verdict of its newest
3. log, artifacts  every artifact that statements of the named types are about: releases, deployments
4. git             the commits of a range, or the steps of its first-parent line, with what the log says of each

Entries appended later are left out by their index; nothing is ever dropped because its texts were erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.ledger.index import normal_repository
from attest.model.coverage import coverage_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.gap_predicate import GAP_V1
from attest.model.landings import landings, parse_parents
from attest.model.population_predicate import MAX_ROWS
from attest.model.population_rows import PopulationRow
from attest.model.provenance import PROVENANCE_V02, PROVENANCE_V1
from attest.model.review_predicate import REVIEW_V1
from attest.model.statement import parse_statement
from attest.model.summary_types import VERDICTS_SIGNED
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.population_rows import Ground, Spoken, entries_of, spoken_commits, spoken_of
from attest.usecases.index_facets import catch_up_facets
from attest.usecases.population_measures import measured

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.population import PopulationQuery
    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

NO_RECORD: Final = frozenset({DECLARATION_V1, GAP_V1, REVIEW_V1, EXCEPTION_V1, *VERDICTS_SIGNED})
"""Statements that speak of a commit and do not tell how it came about."""
RELEASE_V01: Final = "https://in-toto.io/attestation/release/v0.1"
RELEASE_TYPES: Final = (PROVENANCE_V1, PROVENANCE_V02, RELEASE_V01)
"""What makes a release where the question names no types; a deployment has no type that everybody uses."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What entries say of one unit, collected."""

    predicates: set[str] = field(default_factory=set)
    indices: set[int] = field(default_factory=set)

    def add(self, one: Spoken) -> None:
        """Take one entry in."""
        self.predicates.add(one.predicate_type)
        self.indices.add(one.index)

    @property
    def state(self) -> str:
        """What they make of a commit."""
        if self.predicates - NO_RECORD:
            return "covered"
        if DECLARATION_V1 in self.predicates:
            return "declared"
        return "other" if self.predicates else "not-recorded"


def rows_for(
    instance: Instance, query: PopulationQuery, tree_size: int, repository: Repository | None
) -> tuple[PopulationRow, ...]:
    """Give the rows of a question, by id; nothing is left out yet.

    Raises:
        InvalidInput: more than 100,000 rows; a clone is needed and none is given, or it does not know the range; the unit
            needs types of statements and the question names none.
    """
    if query.source == "git":
        rows = _of_git(instance, query, tree_size, repository)
    elif query.unit == "commit":
        if query.facets:
            catch_up_facets(instance)
        rows = _of_log(instance, query, tree_size)
    elif query.unit == "change":
        rows = _judged(instance, query, tree_size)
    else:
        rows = _artifacts(instance, query, tree_size)
    if len(rows) > MAX_ROWS:
        raise InvalidInput("input.too-large", "rows of a population", expected=f"<= {MAX_ROWS}", got=str(len(rows)))
    return tuple(sorted(rows, key=lambda row: row.id.encode()))


def range_ids(repository: Repository, base: str, tip: str, *, changes: bool) -> tuple[str, ...]:
    """Give the oids of a range: its commits, or the steps of its first-parent line; newest first.

    Raises:
        InvalidInput: more than 100,000.
        CannotVerify: the clone does not have both ends.
    """
    only = ["--first-parent"] if changes else []
    listing = repository.plumbing(["rev-list", *only, f"--max-count={MAX_ROWS + 1}", tip, f"^{base}", "--"])
    oids = tuple(listing.decode("ascii").split())
    if len(oids) > MAX_ROWS:
        raise InvalidInput("input.too-large", "commits of a range", expected=f"<= {MAX_ROWS}")
    return oids


def statements_of(instance: Instance, ground: Ground) -> Iterable[tuple[attestations.StoredAttestation, Statement]]:
    """Yield what entries of the ground say, in the order of the log; one that does not parse is passed over."""
    for name in entries_of(instance.engine, instance.scope, ground):
        stored = attestations.by_id(instance.engine, instance.scope, name)
        if stored is None:
            continue
        try:
            yield stored, parse_statement(parse_envelope(stored.leaf.envelope).payload)
        except AttestError:
            continue


def _ground(query: PopulationQuery, tree_size: int, types: tuple[str, ...] = ()) -> Ground:
    return Ground(
        tree_size=tree_size,
        repository=normal_repository(query.repository) if query.repository else "",
        since=_seconds(query.since),
        until=_seconds(query.until),
        predicate_types=query.predicate_types or types,
        facets=query.facets,
    )


def _seconds(text: str) -> int | None:
    return int(datetime.fromisoformat(text).timestamp()) if text else None


def _of_log(instance: Instance, query: PopulationQuery, tree_size: int) -> list[PopulationRow]:
    told: dict[str, Told] = {}
    for one in spoken_commits(instance.engine, instance.scope, _ground(query, tree_size)):
        told.setdefault(one.oid, Told()).add(one)
        if len(told) > MAX_ROWS:
            break
    return [_row(oid, one, query) for oid, one in told.items()]


def _of_git(
    instance: Instance, query: PopulationQuery, tree_size: int, repository: Repository | None
) -> list[PopulationRow]:
    if repository is None:
        raise InvalidInput("input.usage", "the rows are those of a range, so a clone is needed", expected="--repo DIR")
    brought = _brought(repository, query)
    told: dict[str, Told] = {}
    wanted = sorted({oid for oids in brought.values() for oid in oids})
    types = frozenset(query.predicate_types)
    for one in spoken_of(instance.engine, instance.scope, wanted, tree_size):
        if not types or one.predicate_type in types:
            told.setdefault(one.oid, Told()).add(one)
    sizes = measured(repository, query.base, query.tip, brought) if query.measures else {}
    rows = []
    for unit, oids in brought.items():
        both = _merged([told[oid] for oid in oids if oid in told])
        row = _row(unit, both, query, commits=len(oids) if query.unit == "change" else None)
        files, lines = sizes.get(unit, (None, None))
        asked = query.measures
        rows.append(replace(row, files=files if "files" in asked else None, lines=lines if "lines" in asked else None))
    return rows


def _brought(repository: Repository, query: PopulationQuery) -> dict[str, tuple[str, ...]]:
    oids = range_ids(repository, query.base, query.tip, changes=False)
    if query.unit == "commit":
        return {oid: (oid,) for oid in oids}
    listing = repository.plumbing(["rev-list", "--parents", query.tip, f"^{query.base}", "--"])
    return {step.oid: step.brought for step in landings(parse_parents(listing), query.tip)}


def _merged(told: Sequence[Told]) -> Told:
    merged = Told()
    for one in told:
        merged.predicates |= one.predicates
        merged.indices |= one.indices
    return merged


def _row(unit: str, told: Told, query: PopulationQuery, commits: int | None = None) -> PopulationRow:
    return PopulationRow(
        id=unit,
        state=told.state,
        repository=normal_repository(query.repository) if query.repository else "",
        entries=len(told.indices),
        first=min(told.indices, default=None),
        last=max(told.indices, default=None),
        commits=commits,
    )


def _judged(instance: Instance, query: PopulationQuery, tree_size: int) -> list[PopulationRow]:
    found: dict[str, PopulationRow] = {}
    for stored, statement in statements_of(instance, _ground(query, tree_size, (COVERAGE_V1,))):
        if stored.issuer != instance.services.issuer:
            continue  # anyone may send a signed coverage: only this instance's own stand for its gate
        try:
            part = coverage_of(statement.predicate)
        except AttestError:
            continue
        unit, index = f"{part.coverage.base}..{part.coverage.tip}", stored.receipt.index
        before = found.get(unit)
        found[unit] = PopulationRow(
            id=unit,
            state=part.coverage.verdict,
            repository=normal_repository(query.repository) if query.repository else "",
            entries=1 + (before.entries if before else 0),
            first=before.first if before else index,
            last=index,
            commits=part.count,
        )
    return list(found.values())


def _artifacts(instance: Instance, query: PopulationQuery, tree_size: int) -> list[PopulationRow]:
    if query.unit == "deployment" and not query.predicate_types:
        raise InvalidInput(
            "input.usage", "no type of statement means a deployment everywhere", expected="--type URI of yours"
        )
    found: dict[str, PopulationRow] = {}
    for stored, statement in statements_of(instance, _ground(query, tree_size, RELEASE_TYPES)):
        index = stored.receipt.index
        for digest in {subject.sha256 for subject in statement.subjects if subject.sha256}:
            unit = f"sha256:{digest}"
            before = found.get(unit)
            found[unit] = PopulationRow(
                id=unit,
                state="attested",
                entries=1 + (before.entries if before else 0),
                first=before.first if before else index,
                last=index,
            )
        if len(found) > MAX_ROWS:
            break
    return list(found.values())
