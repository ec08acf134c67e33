from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.review_predicate import QUESTIONS, REVIEW_V1
from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.change import Completeness
from attest.policy.decide import Decision
from tests.support.evidence import SESSION
from tests.support.policies import (
    BASE,
    FILES,
    ISSUER,
    NOW,
    RUNNER,
    decided,
    declaration,
    failing,
    judged,
    policy,
    report,
    session,
)

PASS, POLICY, INVALID, ABSENT, INDET = (
    Verdict.PASS, Verdict.POLICY, Verdict.INVALID, Verdict.ABSENT, Verdict.INDETERMINATE,
)  # fmt: skip
REVIEWER = "eve@example.test"
AGENT = f"agents: [{{issuer: '{ISSUER}', identity: {RUNNER}}}]\n"
DELEGATED = f"agents: [{{issuer: '{ISSUER}', identity: {RUNNER}, delegated_by: {{issuer: '{ISSUER}', identity: {REVIEWER}}}}}]\n"
NAMED = f"identities: [{{issuer: '{ISSUER}', identity: {RUNNER}}}]\n"
DECLARE = BASE.replace("{id: standard, require", "{id: standard, unattributed: declare, require")
PEOPLE = BASE.replace("{id: standard, require: {}}", "{id: standard, require: {review: {humans: 1, not: [runner]}}}")


def deny(words: str) -> str:
    return BASE.replace("{id: standard, require: {}}", f"{{id: standard, require: {{{words}}}}}")


def failed(decision: Decision) -> str:
    worst = max(decision.reasons, key=lambda reason: reason.verdict.severity)
    return worst.check


@pytest.mark.parametrize(
    ("paths", "reports", "text", "expected", "check"),
    [
        (("docs/a.md",), (), BASE, PASS, ""),
        (("src/x",), (), BASE, PASS, ""),
        (("src/x",), (session(),), BASE, PASS, ""),
        (("src/core/x",), (), BASE, ABSENT, "attributed"),
        (("src/core/x",), (session(),), BASE, PASS, ""),
        (("src/core/x",), (declaration(),), BASE, POLICY, "attributed"),
        (("src/core/x",), (session(plans=0),), BASE, POLICY, "plan"),
        (("src/core/x",), (session(plans=0), session(name="b")), BASE, PASS, ""),
        (("src/core/x",), (session(parts=0),), BASE, POLICY, "session.full"),
        (("src/core/x",), (session(check="failed"),), BASE, POLICY, "verification.passed.test"),
        (("src/core/x",), (session(check="claimed"),), BASE, POLICY, "verification.passed.test"),
        (("src/auth/x",), (session(),), BASE, PASS, ""),
        (("src/auth/x",), (session(secret=1),), BASE, POLICY, "access.deny.secret"),
        (("src/auth/x",), (session(secret_basis="unknown"),), BASE, INDET, "access.deny.secret"),
        (("docs/a.md",), (session(secret=1),), BASE, POLICY, "access.deny.secret"),
        (("src/x",), (), DECLARE, ABSENT, "attributed"),
        (("src/x",), (declaration(),), DECLARE, PASS, ""),
        (("src/x",), (declaration(),), DECLARE + AGENT, POLICY, "attributed"),
        (("src/core/x",), (session(),), BASE + AGENT, POLICY, "attributed"),
        (("src/core/x",), (session(),), BASE + DELEGATED, PASS, ""),
        (("src/core/x",), (session(),), BASE + NAMED, PASS, ""),
        (("src/core/x",), (session(identity="x" + RUNNER),), BASE + NAMED, POLICY, "attributed"),
        (("src/core/x",), (session(identity=RUNNER + ".evil.test"),), BASE + NAMED, POLICY, "attributed"),
        (("src/core/x",), (session(),), BASE + NAMED.replace(ISSUER, ISSUER + "/"), POLICY, "attributed"),
        (("src/core/x",), (session(link="asserted"),), BASE + "links: [recorded]\n", POLICY, "attributed"),
        (("src/core/x",), (session(link="rewritten"),), BASE, PASS, ""),
        (("src/x",), (session(modes=("bypassPermissions",)),), deny("agent: {deny_permission_modes: ['bypass*']}"), POLICY, "agent.deny_permission_modes"),
        (("src/x",), (session(models=("other-1",)),), deny("agent: {models: ['model-*']}"), POLICY, "agent.models"),
        (("src/x",), (session(),), deny("agent: {models: ['model-*'], names: [claude-code]}"), PASS, ""),
        (("src/x",), (session(gaps=("truncated",)),), deny("capture: {deny_gaps: ['*']}"), POLICY, "capture.deny_gaps"),
        (("src/x",), (session(),), deny("capture: {source: [hook]}"), POLICY, "capture.source"),
        (("src/x",), (session(),), deny("verification: {ran: [test], observed: [test]}"), PASS, ""),
        (("src/core/x",), (failing(INVALID),), BASE, INVALID, "evidence"),
        (("src/core/x",), (failing(INVALID), session()), BASE, PASS, ""),
        (("src/core/x",), (failing(INVALID, named=True), session()), BASE, INVALID, "evidence"),
        (("src/x",), (failing(INVALID),), BASE, INVALID, "evidence"),
        (("src/core/x",), (failing(INDET),), BASE, INDET, "attributed"),
        (("src/x",), (), PEOPLE, POLICY, "review.humans"),
    ],
)  # fmt: skip
def test_verdict_on_a_complete_list(
    paths: tuple[str, ...], reports: tuple[EvidenceReport, ...], text: str, expected: Verdict, check: str
) -> None:
    decision = decided(judged(*paths, reports=reports), under=policy(text))
    assert decision.verdict is expected, [(r.check, r.verdict, r.detail) for r in decision.reasons]
    if expected is not PASS:
        assert failed(decision) == check
    assert [reason.number for reason in decision.reasons] == list(range(1, len(decision.reasons) + 1))


