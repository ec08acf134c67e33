"""Populations as values: the question and what it gave, as the statement says it, read strictly."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from attest.errors import InvalidInput
from attest.model.interval_sampling import Weighed
from attest.model.population_predicate import ALGORITHM, MEASURES, POPULATION, STRATA, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping

POPULATION_PREFIX: Final = "pop_"
_ATTESTATION: Final = "att_"
_ENDS: Final = frozenset({"base", "tip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationQuery:
    """The question. Empty text: not asked for."""

    source: str
    """`log`: units that the log speaks of; `git`: units of a range, with what the log says of each."""
    unit: str
    repository: str = ""
    base: str = ""
    tip: str = ""
    since: str = ""
    until: str = ""
    """Of the time at which this service took an entry in."""
    predicate_types: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    """What was counted in git for every row: of `MEASURES`, each once, in their order."""
    facets: tuple[tuple[str, str], ...] = ()
    """Facet and value of the recordings that count, as `recording_facets.facets_of` reads them, each facet once."""

    def to_json(self) -> dict[str, object]:
        """Give the member of the statement."""
        named = (
            ("repository", self.repository),
            ("base", self.base),
            ("tip", self.tip),
            ("since", self.since),
            ("until", self.until),
            ("predicateTypes", list(self.predicate_types)),
            ("measures", list(self.measures)),
            ("facets", dict(self.facets)),
        )
        return {"source": self.source} | {name: value for name, value in named if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """One unit that the question gave and that was left out."""

    id: str
    why: str
    """A word, such as `bot-commit` or the number of a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOut:
    """The rows held against another source that was asked for the same."""

    source: str
    query: str
    read_at: str
    count: int
    sha256: str
    """`ids_digest` of what it gave."""
    both: int
    only_here: int
    only_there: int

    @property
    def ties(self) -> bool:
        """Whether both sources name the same units."""
        return not self.only_here and not self.only_there


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOf:
    """How a sample was drawn."""

    of: str
    count: int
    sha256: str
    method: str
    seed: str
    committed: bool
    """Whether the population that it is drawn from had committed to the seed."""
    by: str = ""
    strata: Mapping[str, int] = field(default_factory=dict)
    """Units drawn of each stratum; empty where the method is another one than `stratified`."""
    weighed: Weighed | None = None
    """What the rows weigh, in the unit `by`; None where the method is another one than `monetary-unit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What a `population/v1` statement says."""

    query: PopulationQuery
    extracted_at: str
    origin: str
    tree_size: int
    root: str
    count: int
    sha256: str
    exclusions: tuple[Exclusion, ...] = ()
    tie_outs: tuple[TieOut, ...] = ()
    seed_sha256: str = ""
    """Empty where no seed was committed to."""
    sample: SampleOf | None = None
    """None where this is a whole population."""

    def to_predicate(self) -> dict[str, object]:
        """Give the predicate."""
        out: dict[str, object] = {
            "unit": self.query.unit,
            "extractedAt": self.extracted_at,
            "query": self.query.to_json(),
            "asOf": {"origin": self.origin, "treeSize": self.tree_size, "root": self.root},
            "rows": {"count": self.count, "sha256": self.sha256},
            "exclusions": [{"id": one.id, "why": one.why} for one in self.exclusions],
            "tieOut": [_tie_out_json(one) for one in self.tie_outs],
        }
        if self.seed_sha256:
            out["draw"] = {"algorithm": ALGORITHM, "seedSha256": self.seed_sha256}
        if self.sample is not None:
            out["sample"] = _sample_json(self.sample)
        return out


def population_of(predicate: Mapping[str, object]) -> Population:
    """Read a `population/v1` predicate.

    Raises:
        InvalidInput: `evidence.statement`: not of its shape, or it contradicts itself.
    """
    POPULATION.check(dict(predicate), "/predicate")
    read = _read(predicate)
    _require_sound(read)
    return read


def population_id(attestation: str) -> str:
    """Give `pop_…` of the attestation that states it: the same digest."""
    return POPULATION_PREFIX + attestation.removeprefix(_ATTESTATION)


def attestation_of(population: str) -> str:
    """Give `att_…` of a population's id."""
    return _ATTESTATION + population.removeprefix(POPULATION_PREFIX)


def _read(value: Mapping[str, Any]) -> Population:
    query, as_of, sample = value["query"], value["asOf"], value.get("sample")
    return Population(
        query=PopulationQuery(
            source=query["source"],
            unit=value["unit"],
            predicate_types=tuple(query.get("predicateTypes", ())),
            measures=tuple(query.get("measures", ())),
            facets=tuple(query.get("facets", {}).items()),
            **{name: query.get(name, "") for name in ("repository", "base", "tip", "since", "until")},
        ),
        extracted_at=value["extractedAt"],
        origin=as_of["origin"],
        tree_size=as_of["treeSize"],
        root=as_of["root"],
        count=value["rows"]["count"],
        sha256=value["rows"]["sha256"],
        exclusions=tuple(Exclusion(**one) for one in value["exclusions"]),
        tie_outs=tuple(_tie_out(one) for one in value["tieOut"]),
        seed_sha256=value.get("draw", {}).get("seedSha256", ""),
        sample=None if sample is None else _sample(sample),
    )


