"""A control over a period: what stood before each landing, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.coverage import CoverageReason, CoverageRow
from attest.policy.change_fields import FIELDS, ChangeEvidence, change_fields
from attest.policy.operation import Landed, LandedChange, LoggedRow, Operated, Outage, operation

A, B = "a" * 40, "b" * 40
MERGE = LandedChange(oid="c" * 40, landed_at=100, is_merge=True, commits=(A, B), mode="enforce")
PERIOD = (0, 1000)


def row(oid: str, verdict: str = "pass", rule: str = "auth", left_out: int = 0) -> CoverageRow:
    reasons = () if verdict == "pass" else (CoverageReason(check="x", rule=rule, verdict=verdict, mode="enforce"),)
    return CoverageRow(
        oid=oid, state="covered", verdict=verdict, tier="t", reasons=reasons, left_out=left_out, inputs=(), ignored=0
    )


def logged(said: CoverageRow, at: int | None, index: int = 1) -> LoggedRow:
    return LoggedRow(attestation=f"att_{index}", signed_at=at, index=index, mode="enforce", row=said)


def one(change: LandedChange, *verdicts: LoggedRow, rule: str = "", outages: tuple[Outage, ...] = ()) -> Operated:
    by = {oid: [v for v in verdicts if v.row.oid == oid] for oid in change.commits}
    (found,) = operation([change], by, outages, period=PERIOD, rule=rule).changes
    return found


def test_a_pass_for_every_commit_before_it_landed_is_no_exception() -> None:
    found = one(MERGE, logged(row(A), 50), logged(row(B), 100))
    assert (found.landed, found.verdict, found.is_exception) == (Landed.PASSED, "pass", False)


def test_a_commit_without_a_verdict_makes_the_change_one_without() -> None:
    found = one(MERGE, logged(row(A), 50))
    assert (found.landed, found.judged, found.is_exception) == (Landed.WITHOUT, 1, True)


def test_a_verdict_that_was_logged_afterwards_did_not_stand() -> None:
    found = one(MERGE, logged(row(A), 50), logged(row(B), 101))
    assert found.landed is Landed.WITHOUT
    assert "afterwards" in found.why


def test_a_verdict_without_a_time_did_not_stand() -> None:
    assert one(MERGE, logged(row(A), None), logged(row(B), None)).landed is Landed.WITHOUT


@pytest.mark.parametrize("verdict", ["policy", "absent", "indeterminate", "invalid"])
def test_any_other_verdict_is_one_that_it_landed_against(verdict: str) -> None:
    found = one(MERGE, logged(row(A), 50), logged(row(B, verdict), 60))
    assert (found.landed, found.verdict) == (Landed.AGAINST, verdict)


def test_the_newest_of_several_verdicts_before_the_landing_stands() -> None:
    change = replace(MERGE, commits=(A,))
    verdicts = (logged(row(A, "policy"), 40, 1), logged(row(A), 50, 2), logged(row(A, "invalid"), 200, 3))
    assert one(change, *verdicts).landed is Landed.PASSED


def test_when_a_single_commit_was_put_there_is_not_known() -> None:
    pushed = replace(MERGE, is_merge=False, commits=(A,))
    assert one(pushed, logged(row(A), 150)).landed is Landed.NOT_KNOWN
    assert one(pushed).landed is Landed.WITHOUT
    assert one(pushed, logged(row(A), 90)).landed is Landed.PASSED


def test_only_the_rule_that_was_asked_for_counts() -> None:
    change = replace(MERGE, commits=(A,), rule_mode="enforce")
    assert one(change, logged(row(A, "policy", "docs"), 50), rule="auth").landed is Landed.PASSED
    assert one(change, logged(row(A, "policy", "auth"), 50), rule="auth").landed is Landed.AGAINST
    cut = logged(row(A, "policy", "docs", left_out=3), 50)
    assert one(change, cut, rule="auth").verdict == "indeterminate"


@pytest.mark.parametrize(
    ("mode", "rule_mode", "rule", "enforced"),
    [
        ("enforce", None, "", True),
        ("observe", None, "", False),
        ("none", None, "", False),
        ("not-known", None, "", None),
        ("enforce", "warn", "auth", False),
        ("observe", "enforce", "auth", True),
        ("enforce", None, "auth", False),
    ],
)
def test_mode_is_that_of_the_policy_at_the_time(
    mode: str, rule_mode: str | None, rule: str, enforced: bool | None
) -> None:
    change = replace(MERGE, commits=(A,), mode=mode, rule_mode=rule_mode)
    found = one(change, logged(row(A), 50), rule=rule)
    assert (found.enforced, found.is_exception) == (enforced, enforced is not True)


def test_outages_are_intervals_and_name_the_changes_within() -> None:
    inside = Outage(kind="paused", start=90, until=110, attestation="att_9")
    lasting = Outage(kind="silent", start=95, until=None, attestation="att_8")
    before = Outage(kind="paused", start=-20, until=-10, attestation="att_7")
    result = operation([MERGE], {}, (before, lasting, inside), period=PERIOD)
    assert [one.attestation for one in result.outages] == ["att_9", "att_8"]
    assert set(result.changes[0].outages) == {"att_9", "att_8"}
    assert result.counts()["during-an-outage"] == 1


def test_counts_of_landings_add_up_to_the_changes() -> None:
    changes = [MERGE, replace(MERGE, commits=(A,), oid="d" * 40), replace(MERGE, commits=(B,), oid="e" * 40)]
    verdicts = {A: [logged(row(A), 50)], B: [logged(row(B, "policy"), 60)]}
    counts = operation(changes, verdicts, (), period=PERIOD).counts()
    assert counts["changes"] == sum(counts[kind.value] for kind in Landed) == 3
    assert (counts["passed"], counts["against-verdict"]) == (1, 2)


def test_a_field_without_a_record_is_missing_with_what_would_settle_it() -> None:
    fields = {field.name: field for field in change_fields(ChangeEvidence())}
    assert tuple(fields) == FIELDS
    assert all(field.missing and field.settle for field in fields.values())


def test_a_field_is_linked_to_statements_and_trailers() -> None:
    evidence = ChangeEvidence(
        sessions=("att_1",), approvals=("att_2",), tests=("att_1",), trailers=(("ticket", A), ("co-authored-by", B))
    )
    fields = {field.name: field.links for field in change_fields(evidence)}
    assert fields["reason"] == fields["tested"] == ("att_1",)
    assert fields["approved-by"] == ("att_2",)
    assert fields["requested-by"] == (f"{A}#ticket",)
    assert fields["back-out"] == ()
    assert not any(B in link for links in fields.values() for link in links)