@pytest.mark.parametrize(
    ("paths", "reports", "expected", "check"),
    [
        (("src/core/x",), (session(),), INDET, "raised"),  # a withheld session may have touched a secret
        (("src/auth/x",), (session(),), INDET, "access.deny.secret"),
        (("src/auth/x",), (session(secret=1),), POLICY, "access.deny.secret"),  # what is known is enough to fail
        (("docs/a.md",), (), INDET, "raised"),
        (("src/core/x",), (), INDET, "raised"),
    ],
)
def test_rule_that_more_evidence_could_fail_is_not_decided_on_plain_files(
    paths: tuple[str, ...], reports: tuple[EvidenceReport, ...], expected: Verdict, check: str
) -> None:
    decision = decided(judged(*paths, reports=reports), complete=FILES)
    assert (decision.verdict, failed(decision)) == (expected, check)


def test_policy_without_such_rules_is_decided_on_plain_files() -> None:
    text = "\n".join(row for row in BASE.splitlines() if "secret" not in row and "auth" not in row) + "\n"
    assert decided(judged("docs/a.md"), under=policy(text), complete=FILES).verdict is PASS
    assert decided(judged("src/core/x", reports=(session(),)), under=policy(text), complete=FILES).verdict is PASS


@pytest.mark.parametrize(("hours", "expected"), [(0, PASS), (24, PASS), (25, INDET)])
def test_complete_answer_older_than_max_age_does_not_decide(hours: int, expected: Verdict) -> None:
    old = Completeness(as_of=NOW - timedelta(hours=hours))
    given = judged("src/auth/x", reports=(session(),))
    assert decided(given, under=policy(BASE + "max_age: 24h\n"), complete=old).verdict is expected


def test_evidence_under_no_pinned_root_is_indeterminate_and_not_absent() -> None:
    assert decided(judged("src/core/x", ignored=1)).verdict is INDET
    assert decided(judged("src/core/x", ignored=1, reports=(session(),))).verdict is PASS


def review(
    who: str = REVIEWER, *, tree: str = "b" * 40, under: str = "f" * 64, decision: str = "approve",
    capacity: str = "person", sessions: tuple[str, ...] = (), at: int = 1, meaning: str = "process-and-code",
) -> EvidenceReport:  # fmt: skip
    predicate: dict[str, object] = {
        "reviewedAt": "2026-11-21T10:00:00Z",
        "meaning": meaning,
        "decision": decision,
        "capacity": capacity,
        "checklist": "process-v1",
        "answers": {name: {"answer": "not-checked", "events": []} for name in QUESTIONS},
        "head": {"oid": "a" * 40, "tree": tree},
        "commits": [{"oid": "a" * 40, "tree": tree, "changed": {"count": 1, "root": "6" * 64}}],
        "sessions": [{"id": SESSION, "sha256": one} for one in sessions],
        "policy": f"sha256:{under}",
    }
    made = report(REVIEW_V1, predicate, name=f"{who}{at}", identity=who, link=None, counted=False)
    return dataclasses.replace(made, signed_at=at)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ((review(),), PASS),
        ((review(sessions=("e" * 64,)), session()), PASS),
        ((review(), session()), POLICY),  # it does not cover the session
        ((review(RUNNER, sessions=("e" * 64,)), session()), POLICY),  # the runner reviews himself
        ((review(tree="c" * 40),), POLICY),  # another tree
        ((review(under="0" * 64),), POLICY),  # another policy
        ((review(capacity="agent"),), POLICY),
        ((review("build[bot]@example.test"),), POLICY),
        ((review(decision="request-changes"),), POLICY),
        ((review(), review(decision="request-changes", at=2)), POLICY),  # he took it back
        ((review(decision="request-changes"), review(at=2)), PASS),
        ((review("https://x.test/name"),), INDET),  # whether that is a person is not known
    ],
)
def test_review_counts_only_by_a_person_apart_over_this_tree_sessions_and_policy(
    reports: tuple[EvidenceReport, ...], expected: Verdict
) -> None:
    assert decided(judged("src/x", reports=reports), under=policy(PEOPLE)).verdict is expected


