"""Promise: a service killed while it records has the session whole or not at all, and takes the same POST again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from api.tokens import TokenFiles
from attest.clock import SystemClock, SystemEntropy
from attest.settings import DEFAULT_TENANT
from attest.store import attestations
from tests.support.recording import ROOT, check_home, open_home, story

LOGGED = ("committed", "tiles")


@contextmanager
def service(data: Path, place: str) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """Run a service that dies at a place; `none` is no place."""
    token = TokenFiles(data, DEFAULT_TENANT).create(SystemClock(), SystemEntropy())
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed_service", place],
        cwd=ROOT,
        env={**os.environ, "WHEREOF_HOME": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1].rstrip("/")
        with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def post(client: httpx2.Client) -> httpx2.Response:
    body = b"".join(story().lines())
    return client.post("/v1/sessions", content=body, headers={"Content-Type": "application/octet-stream"})


@pytest.mark.loopback
@pytest.mark.parametrize("place", ["inserted", "committed", "tiles"])
def test_killed_service_has_the_session_whole_or_not_at_all(place: str, data: Path) -> None:
    with service(data, place) as (process, client):
        with pytest.raises(httpx2.TransportError):
            post(client)
        assert process.wait(30) == -signal.SIGKILL
    instance = open_home(data)
    assert attestations.count(instance.engine, instance.scope) == (place in LOGGED)
    instance.engine.dispose()
    assert check_home(data, signatures=True).problems == ()
    with service(data, "none") as (_, client):
        again = post(client)
        assert again.status_code == (200 if place in LOGGED else 201), again.text
        assert post(client).json() == again.json()
    assert again.json()["index"] == 2
    assert check_home(data, signatures=True).problems == ()
