"""The table of roles keeps apart what must be apart, and the decision opens transcripts to those with reason only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from attest.model.may import Cause, Decision, Engagement, Grant, Principal, Resource, may
from attest.model.rights import APART, ROLES, Right, Role, rights_of, together

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
POND, REED = "git+https://forge.example.test/ada/pond", "git+https://forge.example.test/ada/reed"
SESSION = Resource(tenant="ten_a", repositories=(POND,), session="ses_1", runner="ada", recorded_at=NOW)
SAMPLE = Engagement(
    id="eng_1",
    cause=Cause.AUDIT,
    purpose="quarterly sample",
    starts_at=NOW - timedelta(days=1),
    expires_at=NOW + timedelta(days=1),
    repositories=None,
    controls=(),
    since=None,
    until=None,
    items=frozenset({"ses_1"}),
    confirmed=False,
)


def who(
    role: Role, *engagements: Engagement, name: str = "bob", repositories: tuple[str, ...] | None = None
) -> Principal:
    grant = Grant(role=role, repositories=repositories)
    return Principal(tenant="ten_a", name=name, grants=(grant,), engagements=engagements)


def opens(
    principal: Principal, resource: Resource = SESSION, *, purpose: str = "sample 12", now: datetime = NOW
) -> Decision:
    return may(principal, Right.TRANSCRIPT, resource, now=now, purpose=purpose)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_holds_what_is_kept_apart(role: Role) -> None:
    assert together((role,)) is None
    assert not any(pair <= ROLES[role] for pair in APART)


def test_two_roles_that_would_join_what_is_apart_are_found() -> None:
    assert together((Role.PRIVACY, Role.SECURITY)) == {Right.ERASE_REQUEST, Right.ERASE_APPROVE}
    assert together((Role.OPERATOR, Role.DEVELOPER)) == {Right.ADMIN, Right.TRANSCRIPT}
    assert together((Role.DEVELOPER, Role.REVIEWER)) is None


def test_every_right_is_given_by_some_role_and_every_role_gives_one() -> None:
    assert rights_of(Role) == set(Right)
    assert all(ROLES[role] for role in Role)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PIPELINE, Role.MONITOR, Role.PRIVACY])
def test_roles_without_the_right_read_no_transcript_not_even_with_an_engagement(role: Role) -> None:
    assert opens(who(role, SAMPLE)) is Decision.NO_RIGHT


def test_the_runner_reads_their_own_and_nobody_else_by_role_alone() -> None:
    assert opens(who(Role.DEVELOPER, name="ada"), purpose="") is Decision.YES
    for role in (Role.DEVELOPER, Role.REVIEWER, Role.AUDITOR, Role.SECURITY):
        assert opens(who(role)) is Decision.HIDDEN


def test_a_sampled_item_opens_with_a_purpose_within_the_time() -> None:
    auditor = who(Role.AUDITOR, SAMPLE)
    assert opens(auditor) is Decision.YES
    assert opens(auditor, purpose="") is Decision.NO_PURPOSE
    assert opens(auditor, purpose="two\nlines") is Decision.NO_PURPOSE
    assert opens(auditor, now=NOW + timedelta(days=1)) is Decision.HIDDEN
    assert opens(auditor, now=NOW - timedelta(days=2)) is Decision.HIDDEN
    assert opens(auditor, replace(SESSION, session="ses_2")) is Decision.HIDDEN


@pytest.mark.parametrize(
    "limits",
    [{"repositories": (REED,)}, {"since": NOW + timedelta(seconds=1)}, {"until": NOW}, {"cause": Cause.INCIDENT}],
)
def test_an_engagement_opens_nothing_beyond_its_limits(limits: dict[str, object]) -> None:
    assert opens(who(Role.SECURITY, replace(SAMPLE, **limits))) is Decision.HIDDEN


def test_an_incident_opens_when_a_second_person_confirmed() -> None:
    confirmed = replace(SAMPLE, cause=Cause.INCIDENT, confirmed=True)
    assert opens(who(Role.SECURITY, confirmed)) is Decision.YES


def test_another_tenant_is_told_nothing_whatever_it_holds() -> None:
    for right in Right:
        assert may(who(Role.SECURITY), right, Resource(tenant="ten_b"), now=NOW) is Decision.HIDDEN
    owner = Principal(tenant="ten_a", name="owner", owner=True)
    assert may(owner, Right.TRANSCRIPT, replace(SESSION, tenant="ten_b"), now=NOW) is Decision.HIDDEN


def test_rights_over_one_repository_are_none_over_another_and_all_that_is_touched_counts() -> None:
    dev = who(Role.DEVELOPER, name="ada", repositories=(POND,))
    assert may(dev, Right.SESSION_READ, replace(SESSION, repositories=(POND,)), now=NOW) is Decision.YES
    assert may(dev, Right.SESSION_READ, replace(SESSION, repositories=(POND, REED)), now=NOW) is Decision.HIDDEN
    assert dev.repositories() == (POND,)
    assert who(Role.DEVELOPER).repositories() is None


def test_a_token_limits_and_never_adds() -> None:
    limited = replace(who(Role.DEVELOPER, name="ada"), only=frozenset({Right.VERIFY, Right.ADMIN}))
    assert limited.rights() == {Right.VERIFY}
    assert opens(limited) is Decision.NO_RIGHT
