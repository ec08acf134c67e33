"""Plain text cut into pieces that a template prints as they are: prose, and what stood between backticks."""

from __future__ import annotations

from dataclasses import dataclass

from attest.model.plain_text import printable


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of printable text; `code` pieces are shown in mono."""

    text: str
    code: bool


Spans = tuple[Span, ...]


def spans(text: str) -> Spans:
    """Give the pieces of a text. Control characters are named; an odd backtick is a character like any other."""
    pieces = printable(text).split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = [f"{pieces[-2]}`{pieces[-1]}"]
    return tuple(Span(piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece)
