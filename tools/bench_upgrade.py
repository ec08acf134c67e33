"""An upgrade and the way back while bundles come in: python -m tools.bench_upgrade [--each N] [--clients C] [--write FILE].

Two releases are run: this checkout, and a copy of it with two migrations more, which is the next one. On PostgreSQL the
next migrates with the old one at work and a long reader in its way, takes over, and is rolled back to the old one on the
newer schema. Every bundle that was acknowledged must be in the log where its receipt says, once, at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
import psycopg

from api.tokens import TokenFiles
from attest.clock import SystemClock, SystemEntropy
from attest.settings import DEFAULT_TENANT, Settings
from attest.store.schema import newest_revision
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import assemble_instance
from tests.support.next_release import next_migrations
from tests.support.postgres import SERVING, Postgres, migrated, running_postgres
from tools.bench_figure import machine
from tools.bench_http import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
PAUSE_S: Final = 0.1
"""Between two bundles of one client."""
START_S: Final = 120
LOCK_TIMEOUT: Final = "300ms"
WAITS: Final = 3
"""How often the migration has to give up a lock until the reader that holds it goes."""


@dataclass
class Traffic:
    """Clients behind a balancer: they ask whichever process is in it, and try again what was not acknowledged."""

    token: str
    bundles: list[bytes]
    addresses: list[str] = field(default_factory=list)
    phase: str = "before"
    said: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Per phase: status of each answer, 0 for none, and its milliseconds."""
    acknowledged: dict[int, int] = field(default_factory=dict)
    """Index of each bundle that has a receipt."""
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def client(self) -> None:
        """Hand in one bundle after the other until the end; what was begun is brought to a receipt."""
        with httpx2.Client(headers={"Authorization": f"Bearer {self.token}"}, timeout=30) as http:
            while not self.ended.wait(PAUSE_S):
                with self._lock:
                    number, self._next = self._next, self._next + 1
                if number >= len(self.bundles):
                    return
                while not self._one(http, number):
                    time.sleep(PAUSE_S)

    def go_on(self, phase: str, each: int) -> None:
        """Begin a phase, and wait until so many bundles more were acknowledged in it."""
        self.phase, until = phase, len(self.acknowledged) + each
        deadline = time.monotonic() + START_S
        while len(self.acknowledged) < until and time.monotonic() < deadline:
            time.sleep(0.05)

    def _one(self, http: httpx2.Client, number: int) -> bool:
        phase, address = self.phase, self.addresses[number % len(self.addresses)]
        begun, status = time.perf_counter(), 0
        with contextlib.suppress(httpx2.TransportError):
            reply = http.post(f"{address}/v1/attestations", content=self.bundles[number])
            status = reply.status_code
            if status < 300:
                self.acknowledged[number] = reply.json()["index"]
        with self._lock:
            self.said.setdefault(phase, []).append((status, (time.perf_counter() - begun) * 1000))
        return status < 500 and status not in {0, 429}


