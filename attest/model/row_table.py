"""Plain text in columns: wrapping and aligning by what a terminal shows, not by the count of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attest.model.plain_text import columns


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Give the words of a printable text in lines of at most `width` columns; a longer word is cut where the line ends.

    Only the plain space ends a word: a no-break space keeps what it joins on one line.
    """
    lines: list[str] = []
    line = ""
    pieces = (piece for word in filter(None, text.split(" ")) for piece in _cut(word, width))
    for word in pieces:
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return (*lines, line) if line else tuple(lines)


def _cut(word: str, width: int) -> Iterator[str]:
    while columns(word) > width > 0:
        end = width
        while columns(word[:end]) > width and end > 1:
            end -= 1
        yield word[:end]
        word = word[end:]
    yield word


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> tuple[str, ...]:
    """Give rows of equal length as lines with columns two spaces apart; columns in `right` are set to the right."""
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    return tuple(_line(row, widths, right) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = []
    for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
        padding = " " * (width - columns(cell))
        cells.append(padding + cell if at in right else cell + padding)
    return "  ".join(cells).rstrip()