def test_review_is_not_decided_where_a_session_may_be_missing() -> None:
    assert decided(judged("src/x", reports=(review(),)), under=policy(PEOPLE), complete=FILES).verdict is INDET


def test_agent_named_by_the_policy_never_counts_as_a_reviewer() -> None:
    text = PEOPLE + AGENT.replace(RUNNER, REVIEWER)
    assert decided(judged("src/x", reports=(review(),)), under=policy(text)).verdict is POLICY


def test_declaration_is_not_a_session_and_is_told() -> None:
    decision = decided(judged("src/x", reports=(declaration(),)))
    assert decision.declared
    assert not decision.counted
    assert DECLARATION_V1 not in {reason.check for reason in decision.reasons}


PAGE = Path(__file__).resolve().parents[3] / "docs/reference/verdicts.md"


def test_example_of_the_page_is_a_policy() -> None:
    page = (PAGE.parent / "policy.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0].replace('sha256: "..."', f'sha256: "{"0" * 64}"')
    assert len(policy(example).rules) == 5


GRANTS = f"exceptions_by: {{humans: 2, by: [{{issuer: '{ISSUER}', identity: {REVIEWER}}}, {{issuer: '{ISSUER}', identity: {RUNNER}}}]}}\n"


def exception(
    who: str, *, rule: str = "core", until: str = "2026-11-22T00:00:00Z", tree: str = "b" * 40, at: int = 1
) -> EvidenceReport:
    predicate: dict[str, object] = {
        "grantedAt": "2026-11-20T00:00:00Z",
        "expiresAt": until,
        "rules": [rule],
        "reason": "emergency",
        "capacity": "owner",
        "commits": [{"oid": "a" * 40, "tree": tree, "changed": {"count": 1, "root": "6" * 64}}],
    }
    made = report(EXCEPTION_V1, predicate, name=f"x{who}", identity=who, link=None, counted=False)
    return dataclasses.replace(made, signed_at=at)


@pytest.mark.parametrize(
    ("reports", "text", "expected"),
    [
        ((exception(REVIEWER), exception(RUNNER)), BASE + GRANTS, PASS),
        ((exception(REVIEWER), exception(RUNNER)), BASE, ABSENT),  # the policy names nobody
        ((exception(REVIEWER),), BASE + GRANTS, ABSENT),
        ((exception(REVIEWER), exception(REVIEWER)), BASE + GRANTS, ABSENT),  # one person twice
        ((exception(REVIEWER), exception("mallory@example.test")), BASE + GRANTS, ABSENT),
        ((exception(REVIEWER), exception(RUNNER, rule="auth")), BASE + GRANTS, ABSENT),
        ((exception(REVIEWER), exception(RUNNER, tree="c" * 40)), BASE + GRANTS, ABSENT),
        ((exception(REVIEWER), exception(RUNNER, until="2026-11-21T12:00:00Z")), BASE + GRANTS, ABSENT),  # expired
        ((exception(REVIEWER), exception(RUNNER, at=int(NOW.timestamp()) + 60)), BASE + GRANTS, ABSENT),  # signed later
        ((exception(REVIEWER), exception(RUNNER)), BASE + GRANTS + AGENT, ABSENT),  # one of them is an agent
        ((exception(REVIEWER), exception(RUNNER), failing(INVALID)), BASE + GRANTS, INVALID),
    ],
)
def test_signed_exception_counts_only_by_enough_named_people_for_this_rule_and_tree_until_it_ends(
    reports: tuple[EvidenceReport, ...], text: str, expected: Verdict
) -> None:
    decision = decided(judged("src/core/x", reports=reports), under=policy(text))
    assert decision.verdict is expected
    if expected is PASS:
        assert "excepted by 2 people until 2026-11-22" in next(r.detail for r in decision.reasons if "was" in r.detail)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ((review(),), PASS),
        ((review(meaning="code"),), POLICY),
        ((review(meaning="process", at=5), review("ada2@example.test", meaning="code", at=9)), PASS),
        ((review(meaning="process", at=9), review("ada2@example.test", meaning="code", at=5)), POLICY),
        ((review(sessions=("e" * 64,)), session()), INDET),  # the session does not say when its goal was stated
    ],
)
def test_process_is_approved_before_code_where_the_policy_asks(
    reports: tuple[EvidenceReport, ...], expected: Verdict
) -> None:
    text = PEOPLE.replace("humans: 1,", "humans: 1, process_before_code: required,")
    assert decided(judged("src/x", reports=reports), under=policy(text)).verdict is expected
