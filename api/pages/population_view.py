"""What the pages of populations show: the question, what it gave, its rows a page at a time, and how it ties out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from api.pages.facet_view import TITLES, value_words
from api.pages.links import Link, attestation_page, commit_href, population_href
from attest.model.answer_words import root_groups
from attest.model.interval_sampling import weight_of
from attest.model.plain_text import printable
from attest.model.population_predicate import WEIGHTS
from attest.usecases.population_words import weighed_words

if TYPE_CHECKING:
    from attest.model.population import Population, PopulationQuery, TieOut
    from attest.model.population_rows import PopulationRow
    from attest.usecases.populations import SavedPopulation

DEFAULT_SAMPLE: Final = 25
PAGE_ROWS: Final = 50
_UNITS: Final = {"commit": "commits", "change": "changes", "release": "releases", "deployment": "deployments"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedView:
    """One population of the list."""

    id: str
    href: str
    what: str
    question: str
    rows: str
    at: str
    index: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row."""

    id: str
    href: str
    state: str
    repository: str
    entries: str
    first: str
    first_href: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationView:
    """The page of one population or sample."""

    id: str
    sentence: str
    question: str
    attestation: str
    index: str
    identity: str
    issuer: str
    at: str
    origin: str
    tree_size: str
    root: str
    sha256: str
    states: tuple[tuple[str, str], ...]
    exclusions: tuple[tuple[str, str], ...]
    ties: tuple[tuple[str, str, bool], ...]
    """Source, what it gave, whether it ties."""
    seed: str
    of: Link
    draw: str
    is_sample: bool
    rows: tuple[RowView, ...]
    place: str
    sample: int
    """How many rows are drawn where nobody says how many."""
    units: tuple[str, ...]
    """Units in which rows weigh something."""
    next: str
    downloads: tuple[Link, ...]


def listed_view(saved: SavedPopulation) -> ListedView:
    """Give one row of the list."""
    said = saved.population
    return ListedView(
        id=saved.id,
        href=population_href(saved.id),
        what="sample" if said.sample else "population",
        question=_question(said.query),
        rows=f"{said.count:,}",
        at=said.extracted_at[:19].replace("T", " "),
        index="not known" if saved.index is None else f"{saved.index:,}",
    )


def population_view(saved: SavedPopulation, after: str) -> PopulationView:
    """Give the page with the rows behind one id, 50 at most."""
    said = saved.population
    rest = [row for row in saved.rows if row.id.encode() > after.encode()]
    shown = rest[:PAGE_ROWS]
    first = len(saved.rows) - len(rest) + 1
    counted: dict[str, int] = {}
    for row in saved.rows:
        counted[row.state] = counted.get(row.state, 0) + 1
    more = len(rest) > PAGE_ROWS
    return PopulationView(
        id=saved.id,
        sentence=_sentence(said),
        question=_question(said.query),
        attestation=attestation_page("att_" + saved.id.removeprefix("pop_")),
        index="not known" if saved.index is None else f"{saved.index:,}",
        identity=printable(saved.identity),
        issuer=printable(saved.issuer),
        at=said.extracted_at[:19].replace("T", " "),
        origin=printable(said.origin),
        tree_size=f"{said.tree_size:,}",
        root=root_groups(said.root),
        sha256=said.sha256,
        states=tuple((printable(state), f"{number:,}") for state, number in sorted(counted.items())),
        exclusions=tuple((printable(one.id), printable(one.why)) for one in said.exclusions),
        ties=tuple(_tie(one) for one in said.tie_outs),
        seed=said.seed_sha256,
        of=Link(label=said.sample.of[:16], href=population_href(said.sample.of)) if said.sample else Link(label=""),
        draw=_draw(said),
        is_sample=said.sample is not None,
        rows=tuple(_row(row) for row in shown),
        sample=min(DEFAULT_SAMPLE, len(saved.rows)),
        units=tuple(one for one in WEIGHTS if any(weight_of(row, one) for row in saved.rows)),
        place=f"{first:,} to {first + len(shown) - 1:,} of {len(saved.rows):,}" if shown else "no rows",
        next=f"{population_href(saved.id)}?after={quote(shown[-1].id, safe='')}" if more else "",
        downloads=(
            Link(label="JSON", href=f"/v1/populations/{saved.id}"),
            Link(label="rows as JSONL", href=f"/v1/populations/{saved.id}/export?format=jsonl"),
            Link(label="rows as CSV", href=f"/v1/populations/{saved.id}/export?format=csv"),
        ),
    )


def _sentence(said: Population) -> str:
    units = _UNITS.get(said.query.unit, "rows") if said.count != 1 else said.query.unit
    if said.sample:
        return f"A sample of {said.count:,} of {said.sample.count:,} {_UNITS.get(said.query.unit, 'rows')}."
    return f"A population of {said.count:,} {units}, fixed at tree size {said.tree_size:,}."


def _question(query: PopulationQuery) -> str:
    source = "of a range in git" if query.source == "git" else "that the log speaks of"
    words = [f"{_UNITS.get(query.unit, query.unit)} {source}"]
    named = (
        ("repository", query.repository.removeprefix("git+https://")),
        ("base", query.base[:12]),
        ("tip", query.tip[:12]),
        ("taken in from", query.since),
        ("until", query.until),
        ("measured", ", ".join(query.measures)),
        *((TITLES[name].lower(), value_words(name, value)) for name, value in query.facets),
        ("types", ", ".join(one.rstrip("/").rpartition("attestation/")[2] for one in query.predicate_types)),
    )
    return printable(", ".join(words + [f"{name} {value}" for name, value in named if value]))


def _draw(said: Population) -> str:
    one = said.sample
    if one is None:
        return ""
    by = f" by {one.by}" if one.by else ""
    when = "committed to before the draw" if one.committed else "not committed to before: whoever drew could choose it"
    how = f"{one.method}{by}, {weighed_words(one.by, one.weighed)}" if one.weighed else f"{one.method}{by}"
    return f"{how}, seed {one.seed}, {when}"


def _tie(one: TieOut) -> tuple[str, str, bool]:
    said = f"{one.count:,} there, {one.both:,} in both, {one.only_here:,} only here, {one.only_there:,} only there"
    return printable(one.source), said, one.ties


def _row(row: PopulationRow) -> RowView:
    return RowView(
        id=printable(row.id),
        href=commit_href(row.id),
        state=printable(row.state),
        repository=printable(row.repository or "not known"),
        entries=f"{row.entries:,}",
        first="none" if row.first is None else f"{row.first:,}",
        first_href="" if row.first is None else f"/search?q=entry:{row.first}",
        last="none" if row.last is None else f"{row.last:,}",
    )
