"""Text from elsewhere made harmless to look at: nothing in it moves a cursor, hides a character or swaps an order.

Every terminal output and every page passes hostile text through here. It changes what is shown, never what is
stored: a character that has no visible form of its own is named by its code point instead of being dropped, so a
reader sees that it was there.
"""

from __future__ import annotations

import unicodedata

_SPACES = {"\t": " ", "\n": " ", "\r": " ", "\v": " ", "\f": " ", "\u0085": " ", "\u2028": " ", "\u2029": " "}
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_HIDDEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and marks that Unicode counts as visible and that no font draws."""
MAX_MARKS = 4
"""Combining marks shown on one character; the rest are named, because a tower of them covers other lines."""


def printable(text: str) -> str:
    """Give the text on one line with every unseen character named, for example `<U+202E>`.

    Line ends and tabs become one space each. Control characters (ANSI escapes begin with one), bidirectional
    controls, zero-width characters, tags, variation selectors, surrogates and unassigned code points are named.
    Letters that merely look alike are NOT told apart.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        if character in _SPACES:
            shown.append(" ")
            marks = 0
            continue
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        hidden = category in _HIDDEN_CATEGORIES or character in _HIDDEN_LETTERS or marks > MAX_MARKS
        shown.append(f"<U+{ord(character):04X}>" if hidden or _is_variation_selector(character) else character)
    return "".join(shown)


def printable_lines(text: str) -> tuple[str, ...]:
    """Give the text line by line (LF and CRLF end a line), each line printable, tabs as four spaces."""
    return tuple(printable(line.replace("\t", "    ")) for line in text.replace("\r\n", "\n").split("\n"))


def columns(text: str) -> int:
    """Give how many terminal columns a printable text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
