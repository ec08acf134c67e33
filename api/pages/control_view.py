"""What the control pages show: how a control stood to each change of a period, and where sources part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.pages.links import Link, attestation_page, commit_href
from api.pages.spans import Spans, spans
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable
from attest.model.times import moment_at
from attest.usecases.operation_words import NOT_SHOWN

if TYPE_CHECKING:
    from attest.model.tie_out import Difference
    from attest.policy.operation import Operated, Outage
    from attest.usecases.control_operation import OperationReport
    from attest.usecases.reconcile_sources import Reconciliation

MAX_ROWS: Final = 100
_COUNT_WORDS: Final = (
    ("changes", "changes landed"),
    ("passed", "with a pass before"),
    ("against-verdict", "against a verdict"),
    ("without-verdict", "without a verdict"),
    ("not-known", "not known"),
    ("not-in-enforce", "not in enforce"),
    ("during-an-outage", "during an outage"),
    ("exceptions", "to look at"),
)
_MARKS: Final = {"passed": "pass", "against-verdict": "policy", "without-verdict": "absent", "not-known": "not-known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatedView:
    """One change."""

    oid: str
    href: str
    at: str
    commits: int
    mark: str
    word: str
    why: str
    mode: str
    missing: str
    attestations: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationView:
    """The page of a control over a period."""

    sentence: str
    branch: str
    rule: str
    counts: tuple[tuple[str, str, bool], ...]
    """Number, word, whether it is zero."""
    rows: tuple[OperatedView, ...]
    more: int
    outages: tuple[str, ...]
    not_shown: tuple[str, ...]
    tree_size: str
    root: str
    shallow: bool


def operation_view(report: OperationReport) -> OperationView:
    """Give the page; changes to look at come first, the others are counted."""
    one = report.operation
    counts = one.counts()
    bad, total = counts["exceptions"], counts["changes"]
    rule = f"rule “{printable(one.rule)}”" if one.rule else "the policy"
    if not total:
        sentence = "No change landed in this period."
    elif bad:
        sentence = f"{total:,} change{_s(total)} landed; to {bad:,} of them {rule} did not stand as a gate."
    else:
        sentence = f"{total:,} change{_s(total)} landed, each with a pass of {rule} in mode enforce before it."
    return OperationView(
        sentence=sentence,
        branch=report.branch[:12],
        rule=printable(one.rule),
        counts=tuple((f"{counts[name]:,}", word, not counts[name]) for name, word in _COUNT_WORDS),
        rows=tuple(_operated(each) for each in one.exceptions[:MAX_ROWS]),
        more=max(0, len(one.exceptions) - MAX_ROWS),
        outages=tuple(_outage(each) for each in one.outages),
        not_shown=NOT_SHOWN,
        tree_size=f"{report.tree_size:,}",
        root=root_groups(report.root),
        shallow=report.shallow,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """One commit that one source names and another does not."""

    id: str
    href: str
    named_by: str
    missing_in: str
    why: str
    settle: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileView:
    """The page of a reconciliation."""

    sentence: str
    ties: bool
    sources: tuple[tuple[str, str, str, str], ...]
    """Name, number of commits, digest of their ids, the question."""
    rows: tuple[DifferenceView, ...]
    more: int
    not_compared: tuple[str, ...]
    tree_size: str


def reconcile_view(found: Reconciliation) -> ReconcileView:
    """Give the page."""
    count = len(found.differences)
    if found.ties:
        sentence = "Git, log and releases name the same commits."
    elif count:
        sentence = f"{count:,} difference{_s(count)} between git, log and releases, each with why."
    else:
        sentence = "Git and log name the same commits; not every source could be compared."
    return ReconcileView(
        sentence=sentence,
        ties=found.ties,
        sources=tuple((one.source, f"{len(one.ids):,}", one.digest, printable(one.query)) for one in found.sources),
        rows=tuple(_difference(one) for one in found.differences[:MAX_ROWS]),
        more=max(0, count - MAX_ROWS),
        not_compared=tuple(printable(one) for one in found.not_compared),
        tree_size=f"{found.tree_size:,}",
    )


def _difference(one: Difference) -> DifferenceView:
    return DifferenceView(
        id=printable(one.id)[:12],
        href=commit_href(one.id),
        named_by=one.named_by,
        missing_in=one.missing_in,
        why=printable(one.why),
        settle=spans(one.settle),
    )


def _operated(one: Operated) -> OperatedView:
    change = one.change
    mode = change.rule_mode or change.mode
    missing = [field.name for field in change.fields if field.missing]
    return OperatedView(
        oid=change.oid[:12],
        href=commit_href(change.oid),
        at=_time(change.landed_at),
        commits=len(change.commits),
        mark=_MARKS[one.landed.value],
        word=one.landed.value.replace("-", " "),
        why=printable(one.why),
        mode={"none": "no policy file", "not-known": "not known"}.get(mode, printable(mode)),
        missing=", ".join(missing),
        attestations=tuple(Link(label=name[:12], href=attestation_page(name), code=True) for name in one.attestations),
    )


def _outage(one: Outage) -> str:
    until = "a time not logged yet" if one.until is None else _time(one.until)
    return printable(f"capture {one.kind} from {_time(one.start)} to {until}")


def _time(seconds: int) -> str:
    return moment_at(seconds).strftime("%Y-%m-%d %H:%M")


def _s(count: int) -> str:
    return "" if count == 1 else "s"
