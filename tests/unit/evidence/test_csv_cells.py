"""Cells of CSV exports."""

from __future__ import annotations

import csv
import io

import pytest

from attest.evidence.csv_cells import MAX_CELL_CHARACTERS, csv_cell, csv_lines


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "|cmd",
        "%0",
        " =1",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "﹢1",
        "\u200b=1",
        "\ufeff=1",
        "\u00a0=1",
        "'=1",
        '"=1',
        "\x00=1",
    ],
)
def test_a_cell_that_would_begin_a_formula_begins_with_an_apostrophe(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_cell(text)))
    assert row[0].startswith("'")


@pytest.mark.parametrize("text", ["src/a.py", "a=1", "3 + 4", "", "Ünïcode", "2026-11-21T10:00:00Z"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert next(csv.reader([csv_cell(text) + ","]))[0] == text


def test_a_number_keeps_its_sign_and_none_is_empty() -> None:
    assert (csv_cell(-3), csv_cell(None)) == ('"-3"', '""')


def test_quotes_commas_and_lines_stay_in_one_cell() -> None:
    lines = "".join(csv_lines(("a", "b"), [('x","=1', "y,z\nq")]))
    assert list(csv.reader(io.StringIO(lines))) == [["a", "b"], ['x","=1', "y,z q"]]
    assert lines.count("\r\n") == 2


def test_a_cell_is_bounded() -> None:
    assert len(csv_cell("x" * 100_000)) == MAX_CELL_CHARACTERS + 2
