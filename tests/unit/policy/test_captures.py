from __future__ import annotations

from dataclasses import replace

from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement
from attest.policy.captures import Capture, capture_of, digests_by_session, standing_captures
from attest.policy.independence import Signer

SESSION = "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ"
ANNA = Signer("https://login.example", "anna@example.org")
FIRST = Capture(
    attestation="att_1", session=SESSION, sha256="1" * 64, commits=frozenset({"a" * 40}), supersedes=None, signer=ANNA
)
LATER = replace(FIRST, attestation="att_2", sha256="2" * 64, supersedes="att_1")


def test_later_capture_stands_for_the_earlier() -> None:
    assert standing_captures((LATER, FIRST)) == (LATER,)
    assert digests_by_session((FIRST, LATER)) == {SESSION: {"2" * 64}}


def test_superseding_hides_nothing_of_another_identity_session_or_with_fewer_commits() -> None:
    for void in (
        replace(LATER, signer=Signer("https://evil.example", ANNA.name)),
        replace(LATER, session="ses_" + "0" * 26),
        replace(LATER, commits=frozenset()),
        replace(FIRST, supersedes="att_1"),
    ):
        assert FIRST.attestation in {one.attestation for one in standing_captures((FIRST, void))}
    assert digests_by_session((FIRST, replace(LATER, commits=frozenset()))) == {SESSION: {"1" * 64, "2" * 64}}


def test_capture_is_read_from_its_statement_and_only_with_its_session_as_a_subject() -> None:
    session = Subject(name=SESSION, sha256="1" * 64)
    commit = Subject(name="r@" + "a" * 40, sha256="3" * 64, git_commit="a" * 40)
    good = build_statement(SESSION_V1, (commit, session), {"session": {"id": SESSION}})
    assert capture_of(good, "att_1", ANNA) == FIRST
    assert capture_of(build_statement(SESSION_V1, (commit,), {"session": {"id": SESSION}}), "att_1", ANNA) is None
    assert capture_of(build_statement(SESSION_V1, (session,), {"session": 1}), "att_1", ANNA) is None
