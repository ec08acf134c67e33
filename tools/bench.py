"""Every figure that is built, each beside its peer in the same run, with the machine named.

    python -m tools.bench [--quick] [--only PART]... [--write FILE]

Parts: redaction, engine, attested, commands. Nothing is downloaded; everything is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.bench_figure import Figure, machine, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PARTS: Final = ("redaction", "engine", "attested", "commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    name: str
    redacted_bytes: int
    stock_s: float
    engine_batches: int
    attested_batches: int
    sample: int
    rounds: int
    commits: int


FULL: Final = Size(
    name="full",
    redacted_bytes=8_000_000,
    stock_s=20.0,
    engine_batches=40,
    attested_batches=4,
    sample=1000,
    rounds=10,
    commits=5000,
)
QUICK: Final = Size(
    name="quick",
    redacted_bytes=1_000_000,
    stock_s=3.0,
    engine_batches=4,
    attested_batches=1,
    sample=100,
    rounds=3,
    commits=500,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    size: Size
    parts: tuple[str, ...]
    write: Path | None


def parse_arguments(arguments: Sequence[str]) -> Asked:
    """Read the command line; ends the process with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; rates are rougher")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be given again")
    parser.add_argument("--write", type=Path, help="also write the result to this file, as Markdown")
    asked = parser.parse_args(arguments)
    parts = tuple(part for part in PARTS if part in (asked.only or PARTS))
    return Asked(size=QUICK if asked.quick else FULL, parts=parts, write=asked.write)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write when asked."""
    asked = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    logging.disable(logging.WARNING)
    lines = machine()
    print("\n".join(lines), end="\n\n")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="whereof-bench-") as folder:
        for part in asked.parts:
            for figure in _PARTS[part](Path(folder).resolve(), asked.size):
                figures.append(figure)
                print(
                    f"{figure.what}\n    " + "; ".join(cell for cell in figure.cells()[1:] if cell != "-"), flush=True
                )
    if asked.write:
        asked.write.parent.mkdir(parents=True, exist_ok=True)
        asked.write.write_text(report(lines, figures, asked.size), encoding="utf-8")
    return 0


def report(lines: Sequence[str], figures: Sequence[Figure], size: Size) -> str:
    """Give the result as a Markdown page."""
    notes = [f"- {figure.what}: {figure.note}" for figure in figures if figure.note]
    day = datetime.now(UTC).date().isoformat()
    return "\n".join(
        [
            f"# Measured on {day} ({size.name} run of `make bench`)",
            "",
            *(f"- {line}" for line in lines),
            "",
            "A ratio over 1 means better than the peer. Goals are those of the design, for two cores and 24 GiB.",
            "",
            table(figures),
            "",
            *(["Notes:", "", *notes, ""] if notes else []),
        ]
    )


# Each part is imported when it is measured: one that is not asked for costs nothing.
def _redaction(folder: Path, size: Size) -> Iterator[Figure]:
    from tools.bench_redaction import redaction_figures  # noqa: PLC0415

    yield from redaction_figures(folder, size=size.redacted_bytes, stock_s=size.stock_s)


def _engine(folder: Path, size: Size) -> Iterator[Figure]:
    from tools.bench_engine import engine_figures  # noqa: PLC0415

    yield from engine_figures(folder, batches=size.engine_batches)


def _attested(folder: Path, size: Size) -> Iterator[Figure]:
    from tools.bench_attested import attested_figures  # noqa: PLC0415

    yield from attested_figures(folder, batches=size.attested_batches, sample=size.sample)


def _commands(folder: Path, size: Size) -> Iterator[Figure]:
    from tools.bench_commands import command_figures  # noqa: PLC0415

    yield from command_figures(folder, rounds=size.rounds, commits=size.commits)


_PARTS: Final[dict[str, Callable[[Path, Size], Iterator[Figure]]]] = {
    "redaction": _redaction,
    "engine": _engine,
    "attested": _attested,
    "commands": _commands,
}


if __name__ == "__main__":
    raise SystemExit(main())
