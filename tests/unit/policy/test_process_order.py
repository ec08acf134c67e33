from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.review import review_of
from attest.policy.finding import Known
from attest.policy.process_order import SignedReview, intent_before_edit, process_before_code, sign_offs_in_order
from tools.make_human_vectors import REVIEW

BOTH = review_of(REVIEW)
PROCESS, CODE = replace(BOTH, meaning="process"), replace(BOTH, meaning="code")


def facts(count: object, basis: object = "observed") -> dict[str, object]:
    return {"extensions": {"counts": {"editsBeforeIntent": {"count": count, "basis": basis}}}}


@pytest.mark.parametrize(
    ("signed", "known"),
    [
        ([(PROCESS, 10), (CODE, 20)], Known.YES),
        ([(PROCESS, 20), (CODE, 10)], Known.NO),
        ([(PROCESS, 10), (PROCESS, 30), (CODE, 20)], Known.YES),
        ([(BOTH, 10)], Known.YES),
        ([(CODE, 10)], Known.NO),
        ([], Known.NO),
        ([(PROCESS, None), (CODE, 10)], Known.NOT_KNOWN),
        ([(PROCESS, 10), (CODE, None)], Known.NOT_KNOWN),
        ([(replace(PROCESS, decision="comment-only"), 5), (CODE, 10)], Known.NO),
        ([(replace(CODE, decision="request-changes"), 5), (PROCESS, 10)], Known.YES),
    ],
)
def test_code_may_not_be_approved_before_the_process(signed: list[tuple[object, int | None]], known: Known) -> None:
    reviews = [SignedReview(review=review, signed_at=at) for review, at in signed]  # type: ignore[arg-type]
    assert sign_offs_in_order(reviews).known is known


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (facts(0), Known.YES),
        (facts(0, "inferred"), Known.YES),
        (facts(2), Known.NO),
        (facts(0, "unknown"), Known.NOT_KNOWN),
        (facts(True), Known.NOT_KNOWN),
        (facts(-1), Known.NOT_KNOWN),
        (facts("0"), Known.NOT_KNOWN),
        (facts(0, "certain"), Known.NOT_KNOWN),
        (facts(0, []), Known.NOT_KNOWN),
        ({"extensions": {"counts": []}}, Known.NOT_KNOWN),
        ({}, Known.NOT_KNOWN),
    ],
)
def test_edits_before_the_goal_are_told_from_the_count(given: dict[str, object], known: Known) -> None:
    assert intent_before_edit(given).known is known


def test_both_are_asked_for() -> None:
    good = [SignedReview(review=BOTH, signed_at=1)]
    assert process_before_code(good, [facts(0), facts(0)]).known is Known.YES
    assert process_before_code(good, [facts(0), facts(1)]).known is Known.NO
    assert process_before_code(good, [facts(0), {}]).known is Known.NOT_KNOWN
    assert process_before_code([], [facts(0)]).known is Known.NO
