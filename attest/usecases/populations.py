"""Populations: a question saved with what it gave, signed and logged.

1. head     the newest head: nothing that is appended later is a row
2. rows     those of the question at that size, exclusions taken out, each named with why
3. tie-out  the rows held against other sources, each asked at the same time
4. keep     the rows as an object named by their digest
5. log      the statement, subject the log; `pop_…` is its digest
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import Absent, InvalidInput, NotVerified
from attest.model.population import (
    POPULATION_PREFIX,
    Exclusion,
    Population,
    PopulationQuery,
    attestation_of,
    population_id,
    population_of,
)
from attest.model.population_predicate import POPULATION_V1
from attest.model.population_rows import PopulationRow, parse_rows, rows_bytes, rows_digest
from attest.model.sampling import SEED_BYTES, seed_commitment
from attest.model.statement import parse_statement
from attest.model.tie_out import tie_out
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.usecases.log_statement import log_unkept, own_log_subject
from attest.usecases.population_ground import rows_for

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.tie_out import Named
    from attest.usecases.instance import Instance

KEPT_SEED: Final = "sample-seed/"
"""Where a seed waits that this machine drew, until it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPopulation:
    """What to save."""

    query: PopulationQuery
    exclusions: tuple[Exclusion, ...] = ()
    against: tuple[Named, ...] = ()
    """Other sources, already asked."""
    seed_sha256: str = ""
    """Commitment to a seed that somebody else holds; empty: this machine draws one and keeps it until it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPopulation:
    """A population with its rows."""

    id: str
    population: Population
    rows: tuple[PopulationRow, ...]
    """By id."""
    identity: str = ""
    issuer: str = ""
    index: int | None = None
    """Where its statement stands in the log."""


def create_population(instance: Instance, asked: NewPopulation, repository: Repository | None) -> SavedPopulation:
    """Save a question with its rows.

    Raises:
        InvalidInput: the question gives more than 100,000 rows, or excludes what it does not give.
        Quarantined: the second scan found something that looks like a secret or a person.
    """
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()  # 1
    if head is None:
        raise Absent("service.not-found", "nothing is logged yet")
    rows = _without(rows_for(instance, asked.query, head.tree_size, repository), asked.exclusions)  # 2
    at = rfc3339(instance.clock.now())
    committed = asked.seed_sha256 or _kept_seed(instance)
    population = Population(
        query=asked.query,
        extracted_at=at,
        origin=instance.services.log.origin,
        tree_size=head.tree_size,
        root=head.root.hex(),
        count=len(rows),
        sha256=rows_digest(rows),
        exclusions=asked.exclusions,
        tie_outs=tuple(tie_out([row.id for row in rows], one, at) for one in asked.against),  # 3
        seed_sha256=committed,
    )
    return log_population(instance, population, rows)


def load_population(instance: Instance, name: str) -> SavedPopulation:
    """Give a population of this log with its rows as they were kept.

    Raises:
        Absent: `service.not-found`.
        CannotVerify: `store.missing`, its rows are not kept here.
        NotVerified: the rows are not those that its statement commits to.
    """
    found = find_population(instance, name)
    rows = parse_rows(instance.objects.get(found.population.sha256))
    if len(rows) != found.population.count:
        raise NotVerified("ledger.corrupt", "rows of a population", expected=str(found.population.count), where=name)
    return SavedPopulation(
        id=found.id,
        population=found.population,
        rows=rows,
        identity=found.identity,
        issuer=found.issuer,
        index=found.index,
    )


def find_population(instance: Instance, name: str) -> SavedPopulation:
    """Give a population without its rows.

    Raises:
        Absent: `service.not-found`.
    """
    stored = (
        attestations.by_id(instance.engine, instance.scope, attestation_of(name))
        if name.startswith(POPULATION_PREFIX)
        else None
    )
    if stored is None or stored.predicate_type != POPULATION_V1:
        raise Absent("service.not-found", where=name[:80])
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    return SavedPopulation(
        id=population_id(stored.id),
        population=population_of(statement.predicate),
        rows=(),
        identity=stored.identity,
        issuer=stored.issuer,
        index=stored.receipt.index,
    )


def log_population(
    instance: Instance, population: Population, rows: tuple[PopulationRow, ...], material: tuple[str, ...] = ()
) -> SavedPopulation:
    """Sign and log a population or a sample, its rows kept beside it; the same `material` again gives what is there."""
    instance.objects.put(rows_bytes(rows))  # 4
    predicate = population.to_predicate()
    population_of(predicate)
    receipt = log_unkept(  # 5
        instance,
        POPULATION_V1,
        (own_log_subject(instance),),
        predicate,
        write_key_material=canonical_json(list(material)) if material else canonical_json(predicate),
    )
    return load_population(instance, population_id(receipt.attestation))


def _without(rows: tuple[PopulationRow, ...], exclusions: tuple[Exclusion, ...]) -> tuple[PopulationRow, ...]:
    named = {one.id for one in exclusions}
    strange = sorted(named - {row.id for row in rows})
    if strange or len(named) != len(exclusions):
        raise InvalidInput("input.usage", "an exclusion names no row, or a row twice", got=", ".join(strange[:4])[:200])
    return tuple(row for row in rows if row.id not in named)


def _kept_seed(instance: Instance) -> str:
    seed = instance.entropy.bytes(SEED_BYTES)
    committed = seed_commitment(seed)
    instance.keys.create(KEPT_SEED + committed, seed)
    return committed
