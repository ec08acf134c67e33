"""Promise: others' words in a table of ours stay in their cell, and are words and nothing else."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from attest.model.markdown import MAX_CELL_CHARACTERS, cell, code
from attest.model.plain_text import printable

HOSTILE = (
    "a|b", "`x`", "``", "\\", "\\|", "`\\|`", "<img src=x onerror=1>", "[x](javascript:1)", "![x](y)", "&lt;b&gt;",
    "@ada", "(@org/team)", "#12", "http://evil.example", "www.evil.example", "**b**", "~~s~~", "$x$", "<!-- c",
    "\x1b[31m", "a\u202eb", "a\nb", "\u2028| x", "::error::x", "##[group]x", "\ud800", "x\x00y",
)  # fmt: skip
_SPACE = re.compile(r"\s+")


def row(first: str, second: str) -> list[Token]:
    """Give the two cells that a GitHub-like reader with HTML and bare links switched on makes of a row."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    tokens = reader.parse(f"| a | b |\n|---|---|\n| {first} | {second} |\n")
    inside = [token for token in tokens if token.type == "inline"]
    assert [token.content for token in inside[:2]] == ["a", "b"]
    assert len(inside) == 4, "one row of two cells"
    return inside[2:]


def words(token: Token, *kinds: str) -> str:
    children = token.children or []
    assert {child.type for child in children} <= {"text", "text_special", *kinds}, children
    return "".join(child.content for child in children)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_shown_and_nothing_more(text: str) -> None:
    sentence, alone = row(f"x {cell(text)}", code(text) or "-")
    assert words(sentence).replace("\u200b", "") == f"x {printable(text)}".rstrip()
    assert "@ada" not in words(sentence)
    assert words(alone, "code_inline").replace("\\|", "|") == printable(text).strip().replace("\\|", "|")
    assert html.escape("<") == "&lt;"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_stay_in_their_cell(one: str, other: str) -> None:
    sentence, alone = row("x" + cell(one), code(other) or "-")
    shown = _SPACE.sub(" ", words(sentence).replace("\u200b", ""))
    assert shown == _SPACE.sub(" ", "x" + printable(one)).rstrip()
    words(alone, "code_inline")


def test_long_words_are_cut() -> None:
    assert len(code("x" * 10_000)) < MAX_CELL_CHARACTERS + 20
    assert "(cut)" in cell("x" * 10_000)
