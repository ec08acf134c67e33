"""Many sessions a day at a burst: bundles sent at a fixed rate to the running service, on SQLite and on PostgreSQL.

    python -m tools.bench_scale [--sessions-a-day N] [--burst X] [--seconds S] [--database sqlite|postgresql] [--keep FOLDER]
                                [--write FILE]

The bundles are signed before, elsewhere. They are sent when they are due, whatever the service does, one a request; each is
answered when it is published. Others read meanwhile. With `--keep` a run that was cut short goes on where it was: bundles
that are signed are taken again, a database that was measured is not measured again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attest.store.engine import open_engine
from tools.bench_figure import machine
from tools.bench_http import Elsewhere
from tools.bench_index import commit_of
from tools.bench_load import Served, Watch, database_of, folder_bytes, loaded, served
from tools.bench_load_client import TURNED_AWAY, Load, Stream
from tools.bench_scale_page import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.settings import Settings

SESSIONS_A_DAY: Final = 300_000
BURST: Final = 20
SECONDS: Final = 600
DAY_S: Final = 86_400
DATABASES: Final = ("sqlite", "postgresql")
SENDERS: Final = 64
READERS: Final = 8
READ_PAUSE_S: Final = 1.0
WARM_S: Final = 0.2
"""Share of the time after which the growth of memory is looked at."""
_COMMITS: Final = 64
"""Commits that readers ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is measured."""

    sessions_a_day: int
    burst: float
    seconds: float

    @property
    def rate(self) -> float:
        """Sessions a second."""
        return self.sessions_a_day * self.burst / DAY_S

    @property
    def count(self) -> int:
        """Sessions of the whole run."""
        return int(self.rate * self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen on one database."""

    database: str
    sessions: int
    """Answered with a receipt."""
    seconds: float
    turned_away: int
    errors: int
    last_error: str
    published_ms: tuple[float, float, float]
    """From when a session was due until it was published: the middle, 99 of 100, all."""
    read_ms: tuple[float, float, float]
    """The same of the answers for commits that were read beside."""
    reads: int
    most_behind: int
    """The most entries that were seen durable and not yet published."""
    memory_mib: tuple[float, float, float]
    """At the start, the most, and growth a minute."""
    cpu_ms: float
    """Of the service, a session, with what was read."""
    database_cpu_ms: float
    """Of the database server, a session."""
    bytes_each: dict[str, float]
    """Kept for a session, by where."""
    load: float
    """Of the machine at the start."""


class Behind:
    """Looks every second how many entries are durable and not yet published."""

    def __init__(self, service: Served) -> None:
        self.most, self._service, self._ended = 0, service, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        address = f"http://127.0.0.1:{self._service.port}/v1/logs/{self._service.log}/health"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {self._service.token}"})
        while not self._ended.wait(1):
            with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=30) as reply:  # noqa: S310 - ours
                told = json.load(reply)
                self.most = max(self.most, told["tree_size"] - (told["published_size"] or 0))


def measure(folder: Path, database: str, asked: Asked, bundles: Path) -> Run:
    """Send what is due to a service on one database."""
    with database_of(folder, database) as (settings, number):
        shutil.rmtree(settings.home, ignore_errors=True)  # of a run that was cut short
        _trust(folder, settings)
        with served(settings, number) as service:
            _warm(service, bundles)
            return _measured(service, settings, asked, bundles)


