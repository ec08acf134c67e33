"""The bench: what it is asked for, and how figures and ratios are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench import FULL, PARTS, QUICK, parse_arguments, report
from tools.bench_figure import Figure, table


def test_without_options_everything_is_measured_in_full() -> None:
    asked = parse_arguments([])
    assert (asked.size, asked.parts, asked.write) == (FULL, PARTS, None)


def test_quick_does_less_of_everything_and_leaves_nothing_out() -> None:
    asked = parse_arguments(["--quick"])
    assert (asked.size, asked.parts) == (QUICK, PARTS)
    assert QUICK.redacted_bytes < FULL.redacted_bytes
    assert QUICK.engine_batches < FULL.engine_batches
    assert QUICK.commits < FULL.commits


def test_parts_are_measured_in_one_order_however_they_are_named() -> None:
    asked = parse_arguments(["--only", "commands", "--only", "engine", "--write", "out.md"])
    assert asked.parts == ("engine", "commands")
    assert asked.write == Path("out.md")


@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--fast"], ["--write"]])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("unit", "value", "peer", "ratio"),
    [
        ("MB/s", 8.0, 0.08, "100.0 x"),
        ("s", 0.2, 0.5, "2.5 x"),
        ("s", 0.5, 0.2, "0.4 x"),
        ("entries/s", 10.0, 1000.0, "0.010 x"),
        ("s", 1.0, None, "-"),
    ],
)
def test_ratio_over_one_means_better_than_the_peer(unit: str, value: float, peer: float | None, ratio: str) -> None:
    assert Figure(what="x", value=value, unit=unit, peer="p", peer_value=peer).ratio == ratio


def test_report_names_machine_figures_and_notes() -> None:
    figure = Figure(what="append", value=20_000, unit="entries/s", goal=">= 25,000", note="few fsyncs")
    page = report(["CPU: some"], [figure], QUICK)
    assert "- CPU: some" in page
    assert "| append | 20,000 entries/s | >= 25,000 |" in page
    assert "- append: few fsyncs" in page
    assert len({len(line) for line in table([figure]).splitlines()}) == 1
