"""Lists that are short, page by page; what never changes has an ETag, and is not sent twice."""

from __future__ import annotations

import hashlib

import pytest

from tests.service.conftest import Recorded, Running
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback
SEED = "11" * 32
NOBODYS = "ses_" + "0" * 26
"""A hold over everything would stop the erasures of other tests."""


@pytest.mark.parametrize(
    "path",
    [
        "/v1/roles",
        "/v1/engagements",
        "/v1/tokens",
        "/v1/webhooks",
        "/v1/holds",
        "/v1/erasures",
        "/v1/populations",
        "/v1/access-log",
        "/v1/sessions/{session}/access-log",
        "/v1/sessions/{session}/change-sets",
    ],
)
def test_every_list_is_given_in_each_form_and_another_is_refused(
    running: Running, recorded: Recorded, path: str
) -> None:
    client, place = running.signed_in, path.format(session=recorded.receipt["session"])
    whole = client.get(place)
    assert whole.status_code == 200, whole.text
    lines = client.get(place, headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    table = client.get(place, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.strip(), "an empty list has its head"
    refused = client.get(place, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "service.not-acceptable")
    assert "application/x-ndjson" in refused.json()["expected"]


def test_holds_are_walked_page_by_page_and_an_id_that_is_none_is_refused(running: Running) -> None:
    client = running.signed_in
    held = [{"matter": f"case-{number}", "sessions": [NOBODYS]} for number in range(3)]
    made = [client.post("/v1/holds", json=body).json()["id"] for body in held]
    seen, place = [], "/v1/holds?limit=2"
    while place:
        page = client.get(place)
        seen += [one["id"] for one in page.json()["data"]]
        assert len(page.json()["data"]) <= 2
        place = page.links["next"]["url"] if "next" in page.links else ""
        assert bool(place) is (page.json()["next"] is not None)
    assert [one for one in seen if one in made] == made
    assert len(seen) == len(set(seen))
    refused = client.get("/v1/holds?after=hld_0")
    assert (refused.status_code, refused.json()["code"]) == (400, "service.cursor")


def test_rows_of_a_population_and_a_draw_from_a_known_seed_are_not_sent_twice(
    running: Running, recorded: Recorded
) -> None:
    assert recorded
    client = running.signed_in
    name = client.post(
        "/v1/populations", json={"unit": "commit", "seed_sha256": hashlib.sha256(bytes.fromhex(SEED)).hexdigest()}
    ).json()["id"]
    for place in (f"/v1/populations/{name}/rows", f"/v1/populations/{name}/sample?seed={SEED}&size=1"):
        first = client.get(place)
        assert (first.status_code, first.headers["cache-control"].split(",")[0]) == (200, "private"), first.text
        again = client.get(place, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(place, headers={"If-None-Match": '"sha256-0"'}).content == first.content


def test_what_is_longer_than_any_name_is_refused_before_it_is_looked_up(running: Running) -> None:
    client = running.signed_in
    for place in ("sessions", "attestations", "populations", "erasures", "webhooks", "commits"):
        reply = client.get(f"/v1/{place}/{'a' * 129}")
        assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed"), place
        assert "aaaaaaaaaaaa" not in reply.text


def test_a_transcript_with_half_a_character_is_recorded_and_read(running: Running) -> None:
    client = running.signed_in
    line = b"".join(Transcript().prompt("Please half").lines()).replace(b"Please half", b"Please \\ud800 half")
    assert b"\\ud800" in line
    made = client.post("/v1/sessions", content=line, headers={"Content-Type": "application/octet-stream"})
    assert made.status_code == 201, made.text
    read = client.get(f"/v1/sessions/{made.json()['session']}/events")
    assert read.status_code == 200, read.text
    assert read.json()["data"]


def test_a_moment_before_all_clocks_is_refused_where_it_is_read(running: Running) -> None:
    asked = {"name": "sam", "cause": "audit", "purpose": "INC-7", "items": ["ses_01J00000000000000000000001"]}
    times = {"starts_at": "0003-01-01T00:00:00Z", "expires_at": "0003-01-01T00:10:12Z"}
    reply = running.signed_in.post("/v1/engagements", json=asked | times)
    assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed")
