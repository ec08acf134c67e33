"""The two forms of a report on a range, in the order of the answer for one commit: on one page, and in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.report import tables, wording
from attest.evidence.report.counted import checks_by_kind, coverage_by_week, reviews_by_tier, verdicts_by_tier
from attest.evidence.report.document import Document, Figure, Section, Terms, Words
from attest.model.answer import TITLES

if TYPE_CHECKING:
    from attest.evidence.report.counted import Grid
    from attest.evidence.report.document import Block
    from attest.evidence.report.facts import ReportFacts

SHORT_ROWS: Final = 5
"""Changes that the one page lists; the full report has all."""
DECIDED: Final = (("plans put forward", "plans"), ("overrides", "overrides"), ("rejected paths", "rejectedPaths"))
CONSTRAINTS: Final = (
    ("constraints kept", "constraints.kept"),
    ("constraints broken", "constraints.broken"),
    ("constraints of which it is not known", "constraints.unknown"),
)


def full_document(facts: ReportFacts) -> Document:
    """Give the report with every change, session, review, exception, gap and entry."""
    return _document(facts, _full(facts), short=False)


def short_document(facts: ReportFacts) -> Document:
    """Give the report on one page: a line for each section, coverage over time, the first changes that do not pass."""
    return _document(facts, _short(facts), short=True)


def _document(facts: ReportFacts, blocks: tuple[tuple[Block, ...], ...], *, short: bool) -> Document:
    return Document(
        title=f"Report on {facts.repository or 'a repository without a remote'}",
        sentence=wording.sentence(facts),
        subtitle=wording.subtitle(facts),
        sections=tuple(
            Section(number=number, title=title, blocks=given)
            for number, (title, given) in enumerate(zip(TITLES, blocks, strict=True), 1)
        ),
        foot=wording.foot(facts),
        short=short,
    )


def _short(facts: ReportFacts) -> tuple[tuple[Block, ...], ...]:
    first = tables.not_passing(facts, most=SHORT_ROWS)
    return (
        (Words(text=wording.agents(facts)),),
        (Words(text=wording.of_people(facts, CONSTRAINTS)),),
        (Words(text=wording.of_people(facts, DECIDED)),),
        (Words(text=wording.tiers(facts)),),
        (Words(text=wording.reached(facts)),),
        (Words(text=wording.checked(facts)),),
        (Words(text=f"{wording.approved(facts)} {wording.exceptions(facts)}"),),
        (
            Words(text=f"{wording.landed(facts)} {wording.stood(facts)}"),
            _coverage(facts),
            *((first,) if first.rows else ()),
        ),
        (Words(text=wording.gaps(facts)),),
        (Terms(rows=tables.evidence_terms(facts)),),
        (Words(text="; ".join(what for what, _ in wording.not_known(facts)) + ".", small=True),),
    )


def _full(facts: ReportFacts) -> tuple[tuple[Block, ...], ...]:
    return (
        (
            Words(text=wording.agents(facts)),
            Words(text="People are not named or counted here. Each entry names its signer as certified.", small=True),
        ),
        (Words(text=wording.of_people(facts, CONSTRAINTS)), Words(text=_WORDS_KEPT, small=True)),
        (Words(text=wording.of_people(facts, DECIDED)), tables.sessions(facts)),
        (Words(text=wording.tiers(facts)), _tiers(facts), tables.changes(facts)),
        (Words(text=wording.reached(facts)), Words(text=f"Permission modes: {wording.modes(facts)}")),
        (Words(text=wording.checked(facts)), *_checks(facts)),
        (
            Words(text=wording.approved(facts)),
            _reviews(facts),
            tables.reviews(facts),
            Words(text=wording.exceptions(facts)),
            tables.exceptions(facts),
        ),
        (
            Words(text=wording.landed(facts)),
            _coverage(facts),
            tables.not_passing(facts),
            Words(text=wording.stood(facts)),
            tables.landings(facts),
        ),
        (Words(text=wording.gaps(facts)), tables.gaps(facts), Words(text=_CLOCKS, small=True)),
        (Terms(rows=tables.evidence_terms(facts)), tables.not_checked(facts), tables.entries(facts)),
        (Terms(rows=wording.not_known(facts)),),
    )


_WORDS_KEPT: Final = "What was asked, in words, is a part of each session: `whereof show` gives it to who may read it."
_CLOCKS: Final = (
    "Signing times are the timestamp authority’s. With one operator for authority, log and witness they bound nothing "
    "from outside; `whereof show` gives the earliest outside time of each change."
)


def _coverage(facts: ReportFacts) -> Figure:
    grid = coverage_by_week(facts)
    return _figure("coverage", "Changes by week and state of coverage", grid, first="week", across=True)


def _tiers(facts: ReportFacts) -> Figure:
    return _figure("tiers", "Changes by tier and verdict", verdicts_by_tier(facts), first="tier")


def _reviews(facts: ReportFacts) -> Figure:
    return _figure("reviews", "Changes by tier and best signed review", reviews_by_tier(facts), first="tier")


def _checks(facts: ReportFacts) -> tuple[Block, ...]:
    grid = checks_by_kind(facts.sessions)
    figure = _figure("checks", "Checks by kind and outcome; claimed means that no run was seen", grid, first="kind")
    return (figure,) if grid.rows else ()


def _figure(name: str, title: str, grid: Grid, *, first: str, across: bool = False) -> Figure:
    totals = ", ".join(f"{column} {grid.column(column):,}" for column in grid.columns)
    summary = f"{len(grid.rows):,} rows, {grid.total:,} in all: {totals}. The table beside has every number."
    return Figure(name=name, title=title, summary=summary, grid=grid, first=first, across=across)
