"""What the service answers: commits, sessions, lists, and what is not there or not the asker's."""

from __future__ import annotations

import base64
import json
import sqlite3

import pytest

from api.cursors import Cursors, Place
from attest.errors import InvalidInput
from attest.model.answer_json import parse_answer, to_json
from attest.model.scope import AsOf
from tests.service.conftest import Recorded, Running, Start, git, transcript

pytestmark = pytest.mark.loopback

NOBODY = "0123456789abcdef0123456789abcdef01234567"


def test_answer_for_a_recorded_commit_is_the_whole_answer(running: Running, recorded: Recorded) -> None:
    body = running.signed_in.get(f"/v1/commits/{recorded.oid}").json()
    assert to_json(parse_answer(body)) == body
    # Other tests that share the service may have handed in more about this commit.
    assert recorded.receipt["session"] in body["sessions"]
    assert recorded.receipt["attestation"] in body["attestations"]
    assert body["verdict"]["verdict"] == "pass"


def test_commit_that_nobody_recorded_is_an_answer_and_not_an_error(running: Running) -> None:
    reply = running.signed_in.get(f"/v1/commits/{NOBODY}")
    assert reply.status_code == 200
    assert reply.json()["sentence"].startswith("Not recorded")
    assert reply.json()["verdict"]["verdict"] == "absent"
    assert running.signed_in.get(f"/commits/{NOBODY}").status_code == 200


def test_answer_as_of_an_earlier_state_leaves_out_what_came_later(running: Running, recorded: Recorded) -> None:
    client, path = running.signed_in, f"/v1/commits/{recorded.oid}"
    # The first head has two leaves: what the log says of itself, and its index.
    size = client.get(path).json()["as_of"]["tree_size"]
    for asked, listed in ((size, True), (2, False)):
        body = client.get(path, params={"as_of": asked}).json()
        assert body["as_of"]["tree_size"] <= asked
        assert (recorded.receipt["attestation"] in body["attestations"]) is listed
        page = client.get(f"/commits/{recorded.oid}", params={"as_of": asked})
        assert (page.status_code, recorded.receipt["session"] in page.text) == (200, listed)
    assert client.get(path, params={"as_of": 10**9}).status_code == 404
    assert client.get(path, params={"as_of": size, "proof": "complete"}).json()["code"] == "input.malformed"


@pytest.mark.parametrize("oid", ["abc", "xyzxyzx", "ABCDEF0", "a" * 65, "0" * 39 + "g", "%2e%2e%2f", "a" * 41 + "'"])
def test_what_is_no_commit_id_is_not_found(running: Running, oid: str) -> None:
    reply = running.signed_in.get(f"/v1/commits/{oid}")
    assert reply.status_code == 404
    assert reply.json()["code"] == "service.not-found"


