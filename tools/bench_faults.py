"""Crash after crash: a thousand kills and a hundred power cuts, each judged before the next.

    python -m tools.bench_faults [--kills N] [--kills-postgres N] [--cuts N] [--servers N] [--seed N] [--write FILE]

Each run goes on with the log that the one before left; every ten runs a new one begins, empty. The places are drawn by
the seed from all calls that a writer makes. Needs gcc; the half on PostgreSQL needs the test package's server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from tests.support.killed_check import Broken, Writers, writers
from tests.support.killed_disk import How, build
from tests.support.killed_runs import Campaign, sqlite_schema
from tests.support.postgres import SERVING, TEMPLATE, Postgres, binaries, migrated, running_postgres
from tools.bench_figure import machine

_RUNS: Final = (("--kills", 700), ("--kills-postgres", 300), ("--cuts", 100), ("--servers", 20), ("--seed", 1))
MUTANT_RUNS: Final = 10
NOT_SHOWN: Final = """\
What these runs cannot show. A kill leaves the kernel's pages alive: it tries the order of the steps, not the disk. The
power cuts are simulated above the kernel: what no fsync covered is taken away, all of it, or by lot, sector by sector. A
real drive, the write-back cache of a virtual one, its controller or its host may answer a flush before the bytes are
safe; no program inside the machine sees that, and only pulling the plug of the real one would tell. The
database's server is ended by SIGQUIT, which is its crash recovery without loss of the kernel's pages: that PostgreSQL keeps what
it has flushed through a power cut is taken from PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one campaign found."""

    what: str
    campaign: Campaign
    runs: int
    seconds: float

    def row(self) -> str:
        """Give it as a row of the table."""
        done = self.campaign
        cells = (self.what, self.runs, done.ended, len(done.places), done.acknowledged, "none", f"{self.seconds:.0f} s")
        return f"| {' | '.join(map(str, cells))} |"


def main(arguments: list[str]) -> int:
    """Run all, and print or write the page; the exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser()
    for name, most in _RUNS:
        parser.add_argument(name, type=int, default=most)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, _postgres() as server:
        folder = Path(name)
        library = build(folder)
        sqlite_schema(folder / "schema")
        with writers(library) as forks:
            base = Campaigns(folder=folder, library=library, forks=forks, server=server, seed=options.seed)
            try:
                lines, caught = base.all(options), base.mutant()
            except Broken as err:
                sys.stderr.write(f"{err}\n")
                return 1
    page = _page(lines, caught)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """All campaigns of one page."""

    folder: Path
    library: Path
    forks: Writers
    server: Postgres | None
    seed: int
    numbers: Iterator[int] = field(default_factory=count)

    def all(self, options: argparse.Namespace) -> list[Line]:
        """Run those that must hold."""
        sqlite, server = self._on_sqlite, self.server
        lines = [
            self._run("SQLite, killed", sqlite(), options.kills),
            self._run("SQLite, power cut", sqlite(), options.cuts, cut=True),
        ]
        if server is not None:
            crashing = self._on_postgres(server)
            crashing.end_server, crashing.begin_server = server.number, server.again
            lines += [
                self._run("PostgreSQL, writer killed", self._on_postgres(server), options.kills_postgres),
                self._run("PostgreSQL, server crashed", crashing, options.servers),
            ]
        return lines

    def mutant(self) -> str:
        """Run the disk that keeps nothing, and give how that was noticed.

        Raises:
            Broken: it was not.
        """
        campaign = self._on_sqlite()
        campaign.mutant = How.LIE
        try:
            campaign.run(MUTANT_RUNS, cut=True)
        except Broken as err:
            return str(err)
        raise Broken("a disk that keeps nothing was not noticed")

    def _run(self, what: str, campaign: Campaign, runs: int, *, cut: bool = False) -> Line:
        start = time.monotonic()
        campaign.run(runs, cut=cut)
        line = Line(what=what, campaign=campaign, runs=runs, seconds=time.monotonic() - start)
        sys.stderr.write(f"{line.row()}\n")
        return line

    def _on_sqlite(self) -> Campaign:
        number = next(self.numbers)
        return Campaign(
            self.forks,
            self.folder / f"runs-{number}",
            self.library,
            schema=self.folder / "schema",
            seed=self.seed * 100 + number,
        )

    def _on_postgres(self, server: Postgres) -> Campaign:
        number = next(self.numbers)
        names = count()

        def database() -> str:
            name = f"faults_{number}_{next(names)}"
            server.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
            return server.url(name, SERVING)

        return Campaign(
            self.forks,
            self.folder / f"runs-{number}",
            self.library,
            database=database,
            forget=lambda url: server.run(f"DROP DATABASE {url.partition('@/')[2].partition('?')[0]}"),
            seed=self.seed * 100 + number,
        )


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    if binaries() is None:
        yield None
        return
    with running_postgres() as server:
        server.make_database(TEMPLATE)
        migrated(server, TEMPLATE)
        server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
        yield server


def _page(lines: list[Line], caught: str) -> str:
    places: Counter[str] = Counter()
    for line in lines:
        places.update(line.campaign.places)
    return "\n".join(
        (
            "# Crashes and power cuts",
            "",
            f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench-faults`. No acknowledged entry was lost, no two",
            "heads contradict, every receipt proves, no checkpoint went back, and `fsck` found nothing after any run.",
            "",
            *(f"- {line}" for line in machine()),
            *(() if binaries() else ("- PostgreSQL was not here: its half was not run",)),
            "",
            "| campaign | runs | ended at a place | kinds of places | statements acknowledged | broken | took |",
            "|---|---|---|---|---|---|---|",
            *(line.row() for line in lines),
            "",
            "A run signs and logs statements as the service does, one to three threads before one sequencer, and is ended",
            "at a call that changes a file, speaks to the database, or at an SQL statement or a look at the clock. What",
            "was not acknowledged is submitted again by the next run; in the end each statement is in the log, once.",
            "",
            "The same power cuts over a disk whose fsync keeps nothing are noticed:",
            f"`{caught[:200]}`",
            "",
            NOT_SHOWN,
            "",
            "| ended at | runs |",
            "|---|---|",
            *(f"| {place} | {number} |" for place, number in sorted(places.items())),
            "",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
