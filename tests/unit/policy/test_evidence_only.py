from __future__ import annotations

import itertools

import pytest

from attest.model.verdict import CommitVerdict, EvidenceReport, Outcome, Step, Verdict
from attest.policy.evidence_only import MODE, NAME, decide

STEPS = {
    Verdict.PASS: Outcome.PASS,
    Verdict.INVALID: Outcome.INVALID,
    Verdict.INDETERMINATE: Outcome.INDETERMINATE,
}


def report(verdict: Verdict, *, counted: bool = False) -> EvidenceReport:
    step = Step(number=1, name="signature", outcome=STEPS[verdict], against="", detail="why")
    return EvidenceReport(source="s", verdict=verdict, steps=(step,), counted=counted)


GOOD, OTHER = report(Verdict.PASS, counted=True), report(Verdict.PASS)
BAD, UNKNOWN = report(Verdict.INVALID), report(Verdict.INDETERMINATE)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.PASS, 0), (Verdict.POLICY, 1), (Verdict.INVALID, 3), (Verdict.ABSENT, 4), (Verdict.INDETERMINATE, 5)],
)
@pytest.mark.parametrize("mode", ["enforce", "warn", "observe"])
def test_mode_changes_the_exit_code_and_never_that_of_bad_evidence(verdict: Verdict, code: int, mode: str) -> None:
    result = CommitVerdict(
        oid="0" * 40, verdict=verdict, reason="", policy=NAME, policy_base="", mode=mode, evidence=(), steps=()
    )
    assert result.exit_code == (code if mode == "enforce" or verdict is Verdict.INVALID else 0)
    assert verdict.exit_code == code


def test_severity_is_invalid_indeterminate_absent_policy_pass() -> None:
    ordered = sorted(Verdict, key=lambda v: v.severity, reverse=True)
    assert [v.exit_code for v in ordered] == [3, 5, 4, 1, 0]


@pytest.mark.parametrize("reports", list(itertools.permutations([BAD, UNKNOWN, OTHER])))
def test_bad_evidence_is_told_before_evidence_that_could_not_be_judged(reports: tuple[EvidenceReport, ...]) -> None:
    verdict, reason = decide(reports, ignored=3, any_root=True)
    assert verdict is Verdict.INVALID
    assert "signature" in reason


def test_evidence_that_could_not_be_judged_is_told_before_ignored_and_absent() -> None:
    assert decide((UNKNOWN, OTHER), ignored=2, any_root=True)[0] is Verdict.INDETERMINATE
    assert decide((OTHER,), ignored=1, any_root=True)[0] is Verdict.INDETERMINATE
    assert decide((OTHER,), ignored=0, any_root=True)[0] is Verdict.ABSENT
    assert decide((), ignored=0, any_root=False)[0] is Verdict.ABSENT


@pytest.mark.parametrize("others", [(), (BAD,), (UNKNOWN,), (BAD, BAD, UNKNOWN, OTHER)])
def test_one_good_session_is_enough_and_bad_copies_are_counted(others: tuple[EvidenceReport, ...]) -> None:
    verdict, reason = decide((*others, GOOD), ignored=9, any_root=True)
    assert verdict is Verdict.PASS
    bad = others.count(BAD)
    assert ("reported" in reason) == bool(bad)
    assert not bad or f"{bad} bad cop" in reason


def test_reasons_say_which_root_was_missing() -> None:
    assert "no trust root is pinned" in decide((), ignored=1, any_root=False)[1]
    assert "2 bundles found, under no root" in decide((), ignored=2, any_root=True)[1]


def test_the_built_in_policy_is_enforced() -> None:
    assert (NAME, MODE) == ("evidence-only", "enforce")
