"""Bundles by batch: one answer a line, in order; a bad line fails alone; the same batch again gives the same receipts."""

from __future__ import annotations

import json

import pytest

from attest.errors import CannotVerify
from attest.model.ports import Witnessed
from attest.usecases.fsck import FsckDepth, fsck
from tests.service.conftest import Recorded, Running, Start
from tests.service.test_ingest import OTHER, PLANTED, bundle, size, statement
from tests.support.signing import World, make_world

pytestmark = pytest.mark.loopback

URL = "/v1/attestations:batch"


@pytest.fixture(scope="module")
def elsewhere(running: Running) -> World:
    """Give another instance, whose root is pinned in the service under test."""
    world = make_world()
    (running.home / "trust" / "batch.json").write_bytes(world.instance.trusted_root)
    return world


def line(world: World, note: str, **predicate: object) -> bytes:
    return json.dumps(json.loads(bundle(world, statement(note, OTHER, **predicate)))).encode()


def send(running: Running, lines: list[bytes], query: str = "") -> list[dict]:
    reply = running.signed_in.post(URL + query, content=b"\n".join(lines) + b"\n")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/jsonl"
    assert reply.headers["cache-control"] == "no-store"
    answers = [json.loads(one) for one in reply.text.splitlines()]
    assert [one["line"] for one in answers] == list(range(1, len(lines) + 1))
    return answers


def test_each_line_is_answered_in_order_and_a_bad_one_fails_alone(running: Running, elsewhere: World) -> None:
    good = [line(elsewhere, f"batch {n}") for n in range(4)]
    forged = json.loads(line(elsewhere, "forged in a batch"))
    forged["dsseEnvelope"]["signatures"][0]["sig"] = "MDAw"
    leaky, unpinned = line(elsewhere, "leaky in a batch", key=PLANTED), line(make_world(), "unpinned in a batch")
    lines = [good[0], b"{", good[1], json.dumps(forged).encode(), b"", leaky, good[2], unpinned, good[3], good[0]]
    before = size(running)
    answers = send(running, lines)
    assert [one["status"] for one in answers] == [201, 422, 201, 422, 422, 422, 201, 422, 201, 200]
    codes = [one["problem"]["code"] for one in answers if "problem" in one]
    assert codes[0] == codes[2] == "evidence.malformed"
    assert codes[1].startswith("evidence.")
    assert codes[3:] == ["redaction.quarantined", "evidence.untrusted"]
    assert PLANTED not in json.dumps(answers)
    assert answers[-1]["receipt"] == answers[0]["receipt"]
    assert size(running) == before + 5  # four entries and one index leaf: one group
    assert [a["receipt"]["index"] for a in answers if a["status"] == 201] == list(range(before, before + 4))
    for at, raw in ((0, good[0]), (2, good[1]), (6, good[2]), (8, good[3])):
        name = answers[at]["receipt"]["attestation"]
        assert running.signed_in.get(f"/v1/attestations/{name}/bundle").content == raw
        assert running.signed_in.get(f"/v1/attestations/{name}").json()["receipt"] == answers[at]["receipt"]


def test_same_batch_again_gives_the_receipts_that_are_there(running: Running, elsewhere: World) -> None:
    lines = [line(elsewhere, f"again {n}") for n in range(5)]
    first = send(running, lines)
    before = size(running)
    second = send(running, [*reversed(lines), line(elsewhere, "one more")])
    assert [one["receipt"] for one in second[:5]] == [one["receipt"] for one in reversed(first)]
    assert [one["status"] for one in second] == [200] * 5 + [201]
    assert size(running) == before + 2


def test_secret_is_found_wherever_its_payload_stands_in_the_batch(running: Running, elsewhere: World) -> None:
    for place in range(5):
        lines = [line(elsewhere, f"place {place} {n}", **({"key": PLANTED} if n == place else {})) for n in range(5)]
        answers = send(running, lines)
        assert [one["status"] for one in answers] == [422 if n == place else 201 for n in range(5)]


def test_session_that_another_told_of_is_refused_within_one_batch_too(
    running: Running, elsewhere: World, recorded: Recorded
) -> None:
    told = running.signed_in.get(f"/v1/attestations/{recorded.receipt['attestation']}").json()["statement"]
    # Of another commit too: tests that ask for the recorded one share this service.
    text = json.dumps(told).replace(recorded.oid, "cf" * 20)
    text = text.replace(recorded.receipt["session"], "ses_01HBBBBBBBBBBBBBBBBBBBBBBB")
    other = make_world()
    (running.home / "trust" / "batch-other.json").write_bytes(other.instance.trusted_root)
    again = json.loads(text)
    again["predicate"]["extensions"] = {"about": "another signer"}
    lines = [
        json.dumps(json.loads(bundle(w, json.dumps(s).encode()))).encode()
        for w, s in ((elsewhere, json.loads(text)), (other, again))
    ]
    answers = send(running, lines)
    assert [one["status"] for one in answers] == [201, 422]
    assert answers[1]["problem"]["code"] == "evidence.identity"


