"""Promise: while something around it fails, the service takes work or says clearly that it does not, and loses nothing.

| what fails | where it is tried |
|---|---|
| a process is killed | `tests/e2e/test_killed*.py` |
| the database is restarted, the line to it breaks | `tests/e2e/test_killed_faults.py` |
| the disk is full, or fails to sync | `tests/e2e/test_killed_faults.py` |
| the object store fails | here |
| a witness is slow | here |
| the clock is wrong, or jumps | here; order in the log: `tests/e2e/test_killed_faults.py` |
| the certificate of an authority ends | here |
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from api.witnessing import Witnessing
from attest.errors import CannotVerify
from attest.ledger.note import NoteAlgorithm, NoteKey
from attest.model.admin_keys import KeyRole
from attest.signing.embedded.ca import AUTHORITY_LIFETIME, LEAF_LIFETIME
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.rotate_keys import Rotation, rotate
from tests.service import conftest
from tests.service.conftest import Running, Start
from tests.service.test_ingest import bundle, statement
from tests.support.signing import SettableClock, World, make_world
from tests.support.small_log import policy_text

pytestmark = pytest.mark.loopback
CALLERS = 4


def trusting(running: Running) -> World:
    """Give another instance whose root the service has pinned."""
    world = make_world()
    (running.home / "trust" / "faults.json").write_bytes(world.instance.trusted_root)
    return world


@dataclass
class Handed:
    """What became of bundles that were handed in."""

    running: Running
    answers: dict[bytes, tuple[int, dict]] = field(default_factory=dict)

    def hand_in(self, raws: list[bytes], query: str = "") -> None:
        def one(raw: bytes) -> None:
            reply = self.running.signed_in.post(f"/v1/attestations{query}", content=raw)
            self.answers[raw] = (reply.status_code, reply.json())

        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(one, raws))

    def said(self) -> set[int]:
        return {status for status, _ in self.answers.values()}

    def require_nothing_lost(self) -> None:
        """What has a receipt is in the log where it says, once; what has none can be handed in again."""
        for raw, (status, answer) in self.answers.items():
            if status < 300:
                again = self.running.signed_in.post("/v1/attestations", content=raw)
                assert (again.status_code, again.json()["index"]) == (200, answer["index"])
        refused = [raw for raw, (status, _) in self.answers.items() if status >= 300]
        self.hand_in(refused)
        assert self.said() <= {200, 201, 202}
        places = [answer["index"] for _, answer in self.answers.values()]
        assert len(set(places)) == len(self.answers)
        result = fsck(self.running.app.state.service.instance, FsckDepth(signatures=True), on_progress=lambda *_: None)
        assert result.problems == ()


@dataclass
class Recordings:
    """What became of sessions that were recorded, by the words in them."""

    running: Running
    answers: dict[str, tuple[int, dict]] = field(default_factory=dict)

    def post(self, words: Iterable[str]) -> set[int]:
        """Record a session with each of these words; gives which answers came."""
        oid = conftest.git(self.running.repository, "rev-parse", "HEAD")
        asked = {"commit": oid, "repository": str(self.running.repository)}
        said = set()
        for one in tuple(words):
            reply = self.running.signed_in.post("/v1/sessions", params=asked, content=conftest.transcript(one))
            self.answers[one] = (reply.status_code, reply.json())
            said.add(reply.status_code)
        return said


class Breaking:
    """Stands before the files of a log: those that are written fail while `away` is set."""

    def __init__(self, files: object) -> None:
        self._files = files
        self.away = threading.Event()
        self.failed = 0

    def __getattr__(self, name: str) -> object:
        if self.away.is_set() and name in {"create", "replace", "read", "get"}:
            self.failed += 1
            raise CannotVerify("store.away")
        return getattr(self._files, name)


def test_files_of_the_log_that_fail_under_load_lose_nothing(start: Start) -> None:
    running = start()
    world, handed = trusting(running), Handed(running)
    publisher = running.app.state.service.instance.log.publisher
    publisher.files = breaking = Breaking(publisher.files)
    raws = [bundle(world, statement(f"log files {number}")) for number in range(12)]
    handed.hand_in(raws[:4])
    assert handed.said() == {201}
    breaking.away.set()
    handed.hand_in(raws[4:8])
    assert running.client().get("/readyz").status_code == 503
    breaking.away.clear()
    handed.hand_in(raws[8:])
    assert breaking.failed
    for status, answer in (handed.answers[raw] for raw in raws[4:8]):
        # Durable in the database and not published: said to be so, or refused with a code that tells to come again.
        committed = (status, answer.get("state")) == (202, "committed")
        assert committed or (status, answer["code"], answer["retryable"]) == (503, "store.away", True)
    assert {handed.answers[raw][0] for raw in raws[8:]} == {201}
    handed.require_nothing_lost()


def test_an_object_store_that_fails_refuses_a_recording_whole_and_takes_it_afterwards(
    running: Running, recorded: conftest.Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = running.app.state.service.instance.objects
    asked = {
        "params": {"commit": recorded.oid, "repository": str(running.repository)},
        "content": conftest.transcript("dig while it is away"),
    }
    before = running.client().get("/readyz").json()["tree_size"]
    with monkeypatch.context() as patch:
        breaking = Breaking(objects._files)
        breaking.away.set()
        patch.setattr(objects, "_files", breaking)
        refused = running.signed_in.post("/v1/sessions", **asked)
        assert (refused.status_code, refused.json()["code"]) == (503, "store.away")
        assert running.client().get("/readyz").json()["tree_size"] == before
    assert running.signed_in.post("/v1/sessions", **asked).status_code == 201


@contextlib.contextmanager
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """Give the address of a witness that takes every question and answers none, and who asked it."""
    asked: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    asked.append(listener.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
        for each in asked:
            each.close()
        thread.join(5)


def test_a_witness_that_never_answers_holds_up_nobody_but_who_asks_for_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Witnessing.__init__.__kwdefaults__, "every_s", 0.05)
    key = NoteKey(name="slow.example.test/w1", algorithm=NoteAlgorithm.COSIGNATURE_V1, public=bytes(31) + b"\x01")
    with silent() as (url, asked):
        running = start({"witnesses.policy": policy_text({"slow": (key, url)}, "quorum slow")}, witness_s=0.2)
        world, handed = trusting(running), Handed(running)
        handed.hand_in([bundle(world, statement("first"))])
        while not asked:
            threading.Event().wait(0.01)
        handed.hand_in([bundle(world, statement(f"not held up {number}")) for number in range(8)])
        assert handed.said() == {201}
        assert {answer["state"] for _, answer in handed.answers.values()} == {"published"}
        waiting = running.signed_in.post("/v1/attestations?wait=witnessed", content=bundle(world, statement("waits")))
        assert (waiting.status_code, waiting.json()["state"]) == (202, "published")
        health = running.signed_in.get("/v1/logs/default/health").json()
        assert any("none outside this operator has cosigned" in alarm for alarm in health["alarms"])
        assert "whereof_witnessed_entries 0.0" in running.client().get("/metrics").text
        handed.require_nothing_lost()
    running.app.state.service.witnessed.close()


def test_a_clock_that_is_wrong_or_jumps_is_told_and_changes_no_order(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SettableClock()
    monkeypatch.setattr(conftest, "SystemClock", lambda: clock)
    running = start()
    world, handed = trusting(running), Handed(running)
    places, oid = [], conftest.git(running.repository, "rev-parse", "HEAD")
    for number, hours in enumerate((0, 9600, -9600, 0)):
        clock.at = datetime.now(UTC) + timedelta(hours=hours)
        raw = bundle(world, statement(f"clock {number}"))
        handed.hand_in([raw])
        places.append(handed.answers[raw][1]["index"])
        recorded = running.signed_in.post(
            "/v1/sessions",
            params={"commit": oid, "repository": str(running.repository)},
            content=conftest.transcript(f"dig at {number}"),
        )
        if recorded.status_code == 201:
            places.append(recorded.json()["index"])
        else:
            # The machine's clock says another time than ours: as after a jump between two looks at it.
            assert (recorded.status_code, recorded.json()["code"]) == (503, "program.clock")
            assert recorded.json()["retryable"]
            assert hours
    assert handed.said() == {201}
    assert places == sorted(places)
    assert recorded.status_code == 201
    handed.require_nothing_lost()


def test_a_certificate_that_ends_under_load_refuses_recordings_clearly_and_one_replaced_in_time_none(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    # The authority was made so long ago that it could certify a minute ago, and from now on no more.
    clock = SettableClock(now - AUTHORITY_LIFETIME + LEAF_LIFETIME - minute / 2)
    monkeypatch.setattr(conftest, "SystemClock", lambda: clock)
    running = start()
    world, handed, recordings = trusting(running), Handed(running), Recordings(running)

    def load(round_: str) -> set[int]:
        words = [f"{round_} {number}" for number in range(2)]
        with ThreadPoolExecutor(1) as beside:
            flowing = beside.submit(handed.hand_in, [bundle(world, statement(one)) for one in words])
            answers = recordings.post(words)
            flowing.result()
        return answers

    clock.at = now - minute
    assert load("before its end") == {201}
    clock.at = now
    assert load("after its end") == {503}
    # What needs no certificate of ours flows; a recording is refused whole, and says why and that it may come again.
    assert handed.said() == {201}
    refused = {words: answer for words, (status, answer) in recordings.answers.items() if status == 503}
    assert {(answer["code"], answer["retryable"]) for answer in refused.values()} == {("key.expired", True)}
    clock.at = now - minute  # as at a machine whose clock was ahead
    assert recordings.post(refused) == {201}
    rotate(running.app.state.service.instance, Rotation(role=KeyRole.CA, lead=timedelta(0), overlap=timedelta(0)))
    clock.at = now
    assert load("after the end of what was replaced") == {201}
    assert len({answer["index"] for _, answer in recordings.answers.values()}) == len(recordings.answers) == 6
    handed.require_nothing_lost()
