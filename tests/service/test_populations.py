"""Populations over HTTP: saved, paged, drawn from, exported; nothing by person."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

SEED = "33" * 32


@pytest.fixture(scope="module")
def saved(running: Running, recorded: Recorded) -> dict:
    commitment = hashlib.sha256(bytes.fromhex(SEED)).hexdigest()
    reply = running.signed_in.post("/v1/populations", json={"unit": "commit", "seed_sha256": commitment})
    assert reply.status_code == 201, reply.text
    return reply.json()


def test_a_saved_population_is_listed_and_given_back(running: Running, saved: dict, recorded: Recorded) -> None:
    client = running.signed_in
    assert client.get(f"/v1/populations/{saved['id']}").json() == saved
    listed = client.get("/v1/populations", params={"limit": 500}).json()
    assert saved["id"] in [one["id"] for one in listed["data"]]
    rows = client.get(saved["rows"], params={"limit": 500}).json()
    assert recorded.oid in [row["id"] for row in rows["data"]]
    assert not any("@" in json.dumps(row) or "Ada" in json.dumps(row) for row in rows["data"])


def test_rows_are_paged_by_id_and_bounded(running: Running, saved: dict) -> None:
    client, seen, after = running.signed_in, [], ""
    while after is not None:
        page = client.get(saved["rows"], params={"limit": 1, "after": after}).json()
        assert len(page["data"]) == 1
        seen += [row["id"] for row in page["data"]]
        after = page["next"]
    assert len(seen) == saved["population"]["rows"]["count"]
    assert seen == sorted(set(seen))
    assert client.get(saved["rows"], params={"limit": 501}).status_code == 400


def test_exported_lines_have_the_digest_that_was_signed(running: Running, saved: dict) -> None:
    lines = running.signed_in.get(f"/v1/populations/{saved['id']}/export")
    assert hashlib.sha256(lines.content).hexdigest() == saved["population"]["rows"]["sha256"]
    table = running.signed_in.get(f"/v1/populations/{saved['id']}/export", params={"format": "csv"})
    rows = list(csv.reader(io.StringIO(table.text)))
    assert len(rows) == saved["population"]["rows"]["count"] + 1


def test_a_sample_is_drawn_again_with_its_seed_and_with_no_other(running: Running, saved: dict) -> None:
    client, where = running.signed_in, f"/v1/populations/{saved['id']}/sample"
    made = client.post(where, json={"size": 1, "seed": SEED})
    assert made.status_code == 201, made.text
    drawn = client.get(made.json()["rows"]).json()["data"]
    assert client.get(where, params={"size": 1, "seed": SEED}).json()["data"] == drawn
    wrong = client.get(where, params={"size": 1, "seed": "44" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "input.usage")
    assert client.post(where, json={"size": 1}).json()["code"] == "input.usage"


def test_a_sample_by_weight_states_its_unit_and_interval(running: Running, saved: dict) -> None:
    client, where = running.signed_in, f"/v1/populations/{saved['id']}/sample"
    asked = {"method": "monetary-unit", "by": "entries", "interval": 1, "seed": SEED}
    made = client.post(where, json=asked)
    assert made.status_code == 201, made.text
    sample = made.json()["population"]["sample"]
    count = saved["population"]["rows"]["count"]
    assert (sample["by"], sample["weighed"]["interval"], sample["weighed"]["certain"]) == ("entries", 1, count)
    assert client.get(where, params=asked).json()["data"] == client.get(made.json()["rows"]).json()["data"]
    assert "one in 1 of" in client.get(f"/populations/{made.json()['id']}").text
    assert client.get(where, params=asked | {"by": "lines"}).json()["code"] == "input.usage"
    assert 'value="monetary-unit:entries"' in client.get(f"/populations/{saved['id']}").text


@pytest.mark.parametrize("name", ["pop_" + "0" * 64, "pop_1", "att_" + "0" * 64, "x" * 128])
def test_what_is_no_population_here_is_not_found(running: Running, name: str) -> None:
    for path in ("", "/rows", "/export"):
        assert running.signed_in.get(f"/v1/populations/{name}{path}").status_code == 404


def test_nobody_without_credentials_reads_or_saves_any(running: Running, saved: dict) -> None:
    client = running.client()
    for path in ("", f"/{saved['id']}", f"/{saved['id']}/rows", f"/{saved['id']}/export"):
        assert client.get(f"/v1/populations{path}").status_code == 401
    assert client.post("/v1/populations", json={}).status_code == 401


def test_a_question_by_person_is_refused(running: Running, recorded: Recorded) -> None:
    assert recorded.oid
    for member in ("author", "runner", "identity"):
        assert running.signed_in.post("/v1/populations", json={member: "ada"}).status_code == 400
