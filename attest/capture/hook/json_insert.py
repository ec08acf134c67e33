"""Entries put into a JSON text where it stands, so that what a person wrote keeps every space of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE = " \t\n\r"


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place to insert before: the closing bracket of an object or a list."""

    close: int
    empty: bool


def insert_entries(text: str, entries: Mapping[str, object], indent: str) -> str:
    """Give the text with each entry at the end of its event's list below `hooks`; both are made where they are missing.

    The text must be a JSON object, and `hooks`, where it is there, an object of lists: the caller has parsed it.
    """
    at = text.index("{")
    top, end = _members(text, at)
    if "hooks" not in top:
        whole = {event: [entry] for event, entry in entries.items()}
        return _insert(text, _Spot(end, not top), f'"hooks": {_dumped(whole, indent, 1)}', (indent, 1))
    start, _ = top["hooks"]
    # From the last list to the first: what is inserted behind does not move what comes before.
    spots = []
    hooks, close = _members(text, start)
    missing = {event: [entry] for event, entry in entries.items() if event not in hooks}
    if missing:
        members = (",\n" + indent * 2).join(
            f"{json.dumps(event)}: {_dumped(value, indent, 2)}" for event, value in missing.items()
        )
        spots.append((_Spot(close, not hooks), members, 2))
    for event, (first, last) in hooks.items():
        if event in entries:
            empty = not text[first + 1 : last - 1].strip()
            spots.append((_Spot(last - 1, empty), _dumped(entries[event], indent, 3), 3))
    for spot, words, depth in sorted(spots, key=lambda one: one[0].close, reverse=True):
        text = _insert(text, spot, words, (indent, depth))
    return text


def _members(text: str, at: int) -> tuple[dict[str, tuple[int, int]], int]:
    """Give where each member's value begins and ends in the object that begins at `at`, and where the object closes."""
    found: dict[str, tuple[int, int]] = {}
    decoder = json.JSONDecoder()
    place = _skip(text, at + 1)
    while text[place] != "}":
        key, place = decoder.raw_decode(text, place)
        start = _skip(text, _skip(text, place) + 1)
        _, end = decoder.raw_decode(text, start)
        found[key] = (start, end)
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return found, place


def _skip(text: str, place: int) -> int:
    while text[place] in _SPACE:
        place += 1
    return place


def _insert(text: str, spot: _Spot, words: str, layout: tuple[str, int]) -> str:
    indent, depth = layout
    before = text[: spot.close].rstrip(_SPACE)
    comma = "" if spot.empty else ","
    return f"{before}{comma}\n{indent * depth}{words}\n{indent * (depth - 1)}{text[spot.close :]}"


def _dumped(value: object, indent: str, depth: int) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False).replace("\n", "\n" + indent * depth)
