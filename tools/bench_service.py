"""The service with many sessions in it: lists, a session of many events, a long transcript, many clients for minutes.

    python -m tools.bench_service [--sessions N] [--transcript-mb M] [--clients C] [--seconds S] [--only PART]... [--quick]
                                  [--database sqlite|postgresql] [--keep FOLDER] [--write FILE]

What a part gives is kept, and the page written, as soon as it ends; a part that fails is named on the page, and the next
begins. With `--keep` what was loaded and measured stays in a folder (on SQLite; a PostgreSQL server lives as long as the
run, its results stay): the next run loads what is missing, and measures again what `--only` names; the page has the newest
of each part. `--only load` measures nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tools.bench_figure import machine
from tools.bench_load import Served, database_of, served
from tools.bench_service_fill import AGENTS, MODELS, REPOSITORIES, fill
from tools.bench_service_large import long_transcript, many_events
from tools.bench_service_mixed import mixed, written_before
from tools.bench_service_page import page
from tools.bench_service_reader import Reader, events_of, lists, transcript_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.settings import Settings

LOAD: Final = "load"
PARTS: Final = (LOAD, "lists", "events", "transcript", "mixed")
SETTLED_S: Final = 1_800
"""Longest wait for what a service does by itself after its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is loaded and asked."""

    sessions: int = 100_000
    transcript_mb: int = 500
    clients: int = 200
    seconds: float = 300
    asked: int = 200
    """Requests for each page that is timed."""


QUICK: Final = Size(sessions=2_000, transcript_mb=5, clients=40, seconds=20, asked=40)


class Run:
    """One run over one database: its results are kept after each part."""

    def __init__(self, folder: Path, database: str, write: Path | None) -> None:
        self.folder, self.database, self._write = folder, database, write
        self._kept = folder / f"measured-{database}.json"
        self._about = machine()
        self.results: dict[str, Any] = json.loads(self._kept.read_text(encoding="utf-8")) if self._kept.exists() else {}

    def measure(self, name: str, part: Callable[[], object]) -> None:
        """Measure one part, and keep what it gives; one that fails is named, and what it gave before is gone."""
        print(f"{self.database}: {name}", file=sys.stderr, flush=True)
        failed = self.results.setdefault("failed", {})
        self.results.pop(name, None)
        failed.pop(name, None)
        try:
            self.results[name] = part()
        except Exception as err:  # noqa: BLE001 - the other parts are measured all the same
            failed[name] = f"{type(err).__name__}: {err}"[:300]
        self._kept.write_text(json.dumps(self.results), encoding="utf-8")
        self.page()

    def page(self) -> tuple[str, tuple[str, ...]]:
        """Give the page and the goals that were missed, and write it where that is asked for."""
        text, missed = page(self.results, self.database, self._about)
        if self._write:
            self._write.write_text(text, encoding="utf-8")
        return text, missed


def loading(run: Run, settings: Settings, size: Size) -> dict[str, object]:
    """Load what is missing; gives how long each step took."""
    (settings.home / "trust").mkdir(parents=True, mode=0o700, exist_ok=True)
    begun = time.perf_counter()
    fill(settings, size.sessions)
    filled = time.perf_counter() - begun
    notes = _notes(run, settings)
    events, long = many_events(settings, notes), long_transcript(settings, notes, size.transcript_mb)
    return {
        "sessions": size.sessions,
        "seconds": filled,
        "transcript_mb": size.transcript_mb,
        "transcript_s": long.seconds,
        "events_s": events.seconds,
    }


def _notes(run: Run, settings: Settings) -> Path:
    # A server of PostgreSQL is another one in every run: what was recorded in the last is gone with it.
    return (settings.home if settings.database_url else run.folder) / f"recorded-{run.database}.json"


def measured(run: Run, size: Size, only: Sequence[str]) -> None:
    """Load, then measure the parts that are asked for, each on a service that was just started and does nothing else."""
    with database_of(run.folder, run.database) as (settings, number):
        run.measure(LOAD, lambda: loading(run, settings, size))
        if LOAD in run.results["failed"]:
            return
        notes, clients = _notes(run, settings), (size.clients, size.seconds)
        facets = {"agent": AGENTS[0], "model": MODELS[0], "repository": REPOSITORIES[0]}
        events = many_events(settings, notes).session
        long = long_transcript(settings, notes, size.transcript_mb).session
        bodies = written_before(run.folder, settings, clients) if "mixed" in only else Path()
        parts: dict[str, Callable[[Served], object]] = {
            "lists": lambda service: lists(Reader(service), facets, size.asked),
            "events": lambda service: events_of(Reader(service), events, size.asked),
            "transcript": lambda service: transcript_of(Reader(service), long),
            "mixed": lambda service: mixed(service, events, clients, bodies),
        }
        for name in (one for one in parts if one in only):
            run.measure(name, lambda part=parts[name]: _on_a_service(settings, number, part))  # type: ignore[misc]


def _on_a_service(settings: Settings, number: int | None, part: Callable[[Served], object]) -> object:
    with served(settings, number) as service:
        waited = service.settled(SETTLED_S)
        print(f"  at rest after {waited:,.0f} s", file=sys.stderr, flush=True)
        return part(service)


def main(arguments: Sequence[str]) -> int:
    """Measure, print the page, and keep it where that is asked for; 1 when a goal was missed or a part failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench_service", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--quick", action="store_true", help="a fiftieth of it all")
    for name, kind in (("sessions", int), ("transcript-mb", int), ("clients", int), ("seconds", float)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args(arguments)
    # Told to end, it ends what it began.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    named = ("sessions", "transcript_mb", "clients", "seconds")
    size = replace(
        QUICK if given.quick else Size(), **{one: getattr(given, one) for one in named if getattr(given, one)}
    )
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whereof-service-")))
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(folder.resolve(), given.database, given.write)
        measured(run, size, given.only or PARTS)
        text, missed = run.page()
    print(text)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
