"""The service on a real socket of 127.0.0.1, with a home of its own and one recorded session in it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.config import ServiceConfig
from api.serving import listen, server_of
from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from tests.support.claude import Transcript
from tests.support.identities import TestIssuer, discovered_issuer

if TYPE_CHECKING:
    from tests.service.sigstore_services import World

SECRET_WORD = "heron-lagoon"
"""Stands in the transcript: must not be found where no words of it belong."""


@dataclass
class Running:
    """One service that listens."""

    app: FastAPI
    url: str
    home: Path
    repository: Path
    log: io.StringIO
    token: str

    def client(self, **headers: str) -> httpx2.Client:
        """Give a client without credentials."""
        made = httpx2.Client(base_url=self.url, headers=headers, timeout=60)
        _CLIENTS.append(made)
        return made

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def signed_in(self) -> httpx2.Client:
        """Give a client with the bearer token."""
        return self.client(Authorization=f"Bearer {self.token}")


def transcript(words: str = "dig the pond") -> bytes:
    """Give a small session; different words give a different session's bytes."""
    session = Transcript().prompt(f"Please {words}").says(f"I will {words} {SECRET_WORD}")
    return b"".join(session.shell("pytest -q", "3 passed in 0.10s").lines())


def git(repository: Path, *arguments: str) -> str:
    person = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
    isolated = {"HOME": str(repository), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    run = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        env={"PATH": os.environ["PATH"], **person, **isolated},
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip()


_PERSON = {"NAME": "Ada Tester", "EMAIL": "ada@example.test"}


def make_repository(folder: Path) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "https://forge.example.test/ada/pond.git")
    for number in range(2):
        (folder / "pond.py").write_text(f"depth = {number}\n")
        git(folder, "add", "pond.py")
        git(folder, "commit", "-q", "-m", f"Dig {number}")
    return folder


Start = Callable[..., Running]


_CLIENTS: Final[list[httpx2.Client]] = []
"""Those that are open, oldest first."""


@contextmanager
def closing_clients() -> Iterator[None]:
    """Close the clients that were made since; whoever was here before keeps those of before."""
    before = len(_CLIENTS)
    try:
        yield
    finally:
        while len(_CLIENTS) > before:
            _CLIENTS.pop().close()


@contextmanager
def starting(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Start]:
    """Give a function that starts a service on a free port, with `files` in its home; all are stopped at the end."""
    stops: list[Callable[[], None]] = []

    def begin(
        files: Mapping[str, bytes] | None = None,
        *,
        database: str | None = None,
        tenant: str = "ten_local",
        clone: Path | None = None,
        otlp_endpoint: str | None = None,
        **config: object,
    ) -> Running:
        folder = tmp_path_factory.mktemp("service")
        home = folder / "home"
        home.mkdir(mode=0o700)
        shutil.copytree(compiled, home / "cache")
        for name, data in (files or {}).items():
            (home / name).write_bytes(data)
        repository = clone or make_repository(folder / "clone")
        limits = ServiceConfig(repositories=(repository,), **config)  # type: ignore[arg-type]
        log = io.StringIO()
        settings = Settings(home=home, database_url=database, tenant=tenant, otlp_endpoint=otlp_endpoint)
        app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), config=limits, stream=log)
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        server = server_of(app, limits)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        token = app.state.service.tokens.create(SystemClock(), SystemEntropy())
        running = Running(app, f"http://127.0.0.1:{port}", home, repository, log, token)

        def stop() -> None:
            server.should_exit = True
            thread.join(30)
            listener.close()

        stops.append(stop)
        return running

    try:
        with closing_clients():
            yield begin
    finally:
        for stop in reversed(stops):
            stop()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Start]:
    """Give a function that starts a service; those of one module are stopped at its end."""
    with starting(tmp_path_factory, compiled) as begin:
        yield begin


@pytest.fixture(autouse=True)
def no_connection_outlives_its_test() -> Iterator[None]:
    """Close the clients of a test: a worker that runs all of them would come to a thousand connections."""
    with closing_clients():
        yield


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Running]:
    """Give the service that most tests share; they may add to it and must not count on being alone."""
    with starting(tmp_path_factory, compiled) as begin:
        yield begin()


@dataclass(frozen=True)
class Recorded:
    """A session that is in a service."""

    receipt: dict
    oid: str


def record(running: Running) -> Recorded:
    """Record one session about the newest commit of the clone."""
    oid = git(running.repository, "rev-parse", "HEAD")
    reply = running.signed_in.post(
        "/v1/sessions",
        params={"commit": oid, "repository": str(running.repository)},
        content=transcript(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    return Recorded(receipt=reply.json(), oid=oid)


@pytest.fixture(scope="session")
def recorded(running: Running) -> Recorded:
    """Give the session that was recorded first."""
    return record(running)


@pytest.fixture(scope="session")
def sigstore_world(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[World]:
    """Give a service that certifies people of one issuer and workloads of another."""
    from tests.service.sigstore_services import CI, World, issuer_files

    with starting(tmp_path_factory, compiled) as begin, discovered_issuer() as people:
        workloads = TestIssuer(CI)
        running = begin(issuer_files(people, workloads))
        yield World(running, people, workloads, running.client())
