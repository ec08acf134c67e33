"""Who counts as a person and as independent: exact outcome for each way to look like somebody else."""

from __future__ import annotations

import pytest

from attest.policy.finding import Finding, Known, all_of
from attest.policy.independence import Parties, Party, Signer, independence, is_person

ISSUER = "https://login.example"
ANNA, BORIS = Signer(ISSUER, "anna@example.org"), Signer(ISSUER, "boris@example.org")
PSEUDONYM = Signer("https://one.whereof.invalid", "https://one.whereof.invalid/actor/" + "a" * 64)
JOB = Signer(
    "https://token.actions.githubusercontent.com",
    "https://github.com/acme/pay/.github/workflows/review.yml@refs/heads/main",
)


@pytest.mark.parametrize("signer", [ANNA, PSEUDONYM])
def test_address_and_pseudonym_are_persons(signer: Signer) -> None:
    assert is_person(signer).known is Known.YES


@pytest.mark.parametrize(
    "signer",
    [
        JOB,
        Signer(ISSUER, "https://gitlab.example/acme/pay//.gitlab-ci.yml@refs/heads/main"),
        Signer("https://token.actions.githubusercontent.com", "anna@example.org"),
        Signer("https://token.actions.githubusercontent.com/", "anna@example.org"),
        Signer(ISSUER, "spiffe://cluster.local/ns/ci/sa/runner"),
        Signer(ISSUER, "system:serviceaccount:ci:runner"),
        Signer(ISSUER, "builder@acme.iam.gserviceaccount.com"),
        Signer(ISSUER, "49699333+dependabot[bot]@users.noreply.github.com"),
        Signer(ISSUER, "dependabot[bot]"),
        Signer(ISSUER, "noreply@anthropic.com"),
        Signer(ISSUER, "review-bot@acme.example"),
        Signer(ISSUER, "CursorAgent@cursor.com"),
        Signer(ISSUER, "198982749+Copilot@users.noreply.github.com"),
    ],
    ids=lambda signer: f"{len(signer.issuer)}-{signer.name[-40:]}",
)
def test_bot_or_workload_never_counts_as_a_person(signer: Signer) -> None:
    assert is_person(signer).known is Known.NO
    assert independence(signer, Parties(runners=()), apart_from=()).known is Known.NO


@pytest.mark.parametrize("capacity", ["agent", "service", "person "])
def test_who_does_not_sign_as_a_person_is_none(capacity: str) -> None:
    assert is_person(ANNA, capacity).known is Known.NO


@pytest.mark.parametrize("name", ["", "https://example.org/somebody", "anna", "x" * 3000, "@"])
def test_name_that_says_nothing_is_not_known(name: str) -> None:
    assert is_person(Signer(ISSUER, name)).known is Known.NOT_KNOWN


def test_agent_that_the_policy_names_is_no_reviewer() -> None:
    parties = Parties(runners=(), agents=(ANNA,))
    found = independence(ANNA, parties, apart_from=(Party.RUNNER, Party.AGENT))
    assert (found.known, found.why) == (Known.NO, ("the policy names this identity as an agent's",))


def test_runner_who_reviews_himself_is_not_independent() -> None:
    found = independence(ANNA, Parties(runners=(BORIS, ANNA)), apart_from=(Party.RUNNER,))
    assert (found.known, found.why) == (Known.NO, ("the reviewer is the session’s runner",))


def test_other_person_is_independent_of_the_runner() -> None:
    assert independence(BORIS, Parties(runners=(ANNA,)), apart_from=(Party.RUNNER,)).known is Known.YES
    assert independence(BORIS, Parties(runners=()), apart_from=(Party.RUNNER,)).known is Known.YES


def test_same_name_under_another_issuer_is_not_known_to_be_another_person() -> None:
    elsewhere = Signer("https://evil.example", "Anna@example.org")
    assert independence(elsewhere, Parties(runners=(ANNA,)), apart_from=(Party.RUNNER,)).known is Known.NOT_KNOWN


def test_unknown_runners_are_not_known_to_be_others() -> None:
    assert independence(BORIS, Parties(runners=None), apart_from=(Party.RUNNER,)).known is Known.NOT_KNOWN


def test_author_is_not_known_without_a_disclosure() -> None:
    parties = Parties(runners=(), author_email="someone@example.org")
    found = independence(ANNA, parties, apart_from=(Party.AUTHOR,))
    assert (found.known, found.why) == (Known.NOT_KNOWN, ("who the git author is, is disclosed by nobody",))
    assert independence(ANNA, parties).known is Known.NOT_KNOWN


def test_empty_disclosure_discloses_nobody() -> None:
    assert independence(ANNA, Parties(runners=(), author=()), apart_from=(Party.AUTHOR,)).known is Known.NOT_KNOWN


def test_author_by_certified_address_or_disclosure_is_not_independent() -> None:
    by_line = Parties(runners=(), author_email=" Anna@Example.org")
    by_disclosure = Parties(runners=(), author=(ANNA,))
    for parties in (by_line, by_disclosure):
        assert independence(ANNA, parties, apart_from=(Party.AUTHOR,)).known is Known.NO


def test_disclosed_author_who_is_another_is_independent_unless_the_name_is_the_same() -> None:
    assert independence(BORIS, Parties(runners=(), author=(ANNA,))).known is Known.YES
    elsewhere = Signer("https://evil.example", "anna@example.org")
    assert independence(elsewhere, Parties(runners=(), author=(ANNA,))).known is Known.NOT_KNOWN


def test_no_outweighs_not_known_and_not_known_outweighs_yes() -> None:
    def one(known: Known) -> Finding:
        return Finding(known=known, why=(known.value,))

    assert all_of((one(Known.YES), one(Known.NOT_KNOWN), one(Known.NO))) == one(Known.NO)
    assert all_of((one(Known.YES), one(Known.NOT_KNOWN))) == one(Known.NOT_KNOWN)
    assert all_of((one(Known.YES),)) == one(Known.YES)
    assert all_of(()).known is Known.YES
