"""A session recorded without parts has a page and an API answer that say so; neither is an error."""

from __future__ import annotations

import json

import pytest

from tests.service.conftest import Start, git, transcript

pytestmark = pytest.mark.loopback


def test_page_and_events_of_a_session_without_parts_say_not_kept(start: Start) -> None:
    running = start()
    (running.home / "redaction-keep.json").write_text(json.dumps({"parts": "none"}))
    client = running.signed_in
    oid = git(running.repository, "rev-parse", "HEAD")
    made = client.post(
        "/v1/sessions",
        params={"commit": oid, "repository": str(running.repository)},
        content=transcript(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert made.status_code == 201, made.text
    session = made.json()["session"]
    page = client.get(f"/sessions/{session}")
    assert page.status_code == 200
    assert "Transcript not kept." in page.text
    assert f"/commits/{oid}" in page.text
    events = client.get(f"/v1/sessions/{session}/events")
    assert events.status_code == 200
    assert (events.json()["data"], events.json()["kept"]) == ([], False)
    answer = client.get(f"/commits/{oid}")
    assert answer.status_code == 200
    assert "not kept" in answer.text
    assert client.get(f"/v1/sessions/{session}").json()["parts"]["count"] == 0
