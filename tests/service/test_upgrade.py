"""Promise: the database is migrated beneath a service at work; it says so, refuses nobody, and loses nothing.

`make bench-upgrade` does the same with processes of two releases, and rolls back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import make_url

from attest.store.schema import newest_revision
from tests.service.conftest import Running, Start, transcript
from tests.support.next_release import migrate_to, next_migrations
from tests.support.postgres import Postgres

pytestmark = pytest.mark.loopback


def standing(running: Running) -> tuple[int, str]:
    reply = running.client().get("/readyz")
    return reply.status_code, reply.json()["schema_standing"]


def test_a_service_at_work_is_migrated_beneath(
    start: Start, pg_database: Callable[[], str], postgres: Postgres, tmp_path: Path
) -> None:
    url = pg_database()
    running, name = start(database=url), str(make_url(url).database)
    assert standing(running) == (200, "current")
    directory, _ = next_migrations(tmp_path / "next")
    said: list[httpx2.Response] = []
    ended = threading.Event()

    def write() -> None:
        client = running.signed_in
        while not ended.is_set() or len(said) < 3:
            body = transcript(f"dig number {len(said)}")
            said.append(client.post("/v1/sessions", content=body, headers={"Content-Type": "application/octet-stream"}))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        migrate_to(postgres.url(name), tmp_path / "owner", directory, lock_timeout_s=1)
        assert standing(running) == (200, "ahead")
    finally:
        ended.set()
        thread.join(60)
    assert {reply.status_code for reply in said} == {201}
    places = [reply.json()["index"] for reply in said]
    assert places == sorted(set(places))
    # An older database put back beneath it is told, and what only newer versions work on.
    for revision, what in (("0001", "behind"), (f"9999_since_{int(newest_revision()[:4]) + 1:04}", "beyond")):
        postgres.run(f"UPDATE alembic_version SET version_num = '{revision}'", name)
        assert standing(running) == (503, what)
