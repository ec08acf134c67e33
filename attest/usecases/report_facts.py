"""Gather the facts of a report: a range judged once, its evidence read once, and no person's name kept.

1. judge     the gate over the range, as `whereof verify A..B` does, in this clone
2. changes   each commit with its evidence, its reviews and why it does not pass
3. sessions  what each signed statement counts; the newest capture of each session
4. log       the head, what stood when each change landed, and the gaps of capture of this repository, where a log is at hand
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.errors import AttestError, InvalidInput
from attest.evidence.report.facts import Change, Entry, Failing, Head, PolicyFact, PopulationFact, ReportFacts
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.plain_text import printable
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.summary_types import VERDICTS_SIGNED
from attest.model.times import rfc3339
from attest.model.verdict import Verdict
from attest.policy.facts import sessions_of
from attest.usecases.commit_context import repository_name
from attest.usecases.report_evidence import exceptions_of, many_people, reviews_of, session_facts
from attest.usecases.report_landings import landings_of
from attest.usecases.report_log import gaps_on_record, head_of
from attest.usecases.verify import NOT_CHECKED, NOT_COMPLETE, report_id
from attest.usecases.verify_range import read_commits, verify_range

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict, EvidenceReport, Reason
    from attest.usecases.instance import Instance
    from attest.usecases.populations import SavedPopulation
    from attest.usecases.verify import VerifyRequest

MAX_SUBJECT: Final = 300
"""Characters kept of a commit's first line."""
_LAST_SECOND: Final = 253_402_300_799
"""Of the year 9999: git takes later times, and no calendar here has them."""
_KINDS: Final = {
    SESSION_V1: "session",
    DECLARATION_V1: "declaration",
    REVIEW_V1: "review",
    EXCEPTION_V1: "exception",
    COMMIT_LINK_V1: "link",
} | dict.fromkeys(VERDICTS_SIGNED, "verdict")


def gather(request: VerifyRequest, instance: Instance | None) -> ReportFacts:
    """Give the facts of `A..B`. Equal clones, evidence, policy and moment give equal facts.

    Raises:
        InvalidInput: as for `verify_range`; `input.usage` where the request names no moment.
    """
    if request.now is None:
        raise InvalidInput("input.usage", "no moment to date the report by")
    found = verify_range(request)  # 1
    commits = {one.oid: one for one in _commits(request.repository, found)}
    judged = tuple(_change(one, commits.get(one.oid), found) for one in found.commits)  # 2
    changes = _with_landings(judged or _not_judged(found, commits), found, (request, instance))  # 4
    reports = tuple(report for one in found.commits for report in one.evidence)
    sessions = sessions_of(reports)
    entries = {report_id(one): _entry(one) for one in reports}
    name = _name(request.repository, found.tip)
    return ReportFacts(
        repository=name.removeprefix("git+https://"),
        base=found.base,
        tip=found.tip,
        made_at=rfc3339(request.now),
        version=__version__,
        policy=PolicyFact(
            name=found.policy, mode=found.mode, base=found.policy_base, digests=tuple(one for _, one in found.policies)
        ),
        verdict=found.verdict.value,
        stopped=printable(found.stopped),
        head=head_of(instance, request.as_of) or _seen_head(reports),
        trust=tuple(sorted(set(found.roots))),
        list_proved=bool(found.commits) and not any(NOT_COMPLETE in one.not_checked for one in found.commits),
        changes=changes,
        sessions=session_facts(sessions, entries),  # 3
        exceptions=exceptions_of(reports, entries, frozenset(one.oid for one in changes), request.now),
        gaps=None if instance is None else gaps_on_record(instance, name, request.as_of),  # 4
        many_people=many_people(sessions),
        ignored=sum(one.ignored_unknown_signers for one in found.commits),
        not_checked=tuple(dict.fromkeys(text for one in found.commits for text in one.not_checked)) or NOT_CHECKED,
    )


def _with_landings(
    changes: tuple[Change, ...], found: RangeVerdict, asked: tuple[VerifyRequest, Instance | None]
) -> tuple[Change, ...]:
    request, instance = asked
    if instance is None:
        return changes
    stood = landings_of(
        instance, request.repository, found.base, tuple(one.oid for one in changes), tree_size=request.as_of
    )
    return tuple(replace(one, landing=stood.get(one.oid)) for one in changes)


def _commits(repository: Repository, found: RangeVerdict) -> tuple[CommitFacts, ...]:
    try:
        return read_commits(repository, tuple(one.oid for one in found.commits) or tuple(found.marks))
    except AttestError:
        return ()  # the verdict says already that the clone cannot be read


