"""Ask the question of a population again, as the log stood when it was saved, and say which rows differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.canonical import canonical_json
from attest.errors import CannotVerify, NotVerified
from attest.model.population_rows import PopulationRow, rows_digest
from attest.model.tie_out import changed_rows
from attest.store.log_reader import LogReader
from attest.store.population_rows import sessions_with_parts, spoken_of
from attest.usecases.draw_sample import Draw, drawn
from attest.usecases.population_ground import rows_for
from attest.usecases.populations import load_population

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.population import Population
    from attest.usecases.instance import Instance
    from attest.usecases.populations import SavedPopulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What asking again gave."""

    saved: SavedPopulation
    sha256: str
    count: int
    changed: tuple[tuple[str, str], ...]
    """(id, `gone`, `new` or `differs`); empty where the digest is the same."""
    erased: tuple[str, ...]
    """Rows whose texts were erased since: they are rows all the same."""

    @property
    def same(self) -> bool:
        """Whether the same rows came out."""
        return self.sha256 == self.saved.population.sha256


def rerun(instance: Instance, name: str, repository: Repository | None) -> Rerun:
    """Ask the question of a population again, as the log stood then.

    Of a sample, the population it was drawn from is asked again, and the sample drawn again.

    Raises:
        Absent: `service.not-found`.
        NotVerified: `ledger.corrupt`, the log's head of that size has another root now.
        CannotVerify: it was saved from another log, or the log has no head of that size.
    """
    saved = load_population(instance, name)
    _require_same_head(instance, saved.population)
    sample = saved.population.sample
    if sample is None:
        found = rows_for(instance, saved.population.query, saved.population.tree_size, repository)
        named = {one.id for one in saved.population.exclusions}
        rows = tuple(row for row in found if row.id not in named)
    else:
        whole = load_population(instance, sample.of)
        again = Draw(
            size=saved.population.count,
            method=sample.method,
            by=sample.by,
            seed=bytes.fromhex(sample.seed),
            interval=sample.weighed.interval if sample.weighed else 0,
        )
        rows = drawn(whole, again).rows
    changed = changed_rows(_by_id(saved.rows), _by_id(rows))
    return Rerun(
        saved=saved,
        sha256=rows_digest(rows),
        count=len(rows),
        changed=changed,
        erased=erased_rows(instance, saved),
    )


def erased_rows(instance: Instance, saved: SavedPopulation) -> tuple[str, ...]:
    """Give the rows that speak of a session whose secret is gone: its texts cannot be opened by anybody any more."""
    if saved.population.query.unit != "commit":
        return ()
    by_attestation: dict[str, set[str]] = {}
    wanted = [row.id for row in saved.rows]
    for one in spoken_of(instance.engine, instance.scope, wanted, saved.population.tree_size):
        by_attestation.setdefault(one.attestation, set()).add(one.oid)
    sessions = sessions_with_parts(instance.engine, instance.scope, sorted(by_attestation))
    gone = {one for one in set(sessions.values()) if instance.keys.load(f"session/{one}") is None}
    found = {oid for name, session in sessions.items() if session in gone for oid in by_attestation[name]}
    return tuple(sorted(found))


def _require_same_head(instance: Instance, population: Population) -> None:
    if population.origin != instance.services.log.origin:
        raise CannotVerify("evidence.untrusted", "it was saved from another log", got=population.origin[:200])
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(population.tree_size)
    if head is None:
        raise CannotVerify("ledger.range", where=f"tree size {population.tree_size}")
    if head.root.hex() != population.root:
        raise NotVerified("ledger.corrupt", "the head of that size has another root", expected=population.root)


def _by_id(rows: tuple[PopulationRow, ...]) -> dict[str, bytes]:
    return {row.id: canonical_json(row.to_json()) for row in rows}