@contextlib.contextmanager
def running(tree: Path, environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the service of a release and give its address once it is ready."""
    command = [sys.executable, "-m", "api", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            address = line.split()[-1].rstrip("/")
            until = time.monotonic() + START_S
            while httpx2.get(f"{address}/readyz").status_code != 200 and time.monotonic() < until:
                time.sleep(0.1)
            yield address, process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(START_S)


def migrate(tree: Path, environment: dict[str, str], server: Postgres) -> int:
    """Migrate while somebody reads the table that changes; gives how often a lock was given up."""
    waits = 0
    command = [sys.executable, "-m", "api", "migrate", "--lock-timeout", LOCK_TIMEOUT]
    with psycopg.connect(f"host={server.folder} user={SERVING} dbname=bench") as reader:
        reader.execute("SELECT count(*) FROM attestation")
        with subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                waits += "busy" in line
                if waits == WAITS:
                    reader.rollback()
    if process.returncode:
        raise RuntimeError("the migration did not end well")
    return waits


def exercise(folder: Path, server: Postgres, *, each: int, clients: int) -> tuple[Traffic, dict[str, object]]:
    """Upgrade and roll back, with traffic all the while; gives what clients were told and what is so at the end."""
    tree = folder / "next"
    for name in ("api", "attest", "redaction"):
        shutil.copytree(ROOT / name, tree / name)
    _, newest = next_migrations(tree / "migrations")
    home = folder / "home"
    settings = Settings(home=home, database_url=server.url("bench", SERVING))
    here = {**os.environ, "WHEREOF_HOME": str(home), "WHEREOF_DATABASE_URL": str(settings.database_url)}
    owner = here | {"WHEREOF_DATABASE_URL": server.url("bench")}
    elsewhere = Elsewhere()
    home.mkdir(mode=0o700)
    elsewhere.pinned_by(home)
    traffic = Traffic(
        token=TokenFiles(home, DEFAULT_TENANT).create(SystemClock(), SystemEntropy()),
        bundles=[elsewhere.bundle() for _ in range(each * 40)],
    )
    threads = [threading.Thread(target=traffic.client) for _ in range(clients)]
    with contextlib.ExitStack() as stack:
        stack.callback(traffic.ended.set)
        old, process = stack.enter_context(running(ROOT, here))
        traffic.addresses = [old]
        # The first compiles what every later process finds.
        with httpx2.Client(headers={"Authorization": f"Bearer {traffic.token}"}, timeout=START_S) as http:
            http.post(f"{old}/v1/attestations", content=elsewhere.bundle()).raise_for_status()
        for thread in threads:
            thread.start()
        traffic.go_on("before", each)
        traffic.phase = "the next release migrates"
        waits = migrate(tree, owner, server)
        ahead = httpx2.get(f"{old}/readyz").json()["schema_standing"]
        traffic.phase = "the next release takes over"
        new, after = stack.enter_context(running(tree, here))
        traffic.addresses = [new]
        process.send_signal(signal.SIGINT)
        process.wait(START_S)
        current = httpx2.get(f"{new}/readyz").json()["schema_standing"]
        traffic.go_on(traffic.phase, each)
        traffic.phase = "rolled back on the newer schema"
        again, _ = stack.enter_context(running(ROOT, here))
        traffic.addresses = [again]
        after.send_signal(signal.SIGINT)
        after.wait(START_S)
        traffic.go_on(traffic.phase, each)
        traffic.ended.set()
        for thread in threads:
            thread.join(START_S)
        lost = _lost(traffic, again)
    problems = _problems(settings)
    return traffic, {
        "from": newest_revision(),
        "to": newest,
        "waits": waits,
        "ahead": ahead,
        "current": current,
        "lost": lost,
        "problems": problems,
    }


def _lost(traffic: Traffic, address: str) -> int:
    """Hand in again all that has a receipt: each must be where its receipt says."""
    wrong = 0
    with httpx2.Client(headers={"Authorization": f"Bearer {traffic.token}"}, timeout=30) as http:
        for number, index in traffic.acknowledged.items():
            reply = http.post(f"{address}/v1/attestations", content=traffic.bundles[number])
            while reply.status_code == 429:
                time.sleep(1)
                reply = http.post(f"{address}/v1/attestations", content=traffic.bundles[number])
            wrong += (reply.status_code, reply.json().get("index")) != (200, index)
    return wrong + len(traffic.acknowledged) - len(set(traffic.acknowledged.values()))


def _problems(settings: Settings) -> int:
    instance = assemble_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    try:
        return len(fsck(instance, FsckDepth(), on_progress=lambda *_: None).problems)
    finally:
        instance.engine.dispose()


def page(traffic: Traffic, found: dict[str, object]) -> str:
    """Write the report."""
    rows = []
    for phase, said in traffic.said.items():
        times = sorted(ms for _, ms in said)
        statuses = ", ".join(
            f"{n} × {status or 'no answer'}" for status, n in sorted(Counter(s for s, _ in said).items())
        )
        rows.append(f"| {phase} | {statuses} | {times[len(times) // 2]:.0f} ms | {times[-1]:.0f} ms |")
    lines = [
        "# An upgrade and the way back, with traffic",
        "",
        "`make bench-upgrade`: what is run is told at the top of `tools/bench_upgrade.py`.",
        "",
        *(f"- {line}" for line in machine()),
        f"- Schema {found['from']} to {found['to']}; the migration gave up a lock {found['waits']} times after {LOCK_TIMEOUT}, and went on.",
        f"- `/readyz` of the old release after the migration: {found['ahead']}; of the next: {found['current']}.",
        f"- Acknowledged: {len(traffic.acknowledged)} bundles. Lost or elsewhere than their receipts say: {found['lost']}.",
        f"- `fsck`: {found['problems']} problems.",
        "",
        "| phase | answers | middle | longest |",
        "|---|---|---|---|",
        *rows,
        "",
        "One process at a time; the balancer is a list in the clients. What had no answer, or 503, was handed in again.",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, and write or print the report; 1 where something was lost or refused for good."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_upgrade")
    parser.add_argument("--each", type=int, default=200, help="bundles of each phase")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args(arguments)
    with running_postgres() as server, tempfile.TemporaryDirectory(prefix="whereof-upgrade-") as folder:
        server.make_database("bench")
        migrated(server, "bench")
        server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
        traffic, found = exercise(Path(folder), server, each=asked.each, clients=asked.clients)
    text = page(traffic, found)
    if asked.write:
        asked.write.write_text(text)
    print(text if not asked.write else json.dumps(found))
    refused = sum(400 <= status < 500 and status != 429 for said in traffic.said.values() for status, _ in said)
    return 1 if found["lost"] or found["problems"] or refused or not traffic.acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
