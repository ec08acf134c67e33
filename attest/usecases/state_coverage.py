"""State a coverage: the verdict on a range as values of `coverage/v1`, without a clock, a key or a word of free text.

1. policy    which files were applied, by digest, and where they were read
2. rows      one for each commit that git counts to the range: state, verdict, failing checks, what was judged for it
3. inputs    every attestation that was judged, once, with the digest of its file; verdicts of before are none
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.errors import InvalidInput
from attest.model.coverage import Coverage, CoverageReason, CoverageRow
from attest.model.coverage_predicate import MAX_REASONS
from attest.model.summary_types import VERDICTS_SIGNED
from attest.model.times import rfc3339
from attest.model.verdict import Outcome, Verdict
from attest.policy import evidence_only
from attest.usecases.verify import NOT_COMPLETE, VerifyRequest, report_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict, EvidenceReport, Reason

UNSIGNED_VERIFIER: Final = "https://whereof.dev/verifier/unsigned"
"""Stands for the verifier where nobody signs: it vouches for nothing."""
_NOT_HERE: Final = ("that is not here", "who ran the sessions is not known")
"""How the policy's checks say that what nobody has seen could change them; pinned by tests for each such check."""
_ERRORS: Final = (Outcome.INVALID, Outcome.INDETERMINATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Who says it, and as of which state of which log."""

    verifier: str = UNSIGNED_VERIFIER
    head: Mapping[str, object] = field(default_factory=dict)
    """`origin`, `treeSize` and `root` of the log's newest head when this was judged; empty where no log is at hand."""


def state_coverage(found: RangeVerdict, request: VerifyRequest, judge: Judge) -> Coverage:
    """Give the coverage of a judged range; equal verdicts over equal evidence give equal rows.

    Raises:
        InvalidInput: `input.usage`, the request named no moment.
    """
    if request.now is None:
        raise InvalidInput("input.usage", "no moment to date the coverage by")
    read_at, chosen = _place(found, request)  # 1
    rows = tuple(_row(one, found) for one in found.commits) or _not_judged(found)  # 2
    return Coverage(
        judged_at=rfc3339(request.now),
        base=found.base,
        tip=found.tip,
        policy="repository" if found.policies else "not-read" if found.stopped else evidence_only.NAME,
        mode=found.mode,
        read_at=read_at,
        chosen=chosen,
        policies=tuple(digest for _, digest in found.policies),
        trust=tuple(sorted(set(found.roots))),
        verifier=judge.verifier,
        version=__version__,
        as_of={"list": "proved" if _proved(found) else "not-proved"} | dict(judge.head),
        verdict=found.verdict.value,
        stopped=found.stopped_code,
        rows=rows,
        inputs=_inputs(found),  # 3
    )


def moment_of(coverage: Coverage) -> datetime:
    """Give the moment that a coverage was judged at."""
    return datetime.fromisoformat(coverage.judged_at)


def wants_complete_list(reason: Reason) -> bool:
    """Tell whether a check is undecided only because nobody proved that the evidence at hand is all there is (D5)."""
    return reason.verdict is Verdict.INDETERMINATE and any(words in reason.detail for words in _NOT_HERE)


def evidence_judged(one: CommitVerdict) -> tuple[EvidenceReport, ...]:
    """Give what was judged for a commit, verdicts of before left out."""
    return tuple(report for report in one.evidence if report.predicate_type not in VERDICTS_SIGNED)


def _proved(found: RangeVerdict) -> bool:
    """Tell whether for every commit the list of evidence was proved complete (D5)."""
    return bool(found.commits) and not any(NOT_COMPLETE in one.not_checked for one in found.commits)


def _place(found: RangeVerdict, request: VerifyRequest) -> tuple[str, str]:
    if request.policy is None:
        return found.base, "base"
    return request.repository.resolve(request.policy.partition(":")[0]), "caller"


def _row(one: CommitVerdict, found: RangeVerdict) -> CoverageRow:
    places = {name: at for at, (name, _) in enumerate(found.policies)}
    failing = [_reason(reason, one, places) for reason in one.reasons if reason.verdict is not Verdict.PASS]
    if not failing and one.verdict is not Verdict.PASS:
        failing = [_built_in(one)]
    failing.sort(key=lambda reason: -Verdict(reason.verdict).severity)
    return CoverageRow(
        oid=one.oid,
        state=one.state,
        verdict=one.verdict.value,
        tier=one.tier,
        reasons=tuple(failing[:MAX_REASONS]),
        left_out=max(len(failing) - MAX_REASONS, 0),
        inputs=tuple(sorted({report_id(report) for report in evidence_judged(one)})),
        ignored=one.ignored_unknown_signers,
    )


def _reason(reason: Reason, one: CommitVerdict, places: Mapping[str, int]) -> CoverageReason:
    needs = "complete-list" if wants_complete_list(reason) else ""
    return CoverageReason(
        check=reason.check,
        rule=reason.rule,
        verdict=reason.verdict.value,
        mode=reason.mode,
        policy=places.get(reason.policy),
        code=_code(one) if not needs and reason.verdict in {Verdict.INVALID, Verdict.INDETERMINATE} else "",
        needs=needs,
    )


def _built_in(one: CommitVerdict) -> CoverageReason:
    """Say what the built-in policy, or a step before any policy, came to: there is one check, and no rule."""
    name = evidence_only.NAME
    return CoverageReason(check=name, rule=name, verdict=one.verdict.value, mode=one.mode, code=_code(one))


def _code(one: CommitVerdict) -> str:
    """Give the catalogue code of the gravest step that failed."""
    steps = [step for report in evidence_judged(one) for step in report.steps] + list(one.steps)
    return next((step.code for kind in _ERRORS for step in steps if step.outcome is kind and step.code), "")


def _not_judged(found: RangeVerdict) -> tuple[CoverageRow, ...]:
    """Give a row for every commit where nothing could be judged: the marks are all that is known."""
    name, word = evidence_only.NAME if not found.policies else "policy", Verdict.INDETERMINATE.value
    reason = CoverageReason(check="range", rule=name, verdict=word, mode=found.mode, code=found.stopped_code)
    return tuple(
        CoverageRow(
            oid=oid,
            state="marked" if marks else "unmarked",
            verdict=word,
            tier="",
            reasons=(reason,),
            left_out=0,
            inputs=(),
            ignored=0,
        )
        for oid, marks in found.marks.items()
    )


def _inputs(found: RangeVerdict) -> tuple[tuple[str, str], ...]:
    """Give every input once; of two files of one attestation the digest that comes first."""
    seen: dict[str, str] = {}
    for one in found.commits:
        for report in evidence_judged(one):
            name = report_id(report)
            seen[name] = min(seen.get(name, report.sha256), report.sha256)
    return tuple(sorted(seen.items()))