def test_too_many_lines_or_bytes_are_refused_before_any_is_looked_at(start: Start) -> None:
    small = start(batch_lines=3, batch_bytes=2000, bundle_bytes=100)
    before = size(small)
    for content in (b"{}\n" * 4, b"x" * 2001):
        reply = small.signed_in.post(URL, content=content)
        assert (reply.status_code, reply.json()["code"]) == (413, "input.too-large")
    assert size(small) == before
    answers = send(small, [b"{}", b"x" * 101, b"{}"])
    assert [(one["status"], one["problem"]["code"]) for one in answers] == [
        (422, "evidence.malformed"),
        (413, "input.too-large"),
        (422, "evidence.malformed"),
    ]


def test_empty_batch_and_one_without_a_last_line_end(running: Running, elsewhere: World) -> None:
    assert running.signed_in.post(URL, content=b"").content == b""
    reply = running.signed_in.post(URL, content=line(elsewhere, "no line end"))
    assert json.loads(reply.content)["status"] == 201


def test_root_that_does_not_parse_is_told_to_every_line(running: Running, elsewhere: World) -> None:
    broken = running.home / "trust" / "zz-broken-batch.json"
    broken.write_bytes(b"{")
    try:
        answers = send(running, [line(elsewhere, f"broken {n}") for n in range(2)])
    finally:
        broken.unlink()
    assert [(one["status"], one["problem"]["code"]) for one in answers] == [(503, "trust.unreadable")] * 2


def test_full_house_is_told_to_come_again(start: Start) -> None:
    full = start(waiting=0)
    reply = full.signed_in.post(URL, content=b"{}\n")
    assert (reply.status_code, reply.json()["code"]) == (429, "service.too-many")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(("wait", "status"), [("committed", 201), ("published", 201), ("witnessed", 202)])
def test_answer_says_which_state_was_reached(running: Running, elsewhere: World, wait: str, status: int) -> None:
    raw = bundle(elsewhere, statement(f"waits until {wait}"))
    reply = running.signed_in.post(f"/v1/attestations?wait={wait}", content=raw)
    assert reply.status_code == status
    assert reply.json()["state"] == ("committed" if wait == "committed" else "published")
    answers = send(running, [line(elsewhere, f"batch waits until {wait}")], f"?wait={wait}")
    assert (answers[0]["status"], answers[0]["receipt"]["state"]) == (status, "published")
    assert running.signed_in.post("/v1/attestations?wait=blessed", content=raw).status_code == 400


class _Cosigned:
    """A log whose witnesses have signed up to one size."""

    def __init__(self, size: int) -> None:
        self.seen = size

    def size(self) -> int | None:
        return self.seen


def test_witnessed_is_waited_for_and_never_said_before(start: Start) -> None:
    from dataclasses import replace

    asked: Witnessed = _Cosigned(0)
    service = start(witness_s=0.2)
    world = make_world()
    (service.home / "trust" / "w.json").write_bytes(world.instance.trusted_root)
    service.app.state.service = replace(service.app.state.service, witnessed=asked)
    raw = bundle(world, statement("nobody has signed yet"))
    reply = service.signed_in.post("/v1/attestations?wait=witnessed", content=raw)
    assert (reply.status_code, reply.json()["state"]) == (202, "published")
    asked.seen = reply.json()["tree_size"]  # type: ignore[attr-defined]
    again = service.signed_in.post("/v1/attestations?wait=witnessed", content=raw)
    assert (again.status_code, again.json()["state"]) == (200, "witnessed")


def test_log_with_batches_still_adds_up(running: Running, elsewhere: World) -> None:
    send(running, [line(elsewhere, f"audited {n}") for n in range(3)])
    result = fsck(running.app.state.service.instance, FsckDepth(signatures=True), on_progress=lambda _at, _of: None)
    assert result.problems == ()


def test_what_is_durable_and_could_not_be_published_is_said_to_be_committed(start: Start) -> None:
    service = start()
    world = make_world()
    (service.home / "trust" / "p.json").write_bytes(world.instance.trusted_root)
    publisher = service.app.state.service.instance.log.publisher
    publish = publisher.publish

    def away(_fresh: object = None) -> None:
        raise CannotVerify("store.away")

    publisher.publish = away
    raws = [line(world, f"not published {n}") for n in range(2)]
    reply = service.signed_in.post("/v1/attestations", content=raws[0])
    assert (reply.status_code, reply.json()["state"]) == (202, "committed")
    (answer,) = send(service, [raws[1]])
    assert (answer["status"], answer["receipt"]["state"]) == (202, "committed")
    again = service.signed_in.post("/v1/attestations", content=raws[0])
    assert (again.status_code, again.json()) == (202, reply.json())
    publisher.publish = publish
    assert service.signed_in.post("/v1/attestations", content=line(world, "the next one")).status_code == 201
    after = service.signed_in.post("/v1/attestations", content=raws[0])
    assert (after.status_code, after.json()["state"]) == (200, "published")
