"""Promise: whatever is handed in, in whatever member, no word of it is in a log line; every line is JSON."""

from __future__ import annotations

import json
import time

import pytest

from tests.service.conftest import Recorded, Running, transcript

pytestmark = pytest.mark.loopback
SECRET = "gh" + "p_" + "4bQ8nT2xV6kZ1mR7cY3wL9sD5hJ0fGpA8eUi"
WORDS = ("quagga-orchard", SECRET, "ada.planted@example.test")
MEMBERS = {"event", "level", "at", "request", "method", "route", "status", "ms", "code"}
"""Of a line about a request."""


def lines(running: Running, marker: str) -> list[dict[str, object]]:
    """Give all lines; the last request's line is waited for, because it is written after its answer."""
    while marker not in running.log.getvalue():
        time.sleep(0.01)
    time.sleep(0.05)
    return [json.loads(line) for line in running.log.getvalue().splitlines()]


def test_no_word_of_any_input_is_in_a_log_line(running: Running, recorded: Recorded) -> None:
    client, word = running.signed_in, WORDS[0]
    headers = {
        "User-Agent": word,
        "Referer": f"https://example.test/{word}",
        "X-Request-Id": word,
        "Idempotency-Key": SECRET,
        "Cookie": f"whereof_1={SECRET}",
        "Accept-Language": word,
    }
    for path in (
        f"/{word}",
        f"/v1/commits/{word}",
        f"/v1/attestations/{word}/bundle",
        f"/v1/entries/{word}",
        f"/sessions/{word}",
        f"/search?q={word}",
        f"/v1/sessions?cursor={SECRET}",
        f"/sign-in/{word}",
        f"/logs/{word}/checkpoint",
    ):
        client.get(path, headers=headers)
    client.get("/v1/sessions", headers={"Authorization": f"Bearer {SECRET}"})
    body = json.dumps(
        {"resourceSpans": [{"resource": {"attributes": [{"key": word, "value": {"stringValue": SECRET}}]}}]}
    )
    for path, kind in (
        ("/v1/attestations", "application/json"),
        ("/v1/attestations:batch", "application/jsonl"),
        ("/v1/traces", "application/json"),
        ("/v1/sessions", "application/octet-stream"),
        ("/v1/nowhere", word),
        ("/logs/default/api/v1/log/entries", "application/json"),
        ("/logs/default/api/v2/signingCert", "application/json"),
    ):
        client.post(path, content=body.encode(), headers={**headers, "Content-Type": kind})
        client.post(path, content=" ".join(WORDS).encode(), headers={**headers, "Content-Type": kind})
    taken = client.post(
        "/v1/sessions",
        params={"commit": recorded.oid, "repository": str(running.repository), "note": word},
        content=transcript(" and ".join(WORDS)),
        headers=headers,
    )
    assert taken.status_code in {201, 422}
    client.get("/nowhere-at-all", headers=headers)
    client.put("/v1/sessions")
    found = lines(running, '"PUT"')
    said = running.log.getvalue()
    assert [word for word in (*WORDS, running.token) if word in said] == []
    assert {one["event"] for one in found} >= {"request"}
    assert all(set(one) == MEMBERS or set(one) == MEMBERS - {"code"} for one in found if one["event"] == "request")
    assert all({"event", "level", "at"} <= set(one) for one in found)


def test_a_failure_inside_says_its_type_and_none_of_its_words(
    running: Running, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.app.state.service

    def falls(*_arguments: object, **_named: object) -> None:
        raise RuntimeError(" ".join(WORDS))

    monkeypatch.setattr(type(service.log), "head", falls)
    reply = running.client().get("/readyz")
    monkeypatch.undo()
    assert (reply.status_code, reply.json()["code"]) == (500, "service.internal")
    asked = reply.headers["X-Request-Id"]  # other tests' open streams ask for the head as well
    found = [one for one in lines(running, "request-failed") if one["event"] == "request-failed"]
    assert [one["error"] for one in found if one["request"] == asked] == ["RuntimeError"]
    assert [word for word in WORDS if word in running.log.getvalue() + reply.text] == []
