"""Control operation and range reports over HTTP: judged from the log's own evidence, bounded, recorded when taken out."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

REPOSITORY = "forge.example.test/ada/pond"
OPERATION = "/v1/controls/operation"
YEAR = {"repository": REPOSITORY, "since": "2000-01-01", "until": "2100-01-01"}


@pytest.fixture(scope="module")
def span(recorded: Recorded) -> str:
    return f"/v1/repos/{REPOSITORY}/report/{recorded.oid}~1...{recorded.oid}"


def test_each_change_of_a_period_is_given_in_the_form_that_is_asked_for(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    told = client.get(OPERATION, params=YEAR)
    assert told.status_code == 200, told.text
    body = told.json()
    assert recorded.oid in [one["change"] for one in body["data"]]
    assert body["counts"]["changes"] == body["count"]["value"] == len(body["data"])
    assert {one["outcome"] for one in body["data"]} == {"without-verdict"}
    assert body["data"][0]["fields"]
    assert "outages that nobody logged" in body["not_shown"]
    rows = client.get(OPERATION, params=YEAR, headers={"Accept": "text/csv"})
    assert [one["change"] for one in csv.DictReader(io.StringIO(rows.text))] == [one["change"] for one in body["data"]]
    lines = client.get(OPERATION, params=YEAR, headers={"Accept": "application/x-ndjson"})
    assert [json.loads(one) for one in lines.text.splitlines()] == body["data"]
    assert lines.headers["whereof-as-of"].startswith(f"{body['as_of']['tree_size']} ")
    assert client.get(OPERATION, params=YEAR, headers={"Accept": "image/png"}).status_code == 406
    assert "Ada" not in told.text


def test_changes_are_paged_after_one_and_an_empty_period_has_none(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    assert recorded.oid
    whole = [one["change"] for one in client.get(OPERATION, params=YEAR).json()["data"]]
    first = client.get(OPERATION, params=YEAR | {"limit": 1})
    assert first.json()["next"] == whole[0]
    following = client.get(first.headers["link"].partition(">")[0].removeprefix("<"))
    assert [one["change"] for one in following.json()["data"]] == whole[1:2]
    none = client.get(OPERATION, params=YEAR | {"until": "2000-01-02"}).json()
    assert (none["data"], none["next"], none["counts"]["changes"]) == ([], None, 0)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"since": "yesterday!"}, 400),
        ({"until": "1999-01-01"}, 400),
        ({"repository": "forge.example.test/nobody/nothing"}, 404),
        ({"branch": "nothing-of-that-name"}, 400),
        ({"branch": "--output=x"}, 400),
        ({"as_of": "999999"}, 404),
        ({"after": "0" * 40}, 400),
        ({"limit": "1001"}, 400),
        ({"rule": "a b"}, 400),
    ],
)
def test_what_cannot_be_asked_is_refused(running: Running, more: dict[str, str], status: int) -> None:
    assert running.signed_in.get(OPERATION, params=YEAR | more).status_code == status


def test_a_report_of_a_range_is_made_from_what_is_logged(running: Running, recorded: Recorded, span: str) -> None:
    client = running.signed_in
    page = client.get(span, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == 200, page.text
    assert "1 with a recorded session" in page.text
    assert page.headers["content-disposition"].startswith('attachment; filename="report-')
    assert page.headers["cache-control"] == "no-store"
    lines = [json.loads(one) for one in client.get(span, params={"format": "jsonl"}).text.splitlines()]
    change = next(one for one in lines if one["row"] == "change")
    assert (change["oid"], change["state"], change["verdict"]) == (recorded.oid, "covered", "pass")
    assert recorded.receipt["attestation"] in [one["attestation"] for one in change["entries"]]
    assert change["landing"]["outcome"] == "not-known"
    rows = list(csv.DictReader(io.StringIO(client.get(span, headers={"Accept": "text/csv"}).text)))
    assert [one["commit"] for one in rows] == [recorded.oid]
    oscal = client.get(span, params={"format": "oscal", "pack": "soc2"}).json()
    assert oscal["assessment-results"]["results"][0]["findings"]


def test_a_report_says_what_an_earlier_state_of_the_log_said(running: Running, recorded: Recorded, span: str) -> None:
    client, sizes = running.signed_in, (recorded.receipt["index"], recorded.receipt["tree_size"])
    told = [client.get(span, params={"format": "jsonl", "as_of": size}) for size in sizes if size]
    whole, change, *_ = [json.loads(one) for one in told[-1].text.splitlines()]
    assert (whole["head"]["tree_size"], change["state"]) == (sizes[1], "covered")
    for earlier in told[:-1]:  # none where the session is the first entry, or no smaller state was signed
        assert earlier.status_code == 404 or json.loads(earlier.text.splitlines()[1])["state"] == "unmarked"


def test_who_takes_a_report_out_is_in_the_access_log(running: Running, span: str) -> None:
    client = running.signed_in
    assert client.get(span, params={"format": "csv", "purpose": "audit of pond"}).status_code == 200
    newest = client.get("/v1/access-log").json()["data"][0]["record"]
    assert (newest["scope"], newest["rows"]) == ("evidence.export", 1)


def test_a_report_that_cannot_be_made_is_refused(running: Running, span: str) -> None:
    client = running.signed_in
    nowhere = f"/v1/repos/{REPOSITORY}/report/{'0' * 40}...main"
    assert client.get(nowhere).status_code in {400, 404}
    assert client.get(f"/v1/repos/{REPOSITORY}/report/main...main").status_code == 400
    assert client.get(span, params={"format": "docx"}).status_code == 400
    assert client.get(span, params={"format": "csv", "pack": "soc2"}).status_code == 400
    assert client.get(span, params={"pack": "../soc2"}).status_code == 404
    assert client.get(span, headers={"Accept": "image/png"}).status_code == 406
    assert running.client().get(span).status_code == 401


def test_reports_in_the_making_are_few(running: Running, span: str) -> None:
    places = running.app.state.service.reports
    taken = [places.acquire(blocking=False) for _ in range(2)]
    assert all(taken)
    try:
        assert running.signed_in.get(span).status_code == 429
    finally:
        for _ in taken:
            places.release()
    assert running.signed_in.get(span).status_code == 200
