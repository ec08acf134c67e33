"""Recording over HTTP: committed before it is answered, once however often it is asked for, and nothing left behind."""

from __future__ import annotations

import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from api.bodies import open_anonymous
from tests.service.conftest import SECRET_WORD, Recorded, Running, Start, git, transcript

pytestmark = pytest.mark.loopback

RAW = {"Content-Type": "application/octet-stream"}
PLANTED = "gh" + "p_" + "9aZ3kQ7mB2xN8vC5tR1wY6uE4iO0pL3sD7fG"


def _post(running: Running, content: bytes, **params: str) -> tuple[int, dict]:
    reply = running.signed_in.post("/v1/sessions", params=params, content=content, headers=RAW)
    return reply.status_code, reply.json()


def _entries(running: Running) -> int:
    return running.signed_in.get("/v1/logs/default/health").json()["tree_size"]


def test_same_recording_again_gives_the_same_receipt_and_no_entry(running: Running, recorded: Recorded) -> None:
    before = _entries(running)
    params = {"commit": recorded.oid, "repository": str(running.repository)}
    assert _post(running, transcript(), **params) == (200, recorded.receipt)
    assert _entries(running) == before


def test_commit_may_be_named_by_revision_in_a_clone_named_at_start(running: Running) -> None:
    status, receipt = _post(running, transcript("name a revision"), commit="HEAD~1", repository=str(running.repository))
    assert status == 201
    assert receipt["commits"] == [git(running.repository, "rev-parse", "HEAD~1")]


def test_fifty_posts_at_once_of_one_transcript_give_one_entry_and_equal_receipts(running: Running) -> None:
    before = _entries(running)
    content = transcript("fifty at once")
    client = running.signed_in

    def post(_: int) -> tuple[int, bytes]:
        reply = client.post("/v1/sessions", content=content, headers=RAW)
        return reply.status_code, reply.content

    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(post, range(50)))
    assert len({body for _, body in replies}) == 1
    assert sorted(status for status, _ in replies) == [200] * 49 + [201]
    assert _entries(running) == before + 2  # the entry, and the index leaf of its group


@pytest.mark.parametrize(
    "content, status, code",
    [
        (b"", 400, "input.empty"),
        (b"\x00\xff" * 100, 422, "input.unknown-format"),
        (b'{"type": "user"', 422, "input.unknown-format"),
        (b"[" * 100_000, 422, "input.unknown-format"),
    ],
)
def test_what_is_no_transcript_is_a_problem_and_no_entry(
    running: Running, content: bytes, status: int, code: str
) -> None:
    before = _entries(running)
    got, problem = _post(running, content)
    assert (got, problem["code"]) == (status, code)
    assert _entries(running) == before


def test_clones_not_named_at_start_look_absent_whether_they_exist_or_not(running: Running, tmp_path: Path) -> None:
    places = (str(tmp_path), "/nowhere/at/all", f"{running.repository}/../clone", "relative", str(running.home))
    problems = [_post(running, transcript(), repository=place) for place in places]
    assert {status for status, _ in problems} == {404}
    assert len({json.dumps(body | {"instance": ""}) for _, body in problems}) == 1


def test_commits_without_a_clone_and_revisions_unknown_to_it_are_refused(running: Running) -> None:
    assert _post(running, transcript("no clone"), commit="HEAD")[1]["code"] == "git.not-a-repository"
    status, problem = _post(running, transcript("x"), commit="nope", repository=str(running.repository))
    assert (status, problem["code"]) == (400, "git.no-such-revision")
    option = _post(running, transcript("y"), commit="--output=/tmp/x", repository=str(running.repository))
    assert option[0] == 400


def test_body_beyond_the_limit_is_refused_before_it_is_read(start: Start) -> None:
    small = start(transcript_bytes=1000)
    assert _post(small, b"x" * 1001)[0] == 413

    def endless() -> object:
        for _ in range(100):
            yield b"y" * 100

    reply = small.signed_in.post("/v1/sessions", content=endless(), headers=RAW)
    assert (reply.status_code, reply.json()["code"]) == (413, "input.too-large")


def test_more_writers_than_may_wait_are_turned_away_with_a_time_to_come_back(start: Start) -> None:
    full = start(waiting=0)
    reply = full.signed_in.post("/v1/sessions", content=transcript(), headers=RAW)
    assert (reply.status_code, reply.json()["code"]) == (429, "service.too-many")
    assert int(reply.headers["retry-after"]) > 0
    assert full.signed_in.get("/v1/sessions").status_code == 200


def test_neither_words_nor_secrets_of_a_transcript_are_left_on_disk(running: Running) -> None:
    status, _ = _post(running, transcript(f"use {PLANTED} now"))
    assert status == 201
    for path in running.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert PLANTED.encode() not in data, path
            assert SECRET_WORD.encode() not in data, path


def test_anonymous_file_has_no_name_and_is_for_this_user_alone(tmp_path: Path) -> None:
    with open_anonymous(tmp_path) as file:
        file.write(b"hostile")
        file.flush()
        assert list(tmp_path.iterdir()) == []
        assert os.fstat(file.fileno()).st_mode & 0o077 == 0
        assert Path(f"/proc/self/fd/{file.fileno()}").read_bytes() == b"hostile"


def test_commit_that_fails_is_never_answered_as_done(start: Start) -> None:
    service = start()
    engine = service.app.state.service.instance.engine
    before = _entries(service)

    def fail(_connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    event.listen(engine, "commit", fail)
    reply = service.signed_in.post("/v1/sessions", content=transcript("fail"), headers=RAW)
    event.remove(engine, "commit", fail)
    assert reply.status_code == 500
    assert reply.json()["code"] == "service.internal"
    assert "disk I/O" not in reply.text
    assert _entries(service) == before
    again = service.signed_in.post("/v1/sessions", content=transcript("fail"), headers=RAW)
    assert again.status_code == 201


def test_commit_that_fails_only_in_the_logs_own_transaction_is_not_answered_either(start: Start) -> None:
    service = start()
    engine = service.app.state.service.instance.engine
    before = _entries(service)
    grown: list[object] = []

    def watch(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO tree_head"):
            grown.append(statement)

    def fail(_connection: object) -> None:
        if grown:
            raise sqlite3.OperationalError("connection lost at COMMIT")

    event.listen(engine, "before_cursor_execute", watch)
    event.listen(engine, "commit", fail)
    reply = service.signed_in.post("/v1/sessions", content=transcript("late"), headers=RAW)
    event.remove(engine, "commit", fail)
    event.remove(engine, "before_cursor_execute", watch)
    assert grown
    assert reply.status_code == 500
    assert _entries(service) == before
    assert service.signed_in.get("/v1/sessions").json()["data"] == []
