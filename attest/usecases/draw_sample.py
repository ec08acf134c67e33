"""Draw a sample of a population: with a seed that was committed to before, by rules that anyone follows again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attest.errors import InvalidInput
from attest.model.interval_sampling import Weighed, draw_intervals, interval_for
from attest.model.population import Population, SampleOf
from attest.model.population_rows import PopulationRow, rows_digest
from attest.model.sampling import SEED_BYTES, draw_random, draw_stratified, seed_commitment
from attest.model.times import rfc3339
from attest.usecases.populations import KEPT_SEED, load_population, log_population

if TYPE_CHECKING:
    from attest.usecases.instance import Instance
    from attest.usecases.populations import SavedPopulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How to draw."""

    size: int
    method: str = "random"
    by: str = ""
    """`state` or `repository` where the method is `stratified`, a unit of weight where it is `monetary-unit`."""
    seed: bytes | None = None
    """None: the seed that this machine committed to and kept."""
    interval: int = 0
    """Of a monetary-unit sample, instead of a size; 0: the one by which at most `size` rows of known weight are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a draw gave."""

    rows: tuple[PopulationRow, ...]
    """By id."""
    strata: Mapping[str, int] = field(default_factory=dict)
    weighed: Weighed | None = None


def draw_sample(instance: Instance, name: str, draw: Draw) -> SavedPopulation:
    """Draw a sample of a population, sign it and log it: every draw is on record. The same again gives the same.

    Raises:
        InvalidInput: `input.usage`: the size or the seed does not fit; no seed is given and none was kept.
        NotVerified: `evidence.mismatch` where the seed is not the one committed to.
    """
    whole = load_population(instance, name)
    draw = with_seed(instance, whole, draw)
    found = drawn(whole, draw)
    population = Population(
        query=whole.population.query,
        extracted_at=rfc3339(instance.clock.now()),
        origin=whole.population.origin,
        tree_size=whole.population.tree_size,
        root=whole.population.root,
        count=len(found.rows),
        sha256=rows_digest(found.rows),
        sample=SampleOf(
            of=whole.id,
            count=whole.population.count,
            sha256=whole.population.sha256,
            method=draw.method,
            seed=(draw.seed or b"").hex(),
            committed=bool(whole.population.seed_sha256),
            by="" if draw.method == "random" else draw.by,
            strata=found.strata,
            weighed=found.weighed,
        ),
    )
    much = str(draw.size) if found.weighed is None else f"1 in {found.weighed.interval}"
    return log_population(
        instance, population, found.rows, material=(whole.id, draw.method, draw.by, much, str(draw.seed))
    )


def with_seed(instance: Instance, whole: SavedPopulation, draw: Draw) -> Draw:
    """Give the draw with its seed, held against the population's commitment.

    Raises:
        InvalidInput: `input.usage`: it is a sample itself; no seed is given and none is kept here; it is another one than
            was committed to.
    """
    committed = whole.population.seed_sha256
    if whole.population.sample is not None:
        raise InvalidInput("input.usage", "this is a sample already", expected=whole.population.sample.of)
    seed = draw.seed or (instance.keys.load(KEPT_SEED + committed) if committed else None)
    if seed is None:
        raise InvalidInput("input.usage", "the seed is held by somebody else", expected="--seed HEX")
    if committed and seed_commitment(seed) != committed:
        raise InvalidInput("input.usage", "this is not the seed that the population committed to", expected=committed)
    return replace(draw, by=draw.by or "state", seed=seed)


def drawn(whole: SavedPopulation, draw: Draw) -> Drawn:
    """Give what a draw gives; nothing is stored.

    Raises:
        InvalidInput: `input.usage`: the size, the interval or the unit of weight does not fit the rows.
    """
    digest, seed = whole.population.sha256, draw.seed or b""
    shares: Mapping[str, int] = {}
    weighed = None
    if draw.method == "monetary-unit":
        interval = draw.interval or interval_for(whole.rows, draw.by, draw.size)
        ids, weighed = draw_intervals(whole.rows, interval, by=draw.by, seed=seed, rows_sha256=digest)
    elif draw.method == "stratified":
        ids, shares = draw_stratified(whole.rows, draw.size, by=draw.by, seed=seed, rows_sha256=digest)
    else:
        ids = draw_random([row.id for row in whole.rows], draw.size, seed=seed, rows_sha256=digest)
    chosen = frozenset(ids)
    return Drawn(rows=tuple(row for row in whole.rows if row.id in chosen), strata=shares, weighed=weighed)


def parse_seed(text: str | None) -> bytes | None:
    """Read a seed in hex; None stays None.

    Raises:
        InvalidInput: `input.usage`.
    """
    if text is None:
        return None
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise InvalidInput(
            "input.usage", "a seed", expected=f"{2 * SEED_BYTES} hex digits", got=f"{len(text)} characters"
        )
    return seed
