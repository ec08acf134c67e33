"""How answers are typed: in options, or on a terminal where what is left out is asked."""

from __future__ import annotations

import io

import pytest

from attest.cli.review import ask, parse_answer
from attest.errors import InvalidInput
from attest.model.review_predicate import QUESTIONS
from attest.usecases.review import GivenAnswer

SESSION = "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.mark.parametrize(
    ("text", "answer", "events"),
    [
        ("plan-sound=yes:3,14", "yes", ((None, 3), (None, 14))),
        (f"plan-sound=no:{SESSION}#3, 4", "no", ((SESSION, 3), (None, 4))),
        ("plan-sound=not-checked", "not-checked", ()),
        ("plan-sound=yes:#0", "yes", ((None, 0),)),
    ],
)
def test_answers_are_read(text: str, answer: str, events: tuple[tuple[str | None, int], ...]) -> None:
    assert parse_answer(text) == GivenAnswer(question="plan-sound", answer=answer, events=events)


@pytest.mark.parametrize(
    "text", ["plan-sound=yes:x", "plan-sound=yes:-1", "plan-sound=yes:٣", "plan-sound=yes:1" + "0" * 9]
)
def test_pointer_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_answer(text)
    assert refused.value.code == "input.malformed"


def test_terminal_is_asked_for_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n2,3\nno\n4\n\n-\n"))
    given = ask({QUESTIONS[0]})
    assert [(one.question, one.answer) for one in given] == list(
        zip(QUESTIONS[1:], ("yes", "no", "not-checked", "not-checked"), strict=True)
    )
    assert given[0].events == ((None, 2), (None, 3))
