"""The ledger as it grows: durable, published appends and proved answers by commit, at every size, on both databases.

    python -m tools.bench_ledger [--entries N] [--database sqlite|postgresql]... [--write FILE]

Leaves are of 300 bytes with one index key each, in batches of 1,024, the smallest unit a busy log signs. Nothing is
signed by submitters and nothing of theirs is checked: this is the engine. A database that does not wait for the disk is
refused, and the flushes of a short run are counted by `strace`, where that is installed. The curve of each database is
written beside the page, as SVG.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy
from attest.ledger.index import KeyKind, index_key
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.ports import LeafParts
from attest.settings import Settings
from attest.store.guards import require_durable
from attest.store.log_store import Submission
from attest.usecases.complete import complete_rows
from attest.usecases.instance import Instance, open_instance
from tests.support.postgres import SERVING, binaries, migrated, running_postgres
from tools.bench_curve import Curve, svg
from tools.bench_figure import Figure, machine, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAF_BYTES: Final = 300
POINTS: Final = 40
"""Sizes at which the log is looked at on its way."""
ASKED: Final = 60
"""Commits asked for at each."""
DATABASES: Final = ("sqlite", "postgresql")
_FLUSHES: Final = "fsync,fdatasync,sync_file_range,msync"


@dataclass(slots=True)
class Growth:
    """What was seen of one log while it grew."""

    database: str
    sizes: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    """Entries per second, durable and published, since the point before."""
    answers_ms: list[float] = field(default_factory=list)
    """Median time of a proved answer by commit."""
    slowest_ms: list[float] = field(default_factory=list)
    """99th percentile of the same."""


@contextlib.contextmanager
def opened(database: str, folder: Path) -> Iterator[Instance]:
    """Open a fresh instance on a database that waits for the disk; PostgreSQL is started for it."""
    with contextlib.ExitStack() as stack:
        settings = Settings(home=folder / database)
        if database == "postgresql":
            server = stack.enter_context(running_postgres({"shared_buffers": "512MB", "max_wal_size": "8GB"}))
            server.make_database("bench")
            migrated(server, "bench")
            server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
            settings = Settings(home=folder / database, database_url=server.url("bench", SERVING))
        instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
        stack.callback(instance.engine.dispose)
        require_durable(instance.engine)
        yield instance


def grow(instance: Instance, database: str, entries: int) -> Growth:
    """Append that many entries, and stop at some sizes to ask for commits of any age."""
    growth, known = Growth(database), list[str]()
    groups = max(POINTS, entries // MAX_GROUP_ENTRIES)
    every, taken, since = groups // POINTS, 0.0, 0
    for number in range(1, groups + 1):
        oids = [secrets.token_hex(20) for _ in range(MAX_GROUP_ENTRIES)]
        known += random.sample(oids, 2)
        group = [_submission(oid) for oid in oids]
        start = time.perf_counter()
        instance.append(group)
        taken += time.perf_counter() - start
        since += len(group)
        if number % every == 0:
            published = instance.log.publisher.published()
            growth.sizes.append(published.size if published else 0)
            growth.rates.append(since / taken)
            middle, slow = _ask(instance, known)
            growth.answers_ms.append(middle)
            growth.slowest_ms.append(slow)
            taken, since = 0.0, 0
    return growth


def growth_figures(growth: Growth) -> Iterator[Figure]:
    """Say what the design has goals for."""
    where, size = growth.database, f"{growth.sizes[-1]:,}"
    yield Figure(
        what=f"{where}: append by batch, durable and published, up to {size} entries (median)",
        value=statistics.median(growth.rates),
        unit="entries/s",
        goal=">= 25,000",
        note=f"slowest stretch {min(growth.rates):,.0f}, last {growth.rates[-1]:,.0f} entries/s",
    )
    yield Figure(
        what=f"{where}: proved complete answer by commit at {size} entries, 99th percentile, in process",
        value=growth.slowest_ms[-1],
        unit="ms",
        goal="<= 50 over HTTP",
        note=f"median {growth.answers_ms[-1]:.2f} ms; at {growth.sizes[0]:,} entries {growth.answers_ms[0]:.2f} ms",
    )


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
            instance.append([_submission(secrets.token_hex(20)) for _ in range(8)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page and its curves when asked."""
    asked = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    lines = machine()
    print("\n".join(lines), end="\n\n")
    figures, grown = list[Figure](), list[Growth]()
    for database in asked.database or DATABASES:
        if database == "postgresql" and binaries() is None:
            print("postgresql: not installed, not run")
            continue
        with tempfile.TemporaryDirectory(prefix="whereof-bench-") as folder, opened(database, Path(folder)) as instance:
            growth = grow(instance, database, asked.entries)
        counted = flushes(database)
        found = [*growth_figures(growth), *([counted] if counted else [])]
        print("\n".join("; ".join(figure.cells()) + f"; {figure.note}" for figure in found), flush=True)
        figures += found
        grown.append(growth)
    if asked.write:
        _write(asked.write, lines, figures, grown)
    return 0


def _ask(instance: Instance, known: list[str]) -> tuple[float, float]:
    times = []
    for oid in random.choices(known, k=ASKED):  # noqa: S311 - which are asked for is no secret
        start = time.perf_counter()
        answer = complete_rows(instance, KeyKind.GIT_COMMIT, oid)
        times.append((time.perf_counter() - start) * 1000)
        if len(answer.rows) != 1:
            raise RuntimeError(f"the log gave {len(answer.rows)} rows for a commit that has one")
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def _submission(oid: str) -> Submission:
    return Submission(
        leaf=LeafParts(body=secrets.token_bytes(LEAF_BYTES), envelope=b"{}", certificate=b"", token=None),
        keys=(index_key(KeyKind.GIT_COMMIT, oid),),
        payload_hash=secrets.token_bytes(32),
        within=lambda _session, _receipt: None,
    )


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
        "Measured with `make bench-ledger`. Leaves of 300 bytes, one key each, in batches of 1,024; every batch was on disk and",
        "published as tiles before the next began. Submitters' signatures are not part of it.",
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
    parser.add_argument("--write", type=Path, help="also write the result to this Markdown file, with its curves")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
