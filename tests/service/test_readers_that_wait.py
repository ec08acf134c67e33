"""Who only reads is turned away while as many wait for an answer as may; nobody waits behind a crowd."""

from __future__ import annotations

from threading import Event

import anyio
import pytest
from anyio.to_thread import run_sync

from api.threads import Threads
from attest.errors import Refused
from tests.service.conftest import Running, Start

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def full(start: Start) -> Running:
    return start(readers=0)


@pytest.mark.parametrize("path", ["/sessions", "/v1/sessions", "/v1/commits/" + 40 * "0"])
def test_a_reader_is_told_when_to_come_again(full: Running, path: str) -> None:
    refused = full.signed_in.get(path)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_a_program_reads_that_it_may_try_again(full: Running) -> None:
    told = full.signed_in.get("/v1/sessions").json()
    assert (told["code"], told["retryable"]) == ("service.too-many", True)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/static/site.css"])
def test_probes_metrics_and_what_pages_load_are_answered_all_the_same(full: Running, path: str) -> None:
    assert full.client().get(path).status_code == 200


def test_writes_have_places_of_their_own(full: Running) -> None:
    assert full.signed_in.post("/v1/attestations", content=b"{}").status_code == 422


def test_one_more_than_may_wait_is_turned_away_and_let_in_when_one_was_answered() -> None:
    threads, answered = Threads(1, 2), Event()

    async def answer() -> None:
        await run_sync(answered.wait)

    async def crowd() -> None:
        threads.begin()
        async with anyio.create_task_group() as requests:
            for at in range(3):
                threads.require_room("GET", "/v1/sessions")
                requests.start_soon(answer)
                await anyio.wait_all_tasks_blocked()
                assert threads.waiting == at
            with pytest.raises(Refused) as refused:
                threads.require_room("GET", "/v1/sessions")
            assert refused.value.code == "service.too-many"
            threads.require_room("POST", "/v1/attestations")
            answered.set()
        assert threads.waiting == 0
        threads.require_room("GET", "/v1/sessions")

    anyio.run(crowd)
