"""Path patterns of a policy: what they match, in time linear in pattern and path.

`*` is any run of characters inside one name, `?` one character, `**` as a whole name any number of folders, also none.
A pattern without a slash is matched against the last name at any depth; one that ends in a slash means everything
below. There are no brackets and no escapes. Patterns and paths are compared in NFC. What raises a tier is compared
without regard to case; what lowers one must match case for case (`Case.EXACT`).
"""

from __future__ import annotations

import unicodedata
from enum import Enum

MAX_PARTS = 256
"""Names in one path; a longer one is placed nowhere, see `is_plain`."""


class Case(Enum):
    """How letters are compared."""

    FOLDED = "folded"
    EXACT = "exact"


def matches(pattern: str, path: str, case: Case = Case.FOLDED) -> bool:
    """Tell whether a pattern matches a path of a tree, both with `/` between names."""
    wanted, names = _normal(pattern, case), _normal(path, case).split("/")
    anchored = wanted.removeprefix("/")
    if anchored.endswith("/"):
        anchored += "**"
    elif "/" not in wanted:
        anchored = f"**/{wanted}"
    return _names(anchored.split("/"), names)


def word_matches(pattern: str, word: str) -> bool:
    """Tell whether `*` and `?` of a pattern cover a whole word, case for case, for example a model's name."""
    return _name(pattern, word)


def is_plain(path: bytes) -> bool:
    """Tell whether a path of a tree can be placed at all: UTF-8, no `..`, `.` or empty name, no backslash, no control."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return False
    names = text.split("/")
    if len(names) > MAX_PARTS or any(name in {"", ".", ".."} for name in names):
        return False
    return not any(char == "\\" or ord(char) < 0x20 or ord(char) == 0x7F for char in text)


def _normal(text: str, case: Case) -> str:
    text = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", text.casefold()) if case is Case.FOLDED else text


def _names(wanted: list[str], names: list[str]) -> bool:
    """Match lists of names, by the set of places in the pattern that can have been reached: no backtracking."""
    if wanted[-1] == "**":  # `a/**` is what lies below a, not a itself
        wanted = [*wanted[:-1], "*", "**"]
    reached = _past_stars(wanted, {0})
    for name in names:
        onward = set()
        for at in reached:
            if at < len(wanted) and wanted[at] == "**":
                onward.add(at)
            elif at < len(wanted) and _name(wanted[at], name):
                onward.add(at + 1)
        reached = _past_stars(wanted, onward)
    return len(wanted) in reached


def _past_stars(wanted: list[str], reached: set[int]) -> set[int]:
    out = set(reached)
    for at in sorted(reached):
        here = at
        while here < len(wanted) and wanted[here] == "**":
            here += 1
            out.add(here)
    return out


def _name(wanted: str, name: str) -> bool:
    """Match one name; at a mismatch only the last `*` is tried again, which is enough."""
    at = here = 0
    star, retry = -1, 0
    while here < len(name):
        if at < len(wanted) and wanted[at] == "*":
            star, retry = at, here
            at += 1
        elif at < len(wanted) and wanted[at] in {"?", name[here]}:
            at, here = at + 1, here + 1
        elif star >= 0:
            retry += 1
            at, here = star + 1, retry
        else:
            return False
    return all(char == "*" for char in wanted[at:])
