from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.model.plain_text import columns, printable, printable_lines


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200bb\u200d", "a<U+200B>b<U+200D>"),
        ("\U000e0041", "<U+E0041>"),
        ("\ufe0f", "<U+FE0F>"),
        ("\u3164", "<U+3164>"),
        ("one\r\ntwo\tthree", "one  two three"),
        ("\ud800", "<U+D800>"),
    ],
)
def test_unseen_characters_are_named(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown


def test_a_tower_of_combining_marks_is_cut() -> None:
    assert printable("e" + "\u0301" * 30).count("\u0301") == 4


def test_words_of_people_stay_as_they_are() -> None:
    assert printable("Grüße, “日本語” – naïve ✓") == "Grüße, “日本語” – naïve ✓"


@given(st.text())
def test_nothing_unseen_is_left_and_twice_is_once(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]
    assert printable(shown) == shown


def test_lines_are_kept_where_lines_are_wanted() -> None:
    assert printable_lines("a\r\nb\rc\n\td") == ("a", "b c", "    d")


def test_wide_characters_take_two_columns() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