def _tie_out(value: Mapping[str, Any]) -> TieOut:
    return TieOut(
        source=value["source"],
        query=value["query"],
        read_at=value["readAt"],
        count=value["count"],
        sha256=value["sha256"],
        both=value["both"],
        only_here=value["onlyHere"],
        only_there=value["onlyThere"],
    )


def _sample(value: Mapping[str, Any]) -> SampleOf:
    return SampleOf(
        of=value["of"],
        count=value["rows"]["count"],
        sha256=value["rows"]["sha256"],
        method=value["method"],
        seed=value["seed"],
        committed=value["seedCommitted"] == "before",
        by=value.get("by", ""),
        strata=dict(value.get("strata", {})),
        weighed=Weighed(**value["weighed"]) if "weighed" in value else None,
    )


def _tie_out_json(one: TieOut) -> dict[str, object]:
    return {
        "source": one.source,
        "query": one.query,
        "readAt": one.read_at,
        "count": one.count,
        "sha256": one.sha256,
        "both": one.both,
        "onlyHere": one.only_here,
        "onlyThere": one.only_there,
    }


def _sample_json(one: SampleOf) -> dict[str, object]:
    out: dict[str, object] = {
        "of": one.of,
        "rows": {"count": one.count, "sha256": one.sha256},
        "algorithm": ALGORITHM,
        "method": one.method,
        "seed": one.seed,
        "seedCommitted": "before" if one.committed else "not",
    }
    if one.weighed is not None:
        return out | {"by": one.by, "weighed": asdict(one.weighed)}
    return out | ({"by": one.by, "strata": dict(one.strata)} if one.method == "stratified" else {})


def _require_sound(one: Population) -> None:
    query = one.query
    ends = {name for name in _ENDS if getattr(query, name)}
    if ends != (_ENDS if query.source == "git" else set()):
        raise _unsound("/predicate/query", "both ends of a range for git, none for the log")
    if query.source == "git" and query.unit not in {"change", "commit"}:
        raise _unsound("/predicate/unit", "commits or changes, where git is asked")
    if query.measures and (
        query.source != "git" or query.measures != tuple(o for o in MEASURES if o in query.measures)
    ):
        raise _unsound("/predicate/query/measures", "each once, in their order, where git is asked")
    if query.facets and (query.source, query.unit) != ("log", "commit"):
        raise _unsound("/predicate/query/facets", "commits that the log speaks of")
    if query.since and query.until and query.since >= query.until:
        raise _unsound("/predicate/query", "a span that ends after it begins")
    if len({each.id for each in one.exclusions}) != len(one.exclusions):
        raise _unsound("/predicate/exclusions", "each unit once")
    for at, tie in enumerate(one.tie_outs):
        if tie.both + tie.only_here != one.count or tie.both + tie.only_there != tie.count:
            raise _unsound(f"/predicate/tieOut/{at}", "counts that add up")
    if one.sample is not None:
        _require_sample(one, one.sample)


def _require_sample(one: Population, sample: SampleOf) -> None:
    if one.seed_sha256 or one.count > sample.count:
        raise _unsound("/predicate/sample", "no more rows than it is drawn from, and no seed for another draw")
    if (sample.method == "stratified") != bool(sample.by and sample.strata):
        raise _unsound("/predicate/sample/strata", "strata for a stratified sample alone")
    if sample.strata and sum(sample.strata.values()) != one.count:
        raise _unsound("/predicate/sample/strata", "counts that add up")
    _require_weighed(one, sample)


def _require_weighed(one: Population, sample: SampleOf) -> None:
    by, found = sample.by, sample.weighed
    units = WEIGHTS if sample.method == "monetary-unit" else STRATA
    if (sample.method == "monetary-unit") != (found is not None) or (by or units[0]) not in units:
        raise _unsound("/predicate/sample/weighed", "weights for a monetary-unit sample alone, in a unit of weight")
    if found is None:
        return
    drawn = found.certain + found.unknown
    most = drawn + -(-found.total // found.interval) if found.interval and found.total else 0
    if not by or not drawn <= one.count <= min(most, sample.count - found.zero):
        raise _unsound("/predicate/sample/weighed", "counts that add up")


def _unsound(where: str, expected: str) -> InvalidInput:
    return InvalidInput("evidence.statement", "it contradicts itself", expected=expected, where=where)
