"""Whether a review still stands: exact outcome for each thing that can have changed under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from attest.model.review import Review, ReviewedSession, review_of
from attest.policy.review_standing import Difference, Now, Standing, Stood, standing
from tools.make_human_vectors import OID, REVIEW, SESSION, TREE

DIGEST = "4" * 64
PATCH = "3" * 40
REVIEWED = review_of(REVIEW)
HERE = Now(oid=OID, tree=TREE, sessions={SESSION: {DIGEST}})


def judged(now: Now = HERE, review: Review = REVIEWED, *, carry: bool = False) -> tuple[Standing, set[Difference]]:
    found = standing(review, now, carry_equal_patch=carry)
    assert found.why
    return found.standing, set(found.differences)


def test_review_over_what_is_there_stands() -> None:
    assert judged() == (Standing.CURRENT, set())
    assert Standing.CURRENT.counts


@pytest.mark.parametrize(
    ("now", "difference"),
    [
        (replace(HERE, tree="e" * 40), Difference.TREE),
        (replace(HERE, oid="e" * 40), Difference.COMMIT),
        (replace(HERE, head="e" * 40), Difference.HEAD),
        (replace(HERE, sessions={SESSION: {"e" * 64}}), Difference.SESSIONS),
        (replace(HERE, sessions={SESSION: {DIGEST, "e" * 64}}), Difference.SESSIONS),
        (replace(HERE, sessions={SESSION: {DIGEST}, "ses_" + "0" * 26: {DIGEST}}), Difference.SESSIONS),
        (replace(HERE, policy="e" * 64), Difference.POLICY),
    ],
    ids=["tree", "replayed-on-another-commit", "pushed", "session-digest", "later-capture", "other-session", "policy"],
)
def test_what_changed_makes_it_outdated_and_is_named(now: Now, difference: Difference) -> None:
    assert judged(now) == (Standing.OUTDATED, {difference})
    assert not Standing.OUTDATED.counts


def test_same_head_and_policy_keep_it() -> None:
    assert judged(replace(HERE, head=OID, policy="5" * 64)) == (Standing.CURRENT, set())


def test_unknown_sessions_are_not_known_and_do_not_count() -> None:
    assert judged(replace(HERE, sessions=None)) == (Standing.NOT_KNOWN, set())
    assert not Standing.NOT_KNOWN.counts


def test_review_may_name_more_sessions_than_led_to_this_commit() -> None:
    more = replace(REVIEWED, sessions=(*REVIEWED.sessions, ReviewedSession(id="ses_" + "0" * 26, sha256="e" * 64)))
    assert judged(review=more) == (Standing.CURRENT, set())
    assert judged(replace(HERE, sessions={}))[0] is Standing.CURRENT


def test_equal_patch_carries_only_by_the_rule() -> None:
    rebased = replace(HERE, oid="e" * 40, tree="d" * 40, patch=PATCH, same={OID})
    assert judged(rebased) == (Standing.OUTDATED, {Difference.COMMIT})
    assert judged(rebased, carry=True) == (Standing.CARRIED, set())
    other_text = replace(rebased, same=())  # git's patch id leaves out white space
    assert judged(other_text, carry=True) == (Standing.OUTDATED, {Difference.COMMIT, Difference.PATCH})
    assert Standing.CARRIED.counts


@pytest.mark.parametrize("patch", ["e" * 40, None])
def test_other_or_no_patch_is_not_carried(patch: str | None) -> None:
    found = judged(replace(HERE, oid="e" * 40, patch=patch), carry=True)
    assert found == (Standing.OUTDATED, {Difference.COMMIT, Difference.PATCH})


def test_review_that_states_no_patch_is_not_carried_onto_a_commit_without_one() -> None:
    silent = replace(REVIEWED, commits=(replace(REVIEWED.commits[0], patch=None),))
    assert judged(replace(HERE, oid="e" * 40, patch=None), silent, carry=True)[0] is Standing.OUTDATED


@pytest.mark.parametrize("sessions", [{SESSION: {"e" * 64}}, None])
def test_carrying_does_not_mend_sessions(sessions: Mapping[str, set[str]] | None) -> None:
    rebased = replace(HERE, oid="e" * 40, patch=PATCH, same={OID}, sessions=sessions)
    assert judged(rebased, carry=True)[0] in (Standing.OUTDATED, Standing.NOT_KNOWN)


def test_reasons_are_sentences() -> None:
    found: Stood = standing(REVIEWED, replace(HERE, oid="e" * 40, policy="e" * 64))
    assert found.why == "another commit was reviewed; another policy was in force"
