"""The checklist of a review: five questions, what an answer points to, and what would be signed, before anybody signs.

The page prepares; it never signs by itself. A person signs with `whereof review`, under a key of their own; on an embedded
instance its one user may sign here, under the instance's identity. Who opened the page is not recorded as having read it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.pages.links import session_href
from api.pages.spans import Spans, spans
from attest.errors import InvalidInput
from attest.model.review import QUESTION_WORDS
from attest.model.review_predicate import ANSWERS, CHECKLIST, DECISIONS, MAX_EVENTS
from attest.usecases.review import GivenAnswer

_OPEN: Final = "not-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Answers that somebody filled in and has not signed."""

    answers: tuple[GivenAnswer, ...] = ()
    decision: str = "comment-only"
    filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with the answer given so far."""

    number: int
    name: str
    words: str
    answer: str
    events: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a signature would be about."""

    session: str
    commit: str
    digest: str
    """SHA-256 that the session's own statement gives its subject."""
    policy: str
    may_sign_here: bool
    """True for the one user of an embedded instance whose clone has the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistView:
    """The whole part of the page."""

    name: str
    action: str
    questions: tuple[Question, ...]
    words: tuple[str, ...]
    decisions: tuple[tuple[str, bool], ...]
    bound: tuple[tuple[str, Spans], ...]
    missing: str
    """What an answer still lacks; empty when it could be signed."""
    command: str
    """What signs exactly these answers with a key of one's own; empty until they are filled in."""
    may_sign_here: bool


def prepared_of(fields: Mapping[str, str], session: str) -> Prepared:
    """Read the fields of the form: `a-QUESTION` and `e-QUESTION`, `decision`.

    Raises:
        InvalidInput: `input.malformed`, a word that the form does not offer, or events that are no numbers.
    """
    answers = []
    for name in QUESTION_WORDS:
        answer = fields.get(f"a-{name}", "")
        if not answer:
            continue
        if answer not in ANSWERS:
            raise InvalidInput("input.malformed", "an answer", expected=", ".join(ANSWERS), where=name)
        answers.append(GivenAnswer(question=name, answer=answer, events=_events(fields.get(f"e-{name}", ""), session)))
    decision = fields.get("decision") or "comment-only"
    if decision not in DECISIONS:
        raise InvalidInput("input.malformed", "a decision", expected=", ".join(DECISIONS))
    return Prepared(answers=tuple(answers), decision=decision, filled=bool(answers))


def checklist_view(prepared: Prepared, bound: Bound) -> ChecklistView:
    """Give the checklist with what is filled in, what is bound and what is missing."""
    given = {one.question: one for one in prepared.answers}
    questions = tuple(
        Question(
            number=number,
            name=name,
            words=words,
            answer=given[name].answer if name in given else "",
            events=", ".join(str(event) for _, event in given[name].events) if name in given else "",
        )
        for number, (name, words) in enumerate(QUESTION_WORDS.items(), 1)
    )
    missing = _missing(questions)
    rows = (
        ("commit", f"`{bound.commit}`" if bound.commit else "none named"),
        ("session", f"`{bound.session}` `sha256:{bound.digest}`"),
        ("policy", bound.policy),
        ("decision", prepared.decision.replace("-", " ")),
    )
    return ChecklistView(
        name=CHECKLIST,
        action=session_href(bound.session),
        questions=questions,
        words=ANSWERS,
        decisions=tuple((word, word == prepared.decision) for word in DECISIONS),
        bound=tuple((term, spans(text)) for term, text in rows),
        missing=missing,
        command=_command(prepared, bound) if prepared.filled and not missing and bound.commit else "",
        may_sign_here=bound.may_sign_here,
    )


def _missing(questions: tuple[Question, ...]) -> str:
    answers = sum(not one.answer for one in questions)
    pointers = sum(one.answer in {"yes", "no"} and not one.events for one in questions)
    said = [f"{answers} answer{'' if answers == 1 else 's'}"] if answers else []
    said += [f"{pointers} event{'' if pointers == 1 else 's'} to point to"] if pointers else []
    return ", ".join(said)


def _command(prepared: Prepared, bound: Bound) -> str:
    words = ["whereof", "review", bound.commit, "--decision", prepared.decision]
    for one in prepared.answers:
        events = ",".join(f"{bound.session}#{event}" for _, event in one.events)
        words += ["--answer", f"{one.question}={one.answer}" + (f":{events}" if events else "")]
    return shlex.join(words)


def _events(text: str, session: str) -> tuple[tuple[str | None, int], ...]:
    found: list[tuple[str | None, int]] = []
    for word in text.replace("#", " ").replace(",", " ").split()[:MAX_EVENTS]:
        if not word.isascii() or not word.isdigit() or len(word) > 9:
            raise InvalidInput("input.malformed", "an event", expected="numbers, such as 14, 88", got=word[:20])
        found.append((session, int(word)))
    return tuple(found)
