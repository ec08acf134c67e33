from __future__ import annotations

import re

import pytest

from attest.cli.render_answer import Style, render_answer
from attest.model.answer import TITLES
from tests.support import answers

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("answer", [answers.full(), answers.absent(), answers.failed(), answers.hostile()])
def test_every_section_is_there_in_order(answer: answers.Answer) -> None:
    text = render_answer(answer)
    heads = [line for line in text.split("\n") if re.match(r"[ 1]\d [A-Z]", line)]
    assert heads == [f"{number:>2} {title}" for number, title in enumerate(TITLES, 1)]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_fit_the_terminal(width: int) -> None:
    assert max(map(len, render_answer(answers.full(), width=width).split("\n"))) <= width


def test_plain_output_holds_no_escape_and_colour_only_our_own() -> None:
    assert "\x1b" not in render_answer(answers.full())
    coloured = render_answer(answers.full(), style=Style.COLOUR)
    assert _ANSI.sub("", coloured) == render_answer(answers.full())


@pytest.mark.parametrize("style", list(Style))
def test_hostile_text_cannot_steer_the_terminal(style: Style) -> None:
    rest = _ANSI.sub("", render_answer(answers.hostile(), style=style))
    assert "\x1b" not in rest
    assert "\u202e" not in rest
    assert "<U+001B>[2J" in rest
    assert "\nowned" not in rest


def test_marks_of_verdicts_are_enclosed_and_facts_are_open() -> None:
    text = render_answer(answers.full(), width=120)
    assert "(✓) pass" in text
    assert "<-> not met" in text
    assert " ×  failed" in text
    assert "[X] invalid" in render_answer(answers.failed())
    assert "( ) absent" in render_answer(answers.absent())


def test_not_recorded_names_the_commands_that_settle_it() -> None:
    text = render_answer(answers.absent())
    assert "whereof record --transcript FILE --commit 5d1e0b7c" in text


def test_mode_changes_the_exit_code_shown_not_the_verdict() -> None:
    text = " ".join(render_answer(answers.absent()).split())
    assert "Mode observe: exit code 0; in mode enforce: exit code 4." in text
