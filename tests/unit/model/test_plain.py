"""Model values as plain JSON and back: strictly, and with the place that did not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

import pytest

from attest.errors import InvalidInput
from attest.model.plain import from_plain, to_plain


class Shore(Enum):
    NORTH = "north"
    SOUTH = "south"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duck:
    name: str
    rings: tuple[int, ...] = ()
    seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pond:
    shore: Shore
    frozen: bool
    ducks: tuple[Duck, ...]
    warden: str | None = None


POND = Pond(
    shore=Shore.NORTH,
    frozen=False,
    ducks=(Duck(name="Ada", rings=(1, 2), seen=datetime(2026, 3, 1, 12, tzinfo=UTC)), Duck(name="Bo")),
)


def test_what_was_made_plain_comes_back_as_it_was() -> None:
    assert from_plain(Pond, to_plain(POND), "pond") == POND
    assert from_plain(Pond, to_plain(replace(POND, warden="Cy")), "pond") == replace(POND, warden="Cy")


@pytest.mark.parametrize(
    ("change", "where", "expected"),
    [
        ({"shore": "west"}, "pond/shore", "a word of Shore"),
        ({"shore": ["north"]}, "pond/shore", "a word of Shore"),
        ({"frozen": 0}, "pond/frozen", "bool"),
        ({"warden": 7}, "pond/warden", "str"),
        ({"more": 1}, "pond", "the members of Pond"),
        ({"ducks": {}}, "pond/ducks", "an array"),
        ({"ducks": [{"name": "Ada", "rings": []}]}, "pond/ducks/0", "the members of Duck"),
        ({"ducks": [to_plain(POND.ducks[0]), "Bo"]}, "pond/ducks/1", "the members of Duck"),
        ({"ducks": [{"name": "Ada", "rings": [1, True], "seen": None}]}, "pond/ducks/0/rings/1", "int"),
        ({"ducks": [{"name": "Ada", "rings": [], "seen": "2026-03-01"}]}, "pond/ducks/0/seen", "a time in UTC"),
        ({"ducks": [{"name": "Ada", "rings": [], "seen": "noonZ"}]}, "pond/ducks/0/seen", "a time in UTC"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_place(change: dict[str, object], where: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as failed:
        from_plain(Pond, to_plain(POND) | change, "pond")
    assert (failed.value.code, failed.value.where, failed.value.expected) == ("input.malformed", where, expected)


def test_a_type_that_the_model_does_not_use_takes_nothing() -> None:
    with pytest.raises(InvalidInput):
        from_plain(float, 1.0, "depth")
