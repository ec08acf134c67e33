"""What is logged is told as events: in pages, to a SIEM, and on a stream that is resumed where it was left."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.service.conftest import SECRET_WORD, Recorded, Running, Start, transcript

pytestmark = pytest.mark.loopback


def test_every_attestation_is_one_event_in_the_order_of_the_log(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    listed = {row["attestation"]: row["index"] for row in client.get("/v1/attestations?limit=500").json()["data"]}
    events, after = [], -1
    while after is not None:
        page = client.get("/v1/events", params={"after": after, "limit": 2}).json()
        events += page["data"]
        after = page["next"]
    assert {one["id"]: one["logindex"] for one in events} == listed
    assert [one["logindex"] for one in events] == sorted(listed.values())
    mine = next(one for one in events if one["id"] == recorded.receipt["attestation"])
    assert (mine["specversion"], mine["type"]) == ("1.0", "dev.whereof.session.logged")
    assert mine["data"]["commits"] == [recorded.oid]


def test_events_hold_no_word_of_a_session(running: Running, recorded: Recorded) -> None:
    told = running.signed_in.get("/v1/events").text + running.signed_in.get("/v1/events/ocsf").text
    assert SECRET_WORD not in told
    assert "dig the pond" not in told


def test_a_siem_gets_lines_of_one_class(running: Running, recorded: Recorded) -> None:
    reply = running.signed_in.get("/v1/events/ocsf", headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert {one["metadata"]["uid"] for one in lines} >= {recorded.receipt["attestation"]}
    for one in lines:
        assert one["type_uid"] == one["class_uid"] * 100 + one["activity_id"] == 600301
        assert one["category_uid"] == 6
        assert {"actor", "api", "metadata", "severity_id", "src_endpoint", "time"} <= set(one)


def test_the_stream_is_resumed_and_tells_what_comes(running: Running, recorded: Recorded) -> None:
    client = running.client(Authorization=f"Bearer {running.token}")
    with client.stream("GET", "/v1/stream", params={"after": -1}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        first = next(_messages(reply))
    with client.stream("GET", "/v1/stream", headers={"Last-Event-ID": first["id"]}) as reply:
        new = running.signed_in.post("/v1/sessions", content=transcript("tell the stream")).json()
        seen = []
        for message in _messages(reply):
            seen.append(message["id"])
            if message["id"] == str(new["index"]):
                break
    assert json.loads(message["data"])["id"] == new["attestation"]
    assert seen == sorted(set(seen), key=int)
    assert first["id"] not in seen


def test_the_stream_has_a_bound_of_readers_and_lets_go_of_them(start: Start) -> None:
    running = start(stream_clients=1, stream_look_s=0.05)
    client = running.client(Authorization=f"Bearer {running.token}")
    with client.stream("GET", "/v1/stream") as reply:
        lines = reply.iter_lines()  # kept: an iterator that goes away closes the stream
        assert next(lines) == "retry: 2000"
        refused = running.signed_in.get("/v1/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "service.too-many")
    for _ in range(200):
        with client.stream("GET", "/v1/stream") as again:
            if again.status_code == 200:
                break
        time.sleep(0.05)
    assert again.status_code == 200


def test_what_is_no_place_in_the_log_is_refused(running: Running) -> None:
    assert running.signed_in.get("/v1/stream", headers={"Last-Event-ID": "x"}).status_code == 400
    assert running.signed_in.get("/v1/events", params={"after": -2}).status_code == 400


def _messages(reply: httpx2.Response) -> Iterator[dict[str, str]]:
    message: dict[str, str] = {}
    for line in reply.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            message[name] = value
        elif "id" in message:
            yield message
            message = {}
