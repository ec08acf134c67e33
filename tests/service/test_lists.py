"""Lists: the same rows in every form, of one state of the log, and a refusal that names the forms there are."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from api.accepts import chosen
from attest.errors import InvalidInput
from attest.signing.render import BUNDLE_V03
from tests.service.conftest import Recorded, Running, transcript

pytestmark = pytest.mark.loopback

IN_TOTO = "application/vnd.in-toto+json"


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/attestations"])
def test_rows_are_the_same_in_json_lines_and_csv(running: Running, recorded: Recorded, path: str) -> None:
    client = running.signed_in
    whole = client.get(path, params={"as_of": _size(running)})
    size = whole.json()["as_of"]["tree_size"]
    params = {"as_of": size}
    lines = client.get(path, params=params, headers={"Accept": "application/x-ndjson"})
    table = client.get(path, params=params, headers={"Accept": "text/csv"})
    assert [json.loads(line) for line in lines.text.splitlines()] == whole.json()["data"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["attestation"] for row in rows] == [row["attestation"] for row in whole.json()["data"]]
    assert {reply.headers["whereof-as-of"].split()[0] for reply in (whole, lines, table)} == {str(size)}
    assert {reply.headers["vary"] for reply in (whole, lines, table)} == {"Accept"}


def test_csv_of_no_rows_has_its_head_and_a_mark_where_asked(running: Running, recorded: Recorded) -> None:
    empty = running.signed_in.get("/v1/attestations", params={"commit": "0" * 40}, headers={"Accept": "text/csv;bom=1"})
    assert empty.content.startswith(b'\xef\xbb\xbf"attestation","index"')
    assert len(empty.content.splitlines()) == 1


def test_statements_and_bundles_of_a_list_are_the_exact_bytes(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    names = [row["attestation"] for row in client.get("/v1/attestations").json()["data"]]
    for form in (IN_TOTO, BUNDLE_V03):
        listed = client.get("/v1/attestations", headers={"Accept": form})
        assert listed.headers["content-type"] == f'application/x-ndjson; items="{form}"'
        single = [client.get(f"/v1/attestations/{name}", headers={"Accept": form}).content for name in names[:3]]
        assert listed.content.split(b"\n")[: len(single)] == single


def test_what_nobody_offers_is_refused_with_the_list(running: Running, recorded: Recorded) -> None:
    refused = running.signed_in.get("/v1/sessions", headers={"Accept": "image/png, text/html;q=0.5"})
    assert refused.status_code == 406
    for form in ("application/json", "application/x-ndjson", "text/csv", IN_TOTO, BUNDLE_V03):
        assert form in refused.json()["expected"]


def test_a_named_state_gives_the_same_rows_later_and_has_an_etag(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    size = _size(running)
    before = client.get("/v1/sessions", params={"as_of": size})
    client.post("/v1/sessions", content=transcript(f"grow beyond {size}"))
    after = client.get("/v1/sessions", params={"as_of": size})
    assert after.json() == before.json()
    again = client.get("/v1/sessions", params={"as_of": size}, headers={"If-None-Match": before.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/v1/sessions").headers["cache-control"] == "no-store"
    assert client.get("/v1/sessions", params={"as_of": 10**9}).status_code == 404


def test_the_link_leads_through_the_whole_list(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    client.post("/v1/sessions", content=transcript("one more to walk to"))
    address, seen, count = "/v1/sessions?limit=1", [], 0
    while address:
        page = client.get(address)
        seen += [row["index"] for row in page.json()["data"]]
        count = page.json()["count"]["value"]
        found = re.fullmatch(r'<(.*)>; rel="next"', page.headers.get("link", ""))
        address = found[1] if found else ""
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == count >= 2


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "a/b"),
        ("*/*", "a/b"),
        ("x/y", "x/y"),
        ("x/*", "x/y"),
        ("a/b;q=0.1, x/y;q=0.2", "x/y"),
        ("a/b;q=0, */*", "x/y"),
        ("*/*;q=0.1, A/B ; q=1.0", "a/b"),
        ("a/b;q=nan, x/y;q=0.001", "x/y"),
    ],
)
def test_the_form_liked_best_is_given(accept: str, form: str) -> None:
    assert chosen(accept, ("a/b", "x/y")).media_type == form


@pytest.mark.parametrize("accept", ["a/b;q=0", "c/d", ",", "a/b;q=-1", ", ".join(["a/b"] * 33)])
def test_no_form_is_given_that_is_not_liked(accept: str) -> None:
    with pytest.raises(InvalidInput, match=r"service\.not-acceptable"):
        chosen(accept, ("a/b", "x/y"))


def _size(running: Running) -> int:
    return int(running.signed_in.get("/v1/sessions").json()["as_of"]["tree_size"])
