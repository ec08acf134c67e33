"""Rows of a population as CSV for reading; the JSON lines beside it are what the digest is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.evidence.csv_cells import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.population_rows import PopulationRow

HEAD = ("id", "state", "repository", "entries", "first", "last", "commits")


def rows_csv(rows: Iterable[PopulationRow]) -> str:
    """Give the rows as CSV, cells neutralised."""
    cells = ((r.id, r.state, r.repository, r.entries, r.first, r.last, r.commits) for r in rows)
    return "".join(csv_lines(HEAD, cells))
