"""`whereof review`: sign how the process comes out, over these commits and sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.review import GivenAnswer, Reviewed

_SHORT = {"n": "no", "y": "yes", "-": "not-checked", "": "not-checked"}


def review(
    revision: Annotated[str, typer.Argument(metavar="REV|A..B", help="A commit, or a range of commits.")],
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="Q=yes|no|not-checked[:EVENTS]", help="Answer a question; events as 3,14 or ses_…#3."),
    ] = None,
    decision: Annotated[
        str, typer.Option(metavar="WORD", help="approve, request-changes or comment-only.")
    ] = "comment-only",
    meaning: Annotated[
        str, typer.Option(metavar="WORD", help="What the signature means: process, code or process-and-code.")
    ] = "process-and-code",
    capacity: Annotated[
        str, typer.Option(metavar="WORD", help="As what you sign: person, agent or service.")
    ] = "person",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the receipt and what was signed as JSON.")] = False,
) -> None:
    """Sign and log a review: five questions about the process, each answer resting on events of the sessions."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.review import ReviewRequest
    from attest.usecases.review import review as run_review

    given = tuple(parse_answer(text) for text in answer or ())
    if sys.stdin.isatty() and not json:
        given = (*given, *ask({one.question for one in given}))
    request = ReviewRequest(
        repository=Repository.open(repo),
        revision=revision,
        decision=decision,
        meaning=meaning,
        capacity=capacity,
        answers=given,
    )
    made = run_review(request, local_instance())
    if json:
        print_json(_json(made))
    else:
        _print(made)


def parse_answer(text: str) -> GivenAnswer:
    """Read `intent-clear=yes:3,14` or `intent-clear=yes:ses_…#3`.

    Raises:
        InvalidInput: `input.malformed`.
    """
    from attest.errors import InvalidInput
    from attest.usecases.review import GivenAnswer

    question, _, rest = text.partition("=")
    word, _, events = rest.partition(":")
    pointers = []
    for one in filter(None, (part.strip() for part in events.split(","))):
        session, _, number = one.rpartition("#")
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            expected = "Q=yes|no|not-checked:EVENTS"
            raise InvalidInput("input.malformed", "an answer", expected=expected, got=text[:80])
        pointers.append((session or None, int(number)))
    return GivenAnswer(question=question.strip(), answer=word.strip(), events=tuple(pointers))


def ask(answered: set[str]) -> list[GivenAnswer]:
    """Ask on the terminal for every question that is not answered yet; nothing typed is `not-checked`."""
    from attest.model.review import QUESTION_WORDS

    given = []
    for question, words in QUESTION_WORDS.items():
        if question in answered:
            continue
        said = typer.prompt(f"{words} [yes/no/not-checked]", default="not-checked", show_default=False).strip().lower()
        word = _SHORT.get(said, said)
        events = "" if word == "not-checked" else typer.prompt("  by which events (3,14)", default="").strip()
        given.append(parse_answer(f"{question}={word}:{events}"))
    return given


def _json(made: Reviewed) -> dict[str, object]:
    return {
        "receipt": made.receipt.to_json(),
        "review": made.review.to_predicate(),
        "apart_from_runner": {"known": made.apart_from_runner.known.value, "why": list(made.apart_from_runner.why)},
    }


def _print(made: Reviewed) -> None:
    review = made.review
    count = len(review.commits)
    print_line(
        f"signed: {review.decision}, {review.meaning}, over {count} {'commit' if count == 1 else 'commits'}, "
        f"tree {review.head_tree[:12]}, {len(review.sessions)} captures of sessions"
    )
    for one in review.answers:
        where = ", ".join(f"{ref.session[:12]}…#{ref.event}" for ref in one.events)
        print_line(f"  {one.question:<17}{one.answer}{f'  ({where})' if where else ''}")
    print_line(f"apart from the runner: {made.apart_from_runner.known.value}: {'; '.join(made.apart_from_runner.why)}")
    print_line(f"logged {made.receipt.attestation}, log entry {made.receipt.index}")
