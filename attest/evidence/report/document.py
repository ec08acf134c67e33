"""A report as a document: sections of words, tables and figures, which page and PDF only lay out.

All texts are plain. What came from a repository passed `printable` when the document was made; a renderer still escapes all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.evidence.report.counted import Grid

NARROW: Final = 16
WIDE: Final = 48
"""Characters up to which a column is set as narrow as it can be, and beyond which it gets no wider share."""
LONG_TERM: Final = 24
MAX_WORD: Final = 120
"""Characters shown of one word of a repository's text; the commit or entry it stands beside has it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; every row has as many cells as there are columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    """Columns of numbers: set right."""
    code: frozenset[int] = frozenset()
    """Columns of oids and names: set in the mono voice."""
    empty: str = "None."
    """What is said where there is no row."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Give for each column its share of the width; 0: as wide as its longest cell, for short cells only."""
        longest = [max(map(len, (name, *(row[at] for row in self.rows)))) for at, name in enumerate(self.columns)]
        return tuple(0 if size <= NARROW else min(size, WIDE) for size in longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Stacked bars over a grid: one bar for each row, one part for each column, with the same numbers in a table beside."""

    name: str
    """A word of its own in the document, for ids."""
    title: str
    summary: str
    """What it shows, in words, for who does not see it."""
    grid: Grid
    first: str
    """Head of the column that names the rows."""
    across: bool = False
    """Rows from left to right (time) instead of one below the other."""

    def table(self) -> Table:
        """Give the table beside: the same numbers, and the sum of each row."""
        grid = self.grid
        return Table(
            title=self.title,
            columns=(self.first, *grid.columns, "all"),
            rows=tuple(
                (name, *(f"{one:,}" for one in row), f"{sum(row):,}")
                for name, row in zip(grid.rows, grid.cells, strict=True)
            ),
            numbers=frozenset(range(1, len(grid.columns) + 2)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A paragraph."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Pairs of a term and what is said of it."""

    rows: tuple[tuple[str, str], ...]

    @property
    def long(self) -> bool:
        """Whether a term is a sentence: then what is said stands below it, not beside."""
        return any(len(term) > LONG_TERM for term, _ in self.rows)


Block = Figure | Table | Words | Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered section."""

    number: int
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report."""

    title: str
    """What it is: `Report on acme/pay`."""
    sentence: str
    """The one sentence on top."""
    subtitle: tuple[str, ...]
    """Lines below it: range, moment, policy."""
    sections: tuple[Section, ...]
    foot: tuple[str, ...]
    """Printed at the end and on every page: head of the log, digest of the facts."""
    short: bool
    """Meant for one page."""


def shown(text: str) -> str:
    """Give a text with words beyond `MAX_WORD` characters shortened, so that no word leaves its cell."""
    return " ".join(word if len(word) <= MAX_WORD else word[: MAX_WORD - 1] + "…" for word in text.split(" "))
