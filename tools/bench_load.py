"""A service under load: started in a process of its own, its memory watched, clients in a process beside it."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attest.settings import Settings
from tests.support.postgres import SERVING, migrated, running_postgres
from tools.bench_load_client import Load, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
LOOK_S: Final = 1.0
SPARE_S: Final = 180
"""Beyond the time of a load until its clients are given up."""
START_S: Final = 120
QUIET_S: Final = 3.0
QUIET: Final = 0.1
"""Share of a core below which a service does nothing by itself, looked at for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One service that listens."""

    port: int
    token: str
    log: str
    """Name of its log."""
    pid: int
    home: Path
    database_pid: int | None = None

    def cpu_s(self) -> float:
        """Give the CPU time of the service and its processes so far."""
        return sum(_cpu_s(pid) for pid in family(self.pid))

    def database_cpu_s(self) -> float:
        """Give the CPU time of the processes of a database server, those that ended among them; 0 without a server."""
        return sum(_cpu_s(pid, waited=True) for pid in family(self.database_pid)) if self.database_pid else 0.0

    def memory_mib(self) -> float:
        """Give what the service and its processes hold resident; pages that they share count once for each."""
        return sum(_resident(pid) for pid in family(self.pid)) / 2**20

    def own_memory_mib(self) -> float:
        """Give what the service holds resident, its processes not among it."""
        return _resident(self.pid) / 2**20

    def settled(self, most_s: float) -> float:
        """Wait until it does nothing by itself any more, such as indexing; gives the seconds that it was waited for.

        Raises:
            RuntimeError: it was at work all the time.
        """
        begun = time.monotonic()
        while time.monotonic() - begun < most_s:
            used = self.cpu_s()
            time.sleep(QUIET_S)
            if self.cpu_s() - used < QUIET * QUIET_S:
                return time.monotonic() - begun
        raise RuntimeError(f"the service was still at work after {most_s:,.0f} s without a request")


@contextlib.contextmanager
def database_of(folder: Path, database: str) -> Iterator[tuple[Settings, int | None]]:
    """Give settings of an instance below a folder, on a database that waits for the disk, and its server's process."""
    home = folder / f"home-{database}"
    if database == "sqlite":
        yield Settings(home=home), None
        return
    with running_postgres({"shared_buffers": "512MB", "max_wal_size": "4GB"}) as server:
        server.make_database("bench")
        migrated(server, "bench")
        server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
        yield Settings(home=home, database_url=server.url("bench", SERVING)), server.number()


@contextlib.contextmanager
def served(settings: Settings, database_pid: int | None = None) -> Iterator[Served]:
    """Start the service over an instance, and end it afterwards."""
    url = [settings.database_url] if settings.database_url else []
    command = [sys.executable, "-m", "tools.bench_http_server", str(settings.home), *url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise RuntimeError("the service did not start")
            ready = json.loads(line)
            yield Served(
                port=ready["port"],
                token=ready["token"],
                log=ready["log"],
                pid=process.pid,
                home=settings.home,
                database_pid=database_pid,
            )
        finally:
            process.terminate()
            process.wait(START_S)


def loaded(load: Load) -> dict[str, Seen]:
    """Let the clients of a load run to their end."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench_load_client"],
        input=json.dumps(asdict(load)).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=load.seconds + SPARE_S,
    )
    told = json.loads(done.stdout)
    return {name: Seen(**seen | {"statuses": Counter(seen["statuses"])}) for name, seen in told.items()}


class Watch:
    """Looks at the memory of a service every second while the block runs."""

    def __init__(self, service: Served) -> None:
        self._service, self._ended = service, threading.Event()
        self.samples: list[tuple[float, float]] = []
        """Seconds since the start, and MiB."""
        self.own: list[tuple[float, float]] = []
        """The same of the service alone, without its processes."""
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        begun = time.monotonic()
        while not self._ended.wait(LOOK_S):
            with contextlib.suppress(OSError):
                at = time.monotonic() - begun
                self.samples.append((at, self._service.memory_mib()))
                self.own.append((at, self._service.own_memory_mib()))

    def slope(self, after_s: float) -> float:
        """Give how many MiB a minute it grew, by the line nearest to all samples after so many seconds."""
        return slope(self.samples, after_s)

    @property
    def most(self) -> float:
        """Give the most that was seen, in MiB."""
        return max((held for _, held in self.samples), default=0.0)


def slope(samples: list[tuple[float, float]], after_s: float) -> float:
    """Give the growth per minute of values by seconds, by the line nearest to all after so many seconds; 0 for under two."""
    late = [sample for sample in samples if sample[0] >= after_s]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*late, strict=True)).slope * 60


def family(pid: int) -> list[int]:
    """Give a process and those that it or they began."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(path.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def folder_bytes(folder: Path) -> int:
    """Give the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _cpu_s(pid: int, *, waited: bool = False) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[11 : 15 if waited else 13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return 0
