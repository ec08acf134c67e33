"""Every figure of the ledger in one go, on both databases, each with its goal and its peer or floor in the same run.

    python -m tools.bench_ledger [--entries N] [--database sqlite|postgresql]... [--only PART]... [--write FILE]

- engine: a log grown to N entries: appends, proved answers in process at every size, the audit of its hashes
- query: the service over that log, asked for commits over HTTP
- http: single requests from 200 clients, bundles one by one and by batch, every check of them made
- signatures: bundles with every signature, beside sigstore-python and beside the three signatures alone

A database that does not wait for the disk is refused, and the flushes of a short run are counted by `strace`, where that is
installed. The curve of each database is written beside the page, as SVG.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.postgres import binaries
from tools.bench_attested import Ingest, audits
from tools.bench_curve import Curve, svg
from tools.bench_figure import Figure, machine, table
from tools.bench_grown import CLIENTS, Growth, audit_figure, grow, growth_figures, opened, submission
from tools.bench_http import http_figures
from tools.bench_index import query_figures
from tools.bench_verify import bundle_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DATABASES: Final = ("sqlite", "postgresql")
PARTS: Final = ("engine", "query", "http", "signatures")
_FLUSHES: Final = "fsync,fdatasync,sync_file_range,msync"


@dataclass(slots=True)
class _Run:
    """What was asked for, and what was found so far."""

    entries: int
    bundles: int
    parts: frozenset[str]
    figures: list[Figure] = field(default_factory=list)
    grown: list[Growth] = field(default_factory=list)

    def take(self, figures: Iterator[Figure]) -> None:
        """Keep and print figures as they come."""
        for figure in figures:
            self.figures.append(figure)
            print("; ".join((*figure.cells(), figure.note)), flush=True)

    def database(self, database: str) -> None:
        """Measure everything that depends on the database."""
        with _folder() as folder:
            if self.parts & {"engine", "query"}:
                self.take(self._grown(folder, database))
            if "http" in self.parts:
                self.take(http_figures(folder, bundles=self.bundles, database=database))
        counted = flushes(database) if "engine" in self.parts else None
        self.take(iter((counted,) if counted else ()))

    def _grown(self, folder: Path, database: str) -> Iterator[Figure]:
        with opened(database, folder) as instance:
            growth = grow(instance, database, self.entries)
            self.grown.append(growth)
            if "engine" in self.parts:
                yield from growth_figures(growth)
                yield audit_figure(instance, database)
            if "query" in self.parts:
                log = f"{database}, a log of {growth.sizes[-1]:,} entries"
                yield from query_figures(instance.settings, growth.commits, log)

    def signatures(self) -> None:
        """Measure what depends on no database."""
        with _folder() as folder:
            self.take(bundle_figures(folder, self.bundles // 2))
            ingest = Ingest(folder)
            for _ in range(2):
                ingest.batch(self.bundles // 4)
            self.take(audits(ingest.instance, self.bundles // 4 * 2))
            ingest.instance.engine.dispose()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="whereof-bench-") as name:
        yield Path(name).resolve()


def flushes(database: str, groups: int = 20) -> Figure | None:
    """Count what the kernel was asked to flush in a short run; None where nothing can count it.

    Of PostgreSQL only the client's own are seen: the server is not a child of the run.
    """
    if database != "sqlite":
        return None
    with tempfile.NamedTemporaryFile(prefix="whereof-strace-") as out:
        code = f"from tools.bench_ledger import short_run; short_run({groups})"
        command = ["strace", "-f", "-c", "-e", f"trace={_FLUSHES}", "-o", out.name, sys.executable, "-c", code]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (FileNotFoundError, subprocess.CalledProcessError):
            return None
        rows = [line.split() for line in Path(out.name).read_text(encoding="utf-8").splitlines()]
    calls = sum(int(row[3]) for row in rows if row and row[-1] in _FLUSHES.split(","))
    if calls < groups:
        raise RuntimeError(f"{groups} groups were acknowledged and {calls} flushes made: nothing measured here counts")
    return Figure(
        what=f"{database}: flushes of a short run, for each group, opening the log included",
        value=calls / groups,
        unit="calls",
        note="counted by strace over fsync and its kin",
    )


def short_run(groups: int) -> None:
    """Append some groups to a new log: what `flushes` looks at."""
    with tempfile.TemporaryDirectory(prefix="whereof-bench-") as folder, opened("sqlite", Path(folder)) as instance:
        for _ in range(groups):
            instance.append([submission(secrets.token_hex(20)) for _ in range(8)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page and its curves when asked."""
    asked = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    lines = machine()
    print("\n".join(lines), end="\n\n")
    run = _Run(entries=asked.entries, bundles=asked.bundles, parts=frozenset(asked.only or PARTS))
    for database in asked.database or DATABASES:
        if database == "postgresql" and binaries() is None:
            print("postgresql: not installed, not run")
        else:
            run.database(database)
    if "signatures" in run.parts:
        run.signatures()
    if asked.write:
        _write(asked.write, lines, run.figures, run.grown)
    return 0


def _write(page: Path, lines: Sequence[str], figures: Sequence[Figure], grown: Sequence[Growth]) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    curves = (
        ("appends", "entries per second", [Curve(g.database, g.sizes, g.rates) for g in grown]),
        ("answers", "ms, median of a proved answer", [Curve(g.database, g.sizes, g.answers_ms) for g in grown]),
    )
    for name, unit, drawn in curves:
        target = page.with_name(f"{page.stem}-{name}.svg")
        target.write_text(svg(drawn, x="entries in the log", y=unit), encoding="utf-8")
    day = datetime.now(UTC).date().isoformat()
    text = [
        f"# The ledger as it grows, measured on {day}",
        "",
        "Measured with `make bench-ledger`. The logs were grown by the engine of the service, leaves of 300 bytes, one key each, in",
        f"batches of 1,024 from {CLIENTS} clients, each of which sent its next one when the one before was on disk and published as tiles.",
        "Nobody signed those leaves; where a line says so, bundles were signed elsewhere and checked. What bounds the figures:",
        "[here](ledger-bounds.md).",
        "",
        *(f"- {line}" for line in lines),
        "",
        table(figures),
        "",
        *(f"- {figure.what}: {figure.note}" for figure in figures if figure.note),
        "",
        f"![Entries appended per second against the size of the log]({page.stem}-appends.svg)",
        "",
        f"![Time of a proved answer against the size of the log]({page.stem}-answers.svg)",
        "",
    ]
    page.write_text("\n".join(text), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench_ledger", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--entries", type=int, default=100_000, help="how large each log grows (default 100,000)")
    parser.add_argument("--database", action="append", choices=DATABASES, help="one of them; may be given again")
    parser.add_argument("--bundles", type=int, default=2048, help="bundles of the other parts (default 2,048)")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be given again")
    parser.add_argument("--write", type=Path, help="also write the result to this Markdown file, with its curves")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
