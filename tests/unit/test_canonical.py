"""Canonical JSON: the quick way and the long one give the same bytes, and refuse the same values."""

from __future__ import annotations

import json
from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from attest.canonical import MAX_PLAIN, canonical_json

TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["\x7f", "\u2028", '"\\/\b\f\n\r\t\x00\x1f', "é"]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


class Word(StrEnum):
    """A string that is not only one."""

    IT = "it"


class Number(IntEnum):
    """An integer that is not only one."""

    ONE = 1


def outcome(make: Any, value: object) -> bytes | None:
    try:
        return bytes(make(value))
    except ValueError:
        return None


@given(VALUES)
@example({"\U00010000": 1, "\uffff": 2, "a": [True, 1, -0.0, 1e21, None]})
@example({"b": 2**53 - 1, "a": -(2**53 - 1), "B": 2**53})
@example({"half of a pair": "\ud800"})
def test_every_value_gives_the_bytes_of_the_other_implementation(value: object) -> None:
    assert outcome(canonical_json, value) == outcome(rfc8785.dumps, value)


@pytest.mark.parametrize("value", [{1: 2}, {None: 1}, {True: 1}, {"a": {1: 2}}, object(), {"a": b""}, {1, 2}, 2**53])
def test_what_is_no_json_value_is_refused_and_never_turned_into_one(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_json(value)


def test_strings_and_integers_of_other_types_are_written_as_what_they_stand_for() -> None:
    assert canonical_json({Word.IT: Number.ONE, "a": Word.IT, "b": True}) == b'{"a":"it","b":true,"it":1}'


def test_large_values_take_the_long_way_and_come_to_the_same() -> None:
    value = {"z": [{"n": at, "k": str(at)} for at in range(MAX_PLAIN)]}
    assert canonical_json(value) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_value_that_holds_itself_ends() -> None:
    value: list[object] = []
    value += [value, value]
    with pytest.raises(RecursionError):
        canonical_json(value)