def test_prefix_is_resolved_and_page_leads_to_the_full_id(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    assert client.get(f"/v1/commits/{recorded.oid[:7]}").json()["commit"]["oid"] == recorded.oid
    assert client.get(f"/v1/commits/{recorded.oid[:6]}").status_code == 404
    for path in (f"/commits/{recorded.oid[:9]}", f"/search?q={recorded.oid[:7]}", f"/search?q=%20{recorded.oid}%20"):
        assert client.get(path).headers["location"] == f"/commits/{recorded.oid}"
    assert client.get(f"/search?q={recorded.receipt['session']}").headers["location"] == (
        f"/sessions/{recorded.receipt['session']}"
    )
    assert client.get("/search?q=//evil.example").status_code == 200
    assert client.get(f"/commits/{recorded.oid}.json").headers["location"] == f"/v1/commits/{recorded.oid}"


def test_ambiguous_prefix_names_the_candidates(running: Running, recorded: Recorded) -> None:
    pair = ("feedface" + "0" * 32, "feedface" + "1" * 32)
    with _database(running) as database:
        for at, oid in enumerate(pair):
            row = ("ten_local", "git-commit", oid, 10_000 + at, recorded.receipt["attestation"])
            database.execute("INSERT INTO subject VALUES (?, ?, ?, ?, ?, 1)", row)
    reply = running.signed_in.get("/v1/commits/feedface")
    assert (reply.status_code, reply.json()["code"]) == (409, "input.ambiguous")
    assert reply.json()["candidates"] == list(pair)
    page = running.signed_in.get("/search?q=feedface")
    assert all(oid in page.text for oid in pair)
    with _database(running) as database:
        database.execute("DELETE FROM subject WHERE idx >= 10000")


def test_events_are_paged_by_bytes_and_none_is_lost(running: Running, recorded: Recorded) -> None:
    path = f"/v1/sessions/{recorded.receipt['session']}/events"
    client = running.signed_in
    whole = client.get(path).json()
    assert whole["next_seq"] is None
    assert [event["seq"] for event in whole["data"]] == list(range(len(whole["data"])))
    walked, seq = [], 0
    while seq is not None:
        page = client.get(path, params={"from_seq": seq, "max_bytes": 1}).json()
        walked += page["data"]
        seq = page["next_seq"]
    assert walked == whole["data"]
    assert client.get(path, params={"from_seq": 10**6}).json()["data"] == []
    assert client.get(path, params={"max_bytes": 10**9}).status_code == 400


def test_list_walked_by_cursor_keeps_its_state_while_the_log_grows(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    for number in range(2):
        assert client.post("/v1/sessions", content=transcript(f"list {number}")).status_code in {200, 201}
    page = client.get("/v1/sessions", params={"limit": 1}).json()
    as_of, seen = page["as_of"], [row["index"] for row in page["data"]]
    client.post("/v1/sessions", content=transcript("grown meanwhile " + page["as_of"]["root"]))
    while page["next"]:
        page = client.get("/v1/sessions", params={"limit": 1, "cursor": page["next"]}).json()
        assert page["as_of"] == as_of
        seen += [row["index"] for row in page["data"]]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) >= 3
    assert all(index < as_of["tree_size"] for index in seen)
    assert recorded.receipt["index"] in seen
    assert client.get("/v1/sessions", params={"limit": 501}).status_code == 400


def test_cursor_of_another_tenant_list_or_making_is_refused(running: Running, recorded: Recorded) -> None:
    place = Place(before=3, as_of=AsOf(log="l", tree_size=4, root=b"\x01" * 32))
    ours = Cursors(b"s" * 32, "ten_local")
    cursor = ours.write("sessions", place)
    assert ours.read("sessions", cursor) == place
    for reader, query in (
        (Cursors(b"s" * 32, "ten_other"), "sessions"),
        (Cursors(b"t" * 32, "ten_local"), "sessions"),
        (ours, "entries"),
    ):
        with pytest.raises(InvalidInput, match=r"service\.cursor"):
            reader.read(query, cursor)
    for wrong in (cursor, cursor[:-1], cursor + "A", "cur_", "", "cur_ü", "x" * 2000):
        reply = running.signed_in.get("/v1/sessions", params={"cursor": wrong})
        assert reply.status_code == (200 if wrong == "" else 400)


def test_ids_of_another_tenant_answer_exactly_as_absent_ones(running: Running, recorded: Recorded) -> None:
    other = {"att": "att_" + "ab" * 32, "ses": "ses_01HZZZZZZZZZZZZZZZZZZZZZZZ", "oid": "ab" * 20}
    with _database(running) as database:
        database.execute(
            "INSERT INTO attestation SELECT 'ten_other', ?, log, idx, predicate_type, ?, identity, issuer, recorded_at,"
            " foreign_bundle, schema_version FROM attestation WHERE id = ?",
            (other["att"], other["ses"], recorded.receipt["attestation"]),
        )
        for kind, value in (("session", other["ses"]), ("git-commit", other["oid"])):
            row = ("ten_other", kind, value, recorded.receipt["index"], other["att"])
            database.execute("INSERT INTO subject VALUES (?, ?, ?, ?, ?, 1)", row)
    absent = {"att": "att_" + "cd" * 32, "ses": "ses_01HYYYYYYYYYYYYYYYYYYYYYYY", "oid": "cd" * 20}
    templates = (
        "/v1/attestations/{att}",
        "/v1/attestations/{att}/bundle",
        "/v1/sessions/{ses}",
        "/v1/sessions/{ses}/events",
        "/sessions/{ses}",
        "/v1/commits/{oid}",
        "/commits/{oid}",
        "/search?q={att}",
    )
    for template in templates:
        replies = [running.signed_in.get(template.format(**ids)) for ids in (other, absent)]
        bodies = [
            reply.text.replace(reply.headers["x-request-id"], "").replace(ids["oid"], "").replace(ids["att"], "")
            for reply, ids in zip(replies, (other, absent), strict=True)
        ]
        assert replies[0].status_code == replies[1].status_code
        assert _shape(bodies[0], other["oid"]) == _shape(bodies[1], absent["oid"])
    listed = running.signed_in.get("/v1/sessions", params={"limit": 500}).text
    assert other["att"] not in listed
    assert other["ses"] not in listed
    assert running.signed_in.get(f"/v1/commits/{other['oid'][:8]}").status_code == 404


def _shape(body: str, oid: str) -> str:
    """Leave out what names the thing asked for: its shortened id in commands, links and headings."""
    return body.replace(oid[:12], "").replace(oid[:8], "").replace(oid[:7], "")


def _database(running: Running) -> sqlite3.Connection:
    return sqlite3.connect(running.home / "whereof.db", timeout=30)


def test_newer_capture_is_listed_with_the_older_one(running: Running) -> None:
    commit = git(running.repository, "rev-parse", "HEAD~1")
    captures = (transcript("capture twice"), transcript("capture twice") + transcript("more").splitlines(True)[1])
    replies = [
        running.signed_in.post(
            "/v1/sessions",
            content=capture.replace(b'"s1"', b'"0b8f7c1e-captured-twice"'),
            params={"commit": commit, "repository": str(running.repository)},
        ).json()
        for capture in captures
    ]
    assert replies[0]["session"] == replies[1]["session"]
    detail = running.signed_in.get(f"/v1/sessions/{replies[0]['session']}").json()
    indexes = [row["index"] for row in detail["recordings"]]
    assert indexes == sorted(indexes, reverse=True)
    assert {reply["index"] for reply in replies} <= set(indexes)


def test_evidence_that_fails_is_shown_as_a_failure_and_not_as_an_answer(start: Start) -> None:
    service = start()
    oid = git(service.repository, "rev-parse", "HEAD")
    params = {"commit": oid, "repository": str(service.repository)}
    assert service.signed_in.post("/v1/sessions", content=transcript(), params=params).status_code == 201
    assert "Evidence failed" not in service.signed_in.get(f"/commits/{oid}").text
    (copy,) = (service.home / "bundles" / oid).iterdir()
    value = json.loads(copy.read_bytes())
    value["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"][0] = base64.b64encode(
        b"0" * 32
    ).decode()
    copy.write_bytes(json.dumps(value).encode())
    body = service.signed_in.get(f"/v1/commits/{oid}").json()
    assert body["verdict"]["verdict"] == "invalid"
    page = service.signed_in.get(f"/commits/{oid}")
    assert "Evidence failed" in page.text
    assert page.headers["cache-control"] == "no-store"