def _change(one: CommitVerdict, commit: CommitFacts | None, found: RangeVerdict) -> Change:
    reasons = sorted(
        (reason for reason in one.reasons if reason.verdict is not Verdict.PASS), key=lambda r: -r.verdict.severity
    )
    failing = tuple(_failing(reason) for reason in reasons)
    if not failing and one.verdict is not Verdict.PASS:
        failing = (_built_in(one),)
    reports = _once(one.evidence)
    return Change(
        oid=one.oid,
        subject=_subject(commit),
        committed_at=_time(commit),
        state=one.state or ("marked" if found.marks.get(one.oid) else "unmarked"),
        verdict=one.verdict.value,
        tier=one.tier,
        mode=one.mode,
        reasons=failing,
        entries=tuple(_entry(report) for report in reports),
        reviews=reviews_of(reports, one.oid, commit.tree if commit else "", commit.author_email if commit else None),
        links=tuple(sorted({report.link for report in reports if report.counted and report.link})),
    )


def _once(reports: tuple[EvidenceReport, ...]) -> tuple[EvidenceReport, ...]:
    return tuple({report_id(one): one for one in reversed(reports)}.values())[::-1]


def _entry(report: EvidenceReport) -> Entry:
    return Entry(
        kind=_KINDS.get(report.predicate_type or "", "other"),
        attestation=report_id(report),
        log_index=report.log_index,
        verdict=report.verdict.value,
        signed_at=report.signed_at,
    )


def _failing(reason: Reason) -> Failing:
    return Failing(
        rule=reason.rule,
        check=reason.check,
        verdict=reason.verdict.value,
        mode=reason.mode,
        detail=printable(reason.detail or reason.against),
        fix=reason.fix,
        controls=reason.controls,
    )


def _built_in(one: CommitVerdict) -> Failing:
    return Failing(
        rule=one.policy,
        check="evidence",
        verdict=one.verdict.value,
        mode=one.mode,
        detail=printable(one.reason),
        fix=f"whereof record --commit {one.oid[:12]}" if one.verdict is Verdict.ABSENT else "",
    )


def _not_judged(found: RangeVerdict, commits: dict[str, CommitFacts]) -> tuple[Change, ...]:
    stopped = Failing(
        rule=found.policy,
        check="range",
        verdict=Verdict.INDETERMINATE.value,
        mode=found.mode,
        detail=printable(found.stopped),
        fix="",
    )
    return tuple(
        Change(
            oid=oid,
            subject=_subject(commits.get(oid)),
            committed_at=_time(commits.get(oid)),
            state="marked" if marks else "unmarked",
            verdict=Verdict.INDETERMINATE.value,
            tier="",
            mode=found.mode,
            reasons=(stopped,),
            entries=(),
            reviews=(),
        )
        for oid, marks in found.marks.items()
    )


def _subject(commit: CommitFacts | None) -> str:
    if commit is None:
        return "not known"
    text = printable(commit.subject)
    return text if len(text) <= MAX_SUBJECT else text[: MAX_SUBJECT - 1] + "…"


def _time(commit: CommitFacts | None) -> int | None:
    return commit.committed_at if commit is not None and 0 <= commit.committed_at <= _LAST_SECOND else None


def _seen_head(reports: tuple[EvidenceReport, ...]) -> Head | None:
    """Give the largest tree that a proof of the evidence ends in; its root is not repeated there."""
    sizes = [one.tree_size for one in reports if one.tree_size is not None]
    return Head(origin="the log of the pinned root", tree_size=max(sizes), root="not known") if sizes else None


def _name(repository: Repository, oid: str) -> str:
    try:
        return repository_name(repository, oid)
    except AttestError:
        return ""


def only(facts: ReportFacts, since: int | None, until: int | None) -> ReportFacts:
    """Give the facts of the changes committed in a span, by the committer's clock; a change without a time is kept."""
    kept = tuple(
        one
        for one in facts.changes
        if one.committed_at is None
        or ((since is None or one.committed_at >= since) and (until is None or one.committed_at < until))
    )
    return _keeping(facts, kept)


def of_population(facts: ReportFacts, saved: SavedPopulation) -> ReportFacts:
    """Give the facts of the changes that are rows of a saved population; a row that is none of them is named missing."""
    rows = {one.id for one in saved.rows}
    population = saved.population
    kept = tuple(one for one in facts.changes if one.oid in rows)
    held = PopulationFact(
        id=saved.id,
        log_index=saved.index,
        tree_size=population.tree_size,
        rows=len(rows),
        sha256=population.sha256,
        missing=tuple(sorted(rows - {one.oid for one in kept})),
    )
    return replace(_keeping(facts, kept), population=held)


def _keeping(facts: ReportFacts, kept: tuple[Change, ...]) -> ReportFacts:
    names = {entry.attestation for one in kept for entry in one.entries}
    return replace(
        facts,
        changes=kept,
        sessions=tuple(one for one in facts.sessions if one.entry.attestation in names),
        exceptions=tuple(one for one in facts.exceptions if one.entry.attestation in names),
    )