def _measured(service: Served, settings: Settings, asked: Asked, bundles: Path) -> Run:
    before, load = _kept(settings), os.getloadavg()[0]
    cpu, server, held = service.cpu_s(), service.database_cpu_s(), service.memory_mib()
    with bundles.open("rb") as file:
        oids = [commit_of(file.readline()) for _ in range(_COMMITS)]
    streams = (
        Stream(name="send", clients=SENDERS, paths=("/v1/attestations",), bodies=str(bundles), rate=asked.rate),
        Stream(name="read", clients=READERS, paths=tuple(f"/v1/commits/{oid}" for oid in oids), pause_s=READ_PAUSE_S),
    )
    begun = time.perf_counter()
    with Watch(service) as memory, Behind(service) as behind:
        seen = loaded(Load(port=service.port, token=service.token, seconds=asked.seconds, streams=streams))
    seconds = time.perf_counter() - begun
    sent, read = seen["send"], seen["read"]
    count = max(1, sent.statuses["201"])
    after = _kept(settings)
    return Run(
        database=settings.home.name.removeprefix("home-"),
        sessions=sent.statuses["201"],
        seconds=seconds,
        turned_away=sent.statuses[TURNED_AWAY] + read.statuses[TURNED_AWAY],
        errors=sent.errors + read.errors,
        last_error=sent.last or read.last,
        published_ms=(sent.percentile(0.5), sent.percentile(0.99), sent.percentile(1)),
        read_ms=(read.percentile(0.5), read.percentile(0.99), read.percentile(1)),
        reads=sum(read.statuses.values()),
        most_behind=behind.most,
        memory_mib=(held, memory.most, memory.slope(asked.seconds * WARM_S)),
        cpu_ms=(service.cpu_s() - cpu) * 1000 / count,
        database_cpu_ms=(service.database_cpu_s() - server) * 1000 / count,
        bytes_each={name: (size - before.get(name, 0)) / count for name, size in after.items()},
        load=load,
    )


def _warm(service: Served, bundles: Path) -> None:
    """Let the checkers begin and the rules load before anything is timed: the first bundles, which do not come again."""
    with bundles.with_suffix(".warm").open("rb") as file:
        for body in file:
            request = urllib.request.Request(
                f"http://127.0.0.1:{service.port}/v1/attestations",
                data=body.strip(),
                headers={"Authorization": f"Bearer {service.token}"},
            )
            urllib.request.urlopen(request, timeout=120).close()  # noqa: S310 - ours


def _kept(settings: Settings) -> dict[str, int]:
    """Give the bytes that are kept, by where: each thing of the home by its name, and PostgreSQL's database."""
    found: dict[str, int] = {}
    for path in settings.home.iterdir():
        name = "database" if path.name.startswith("whereof.db") else path.name
        found[name] = found.get(name, 0) + (folder_bytes(path) if path.is_dir() else path.stat().st_size)
    if settings.database_url:
        engine = open_engine(settings)
        with engine.connect() as connection:
            asked = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
            found["database"] = int(asked.scalar_one())
        engine.dispose()
    return found


def signed(folder: Path, count: int) -> Path:
    """Sign the bundles elsewhere, one a line, or take those that were; gives their file."""
    file = folder / f"bundles-{count}"
    if file.exists():
        return file
    elsewhere = Elsewhere()
    (folder / "trust").mkdir(mode=0o700, exist_ok=True)
    elsewhere.pinned_by(folder)
    file.with_suffix(".warm").write_bytes(b"".join(elsewhere.bundle() + b"\n" for _ in range(_COMMITS)))
    part = file.with_suffix(".part")
    with part.open("wb") as out:
        for _ in range(count):
            out.write(elsewhere.bundle() + b"\n")
    part.rename(file)
    return file


def _trust(folder: Path, settings: Settings) -> None:
    (settings.home / "trust").mkdir(parents=True, mode=0o700, exist_ok=True)
    for path in (folder / "trust").iterdir():
        (settings.home / "trust" / path.name).write_bytes(path.read_bytes())


def runs(folder: Path, asked: Asked, databases: Sequence[str]) -> list[Run]:
    """Measure each database, or take what was measured."""
    found, bundles = [], signed(folder, asked.count)
    for database in databases:
        kept = folder / f"run-{database}.json"
        if not kept.exists():
            kept.write_text(json.dumps(asdict(measure(folder, database, asked, bundles))), encoding="utf-8")
        found.append(Run(**json.loads(kept.read_text(encoding="utf-8"))))
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, print the page, and keep it where that is asked for; 1 when a request failed or fewer were taken in."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_scale", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sessions-a-day", type=int, default=SESSIONS_A_DAY)
    parser.add_argument("--burst", type=float, default=BURST)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args(arguments)
    asked = Asked(sessions_a_day=given.sessions_a_day, burst=given.burst, seconds=given.seconds)
    about = machine()
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whereof-scale-")))
        folder.mkdir(parents=True, exist_ok=True)
        found = runs(folder.resolve(), asked, given.database or DATABASES)
    text = page(asked, found, about)
    print(text)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    return int(any(run.errors or run.sessions + run.turned_away < asked.count for run in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
