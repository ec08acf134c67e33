"""Searches and overlaps over HTTP: what was recorded is found, with how far the index reaches and what is not known."""

from __future__ import annotations

import time

import pytest

from tests.service.conftest import SECRET_WORD, Recorded, Running

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def indexed(running: Running, recorded: Recorded) -> Recorded:
    """Wait until the service has indexed what was recorded."""
    for _ in range(200):
        found = running.signed_in.get("/v1/accesses", params={"q": "agent:claude-code"}).json()
        if found["indexed_to"] == found["as_of"]["tree_size"]:
            return recorded
        time.sleep(0.1)
    raise AssertionError("the index did not come up with the log")


def test_a_command_is_found_and_what_is_not_known_is_said(running: Running, indexed: Recorded) -> None:
    answer = running.signed_in.get("/v1/accesses", params={"kind": "cmd", "name": "pytest*", "op": "run"}).json()
    assert indexed.receipt["session"] in [hit["session"] for hit in answer["groups"]["claimed"]["data"]]
    assert "sessions in the window had no capture" in answer["unknown"]["sentence"]
    assert SECRET_WORD not in str(answer)


def test_words_are_found_and_not_shown(running: Running, indexed: Recorded) -> None:
    answer = running.signed_in.get("/v1/accesses", params={"q": SECRET_WORD})
    assert indexed.receipt["session"] in answer.text
    assert SECRET_WORD not in answer.text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "search.too-broad"),
        ("runner:ada", "search.query"),
        ("file:~(", "search.query"),
        ("a:" * 600, "input.malformed"),
    ],
)
def test_a_query_that_cannot_be_answered_is_a_problem(running: Running, query: str, code: str) -> None:
    reply = running.signed_in.get("/v1/accesses", params={"q": query})
    assert (reply.status_code, reply.json()["code"]) == (400, code)


def test_who_is_not_signed_in_searches_nothing(running: Running) -> None:
    assert running.client().get("/v1/accesses", params={"q": "since:1d"}).status_code == 401
    assert running.client().post("/v1/overlaps:check", json={"paths": ["pond.py"]}).status_code == 401


def test_overlaps_are_checked_against_what_landed(running: Running, indexed: Recorded) -> None:
    found = running.signed_in.post("/v1/overlaps:check", json={"paths": ["pond.py", "none.py"]})
    assert found.status_code == 200, found.text
    found = found.json()
    assert {(row["path"], row["session"]) for row in found["data"]} >= {("pond.py", indexed.receipt["session"])}
    assert {row["path"] for row in found["data"]} == {"pond.py"}
    assert found["indexed_to"] == found["as_of"]["tree_size"]
    assert running.signed_in.post("/v1/overlaps:check", json={"paths": ["x"] * 1001}).status_code == 400
