"""Verdict statements of strangers: read strictly, in parts, or refused with an error of ours; and what a check asks for."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from attest.canonical import canonical_json
from attest.errors import InvalidInput, NotVerified
from attest.model.coverage import coverage_of, joined
from attest.model.coverage_parts import predicates_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.statement import MAX_STATEMENT_BYTES, Subject, build_statement, parse_statement
from attest.model.summary import Expected, Summary, read_vsa, svr_statement, vsa_statement
from attest.model.verdict import Reason, Verdict
from attest.policy.ready import newest, readiness, week_of
from attest.usecases.state_coverage import wants_complete_list
from attest.usecases.unsigned import unsigned_statement, wrap_unsigned
from tests.fuzz.test_parsers import JSON, only_ours, planted
from tests.support.policies import FILES, PROVED, decided, judged, policy, session
from tools.make_coverage_vectors import GAP, KEPT, MINIMAL, changed, stated

QUICK = settings(deadline=None, max_examples=120)
OID = "2" * 40
SUMMARY = Summary(
    repository="git+https://forge.example/org/pond",
    oid=OID,
    verifier="https://example.test/verifier/v1",
    version="0.1.0",
    verified_at="2026-11-21T12:00:00.000000Z",
    policy_uri="https://example.test/policy",
    policy_sha256="3" * 64,
    inputs=(("att_" + "4" * 64, "5" * 64),),
    passed=True,
    levels=("POLICY_MET", "REVIEWED"),
)
EXPECTED = Expected(
    oid=OID, resource=SUMMARY.repository, verifier=SUMMARY.verifier, level="ORG_SOURCE_AGENT_POLICY_MET"
)


@QUICK
@given(st.lists(st.integers(0, 20), max_size=6), JSON)
def test_planted_coverage_is_read_or_refused_with_our_error(path: list[int], value: object) -> None:
    document = planted(MINIMAL, path, value)
    assume(isinstance(document, dict))
    try:
        part = coverage_of(document)  # type: ignore[arg-type]
    except InvalidInput:
        return
    assert predicates_of(part.coverage)


@QUICK
@given(st.lists(st.integers(0, 20), max_size=6), JSON)
def test_planted_summary_is_taken_or_refused_with_our_error(path: list[int], value: object) -> None:
    document = planted(json.loads(vsa_statement(SUMMARY).raw), path, value)
    only_ours(lambda: read_vsa(json.dumps(document).encode(), EXPECTED))


@QUICK
@given(st.binary(max_size=64), st.integers(0, 2000))
def test_broken_unsigned_wrapper_is_none_or_refused(junk: bytes, place: int) -> None:
    line = wrap_unsigned(build_statement(COVERAGE_V1, (Subject(name="x", sha256="1" * 64),), MINIMAL))
    at = place % len(line)
    try:
        found = unsigned_statement(line[:at] + junk + line[at:])
    except NotVerified:
        return
    assert found is None or found.predicate_type == COVERAGE_V1 or junk


def test_unsigned_wrapper_gives_the_statement_bytes_back() -> None:
    statement = build_statement(COVERAGE_V1, (Subject(name="x", sha256="1" * 64),), MINIMAL)
    found = unsigned_statement(wrap_unsigned(statement))
    assert found is not None
    assert found.raw == statement.raw


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("subject", 0, "digest"), {"gitCommit": "9" * 40}),
        (("subject", 0, "digest"), {"gitCommit": OID[:12]}),
        (("subject", 0, "digest"), {"sha1": OID}),
        (("subject", 0, "digest"), {"gitCommit": OID, "sha256": "0" * 64}),
        (("predicateType",), "https://slsa.dev/verification_summary/v0.2"),
        (("predicate", "verifier"), {}),
        (("predicate", "verifier", "version"), ["0.1.0"]),
        (("predicate", "timeVerified"), "yesterday"),
        (("predicate", "resourceUri"), "pond"),
        (("predicate", "policy"), {"digest": {"sha256": "3" * 64}}),
        (("predicate", "policy"), {"uri": "https://p.example", "digest": {"sha1": "3" * 40}}),
        (("predicate", "inputAttestations"), [{"uri": "https://a.example"}]),
        (("predicate", "verificationResult"), "passed"),
        (("predicate", "verificationResult"), "FAILED"),
        (("predicate", "verifiedLevels"), []),
        (("predicate", "verifiedLevels"), ["SLSA_SOURCE_LEVEL_3"]),
        (("predicate", "verifiedLevels"), ["ORG_SOURCE_AGENT_POLICY_MET", "SLSA_SOURCE_LEVEL_3"]),
        (("predicate", "verifiedLevels"), ["FAILED"]),
    ],
)
def test_consumer_refuses_each_wrong_member(where: tuple[str | int, ...], value: object) -> None:
    document = json.loads(vsa_statement(SUMMARY).raw)
    read_vsa(json.dumps(document).encode(), EXPECTED)
    holder = document
    for step in where[:-1]:
        holder = holder[step]
    holder[where[-1]] = value
    with pytest.raises(NotVerified):
        read_vsa(json.dumps(document).encode(), EXPECTED)


def test_failed_summary_has_no_level_and_no_svr() -> None:
    failed = replace(SUMMARY, passed=False)
    assert vsa_statement(failed).predicate["verifiedLevels"] == ["FAILED"]
    assert svr_statement(failed) is None
    # What a consumer does not know stands beside what it checks: SLSA says to ignore it.
    document = json.loads(vsa_statement(SUMMARY).raw)
    document["predicate"]["https://example.test/more"] = {"x": 1}
    read_vsa(json.dumps(document).encode(), EXPECTED)


def test_long_coverage_keeps_every_statement_within_its_limits() -> None:
    reasons = [
        {"check": "c" * 120, "rule": f"r{at}", "verdict": "absent", "mode": "enforce", "policy": 0} for at in range(32)
    ]
    rows = [{**GAP, "oid": f"{at:040x}", "reasons": reasons} for at in range(1, 600)]
    rows += [GAP, KEPT]
    whole = joined([coverage_of(changed(MINIMAL, stated(*rows)))])
    parts = predicates_of(whole)
    assert len(parts) > 2
    subject = Subject(name="x", uri="x", sha256="1" * 64)
    sizes = [len(build_statement(COVERAGE_V1, (subject,), part).raw) for part in parts]
    assert max(sizes) < MAX_STATEMENT_BYTES
    assert joined([coverage_of(json.loads(canonical_json(part))) for part in reversed(parts)]) == whole


def test_parts_of_two_coverages_do_not_join() -> None:
    two = {"/part/of": 2}
    one = coverage_of(changed(MINIMAL, two | {"/commits": [GAP]}))
    other = coverage_of(changed(MINIMAL, two | {"/part/number": 2, "/commits": [KEPT]}))
    assert [row.oid for row in joined([other, one]).rows] == [GAP["oid"], KEPT["oid"]]
    later = coverage_of(
        changed(MINIMAL, two | {"/part/number": 2, "/commits": [KEPT], "/judgedAt": "2026-11-22T09:00:00.000000Z"})
    )
    for parts in ([one], [one, one], [one, later], [], [other, other]):
        with pytest.raises(InvalidInput):
            joined(parts)


UNDECIDED = """\
version: 1
mode: enforce
defaults: {tier: t}
tiers:
  - id: t
    require: {access: {deny: [secret]}, agent: {deny_permission_modes: [bypass]}, review: {humans: 1}}
  - {id: top, unattributed: session, require: {session: full}}
