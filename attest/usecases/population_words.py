"""Rows of a population as CSV for reading; the JSON lines beside it are what the digest is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.evidence.csv_cells import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.interval_sampling import Weighed
    from attest.model.population_rows import PopulationRow

HEAD = ("id", "state", "repository", "entries", "first", "last", "commits", "files", "lines")


def rows_csv(rows: Iterable[PopulationRow]) -> str:
    """Give the rows as CSV, cells neutralised."""
    cells = (tuple(getattr(row, name) for name in HEAD) for row in rows)
    return "".join(csv_lines(HEAD, cells))


def weighed_words(by: str, found: Weighed) -> str:
    """Say how a monetary-unit sample was drawn."""
    return (
        f"one in {found.interval:,} of {found.total:,} {by}; {found.certain:,} drawn for certain, "
        f"{found.unknown:,} because what they weigh is not known; {found.zero:,} weigh nothing and are drawn under no seed"
    )