rules:
  - {id: raised, tier: top, when: {session: {touched: [network]}}}
"""


def _reasons(complete: bool, *, secret_basis: str = "observed") -> dict[str, Reason]:
    given = judged("a.py", reports=(session(secret_basis=secret_basis, parts=0),))
    found = decided(given, under=policy(UNDECIDED), complete=PROVED if complete else FILES)
    return {reason.check: reason for reason in found.reasons}


def test_check_is_said_to_want_a_complete_list_only_where_that_alone_could_decide_it() -> None:
    open_ = _reasons(complete=False)
    assert {name for name, reason in open_.items() if wants_complete_list(reason)} == {
        "access.deny.secret",
        "agent.deny_permission_modes",
        "raised",
    }
    assert not any(wants_complete_list(reason) for reason in _reasons(complete=True).values())
    unknown = _reasons(complete=False, secret_basis="unknown")["access.deny.secret"]
    assert unknown.verdict is Verdict.INDETERMINATE
    assert not wants_complete_list(unknown)


def test_ready_goes_by_the_newest_verdict_and_by_iso_weeks() -> None:
    first = coverage_of(MINIMAL).coverage
    better = {**GAP, "state": "covered", "verdict": "pass", "reasons": []}
    later = coverage_of(changed(MINIMAL, stated(better, KEPT) | {"/judgedAt": "2027-01-02T00:00:00.000000Z"})).coverage
    for order in ((first, later), (later, first)):
        found = readiness(newest(order))
        assert (found.commits, found.would_stop, found.rows) == (2, 0, ())
    assert readiness(newest((first,))).rows[0].week == "2026-W47"
    assert week_of(newest((later,))[0].judged_at) == "2026-W53"
    assert readiness(newest((first,))).stopped == 1
    assert readiness(()).sentence().startswith("No verdict is logged")


def test_statement_bound_by_an_oid_alone_reads_back_and_holds_no_other_digest() -> None:
    statement = parse_statement(vsa_statement(SUMMARY).raw)
    assert (statement.subjects[0].git_digest, statement.subjects[0].sha256) == (OID, "")
    assert statement.commit_subject(OID) is None
    document = json.loads(statement.raw)
    for digest in ({"gitCommit": "A" * 40}, {"gitCommit": 5}, {"gitCommit": None}, {}):
        bad = deepcopy(document)
        bad["subject"][0]["digest"] = digest
        with pytest.raises(NotVerified):
            parse_statement(json.dumps(bad).encode())
