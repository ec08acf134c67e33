"""The receiver of OpenTelemetry exports: JSON, bounded, for who is signed in on this machine; spooled, never answered before."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.service.conftest import Running, Start
from tests.support.spans import export, pairs, span

pytestmark = pytest.mark.loopback

JSON = {"Content-Type": "application/json"}


def _spans(conversation: str, words: str = "Add a till") -> bytes:
    attributes = {"gen_ai.conversation.id": conversation, "copilot_chat.user_request": words}
    return json.dumps(export(span("invoke_agent till", 1, attributes=attributes))).encode()


def _post(running: Running, content: bytes, path: str = "/v1/traces", **headers: str) -> tuple[int, dict[str, Any]]:
    reply = running.signed_in.post(
        path, content=content, headers=JSON | {k.replace("_", "-"): v for k, v in headers.items()}
    )
    return reply.status_code, reply.json()


def test_spans_are_spooled_and_can_be_recorded(running: Running) -> None:
    assert _post(running, _spans("conv-spans-1")) == (200, {})
    path = running.home / "otlp" / "conv-spans-1.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    reply = running.signed_in.post(
        "/v1/sessions", content=path.read_bytes(), headers={"Content-Type": "application/octet-stream"}
    )
    assert reply.status_code == 201, reply.text
    detail = running.signed_in.get(f"/v1/sessions/{reply.json()['session']}").json()
    assert detail["facts"]["agent"]["value"] == "otel-genai"


def test_gzip_is_taken_and_bounded_by_what_it_grows_to(start: Start) -> None:
    running = start(otlp_bytes=64 * 1024)
    assert _post(running, gzip.compress(_spans("conv-gzip-1")), Content_Encoding="gzip") == (200, {})
    bomb = gzip.compress(b" " * (1024 * 1024))
    assert _post(running, bomb, Content_Encoding="gzip")[1]["code"] == "input.too-large"
    assert _post(running, b"x" * (65 * 1024))[1]["code"] == "input.too-large"
    for torn in (gzip.compress(b"{}")[:-4], b"no gzip", gzip.compress(b"{}") + b"more"):
        assert _post(running, torn, Content_Encoding="gzip")[1]["code"] == "input.malformed"


def test_protobuf_is_told_what_to_send_instead(running: Running) -> None:
    status, problem = _post(running, b"\x0a\x00", Content_Type="application/x-protobuf")
    assert (status, problem["code"]) == (415, "service.media-type")
    assert "http/json" in problem["hint"]
    assert _post(running, b"{}", Content_Encoding="br")[0] == 415


def test_log_records_of_agents_are_kept_and_others_counted(running: Running) -> None:
    ours = {
        "eventName": "claude_code.tool_decision",
        "attributes": pairs({"session.id": "conv-logs-1", "decision": "accept"}),
    }
    other = {"body": {"stringValue": "GET /"}, "attributes": []}
    content = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [ours, other]}]}]}).encode()
    status, answer = _post(running, content, "/v1/logs")
    assert (status, answer) == (
        200,
        {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "not of an agent"}},
    )
    assert b"tool_decision" in (running.home / "otlp" / "conv-logs-1.jsonl").read_bytes()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"resourceSpans":3}', b"[" * 100_000])
def test_what_is_no_export_is_a_problem(running: Running, content: bytes) -> None:
    status, problem = _post(running, content)
    assert (status, problem["code"]) == (400, "input.malformed")


def test_nobody_is_let_in_without_a_token(running: Running) -> None:
    reply = running.client().post("/v1/traces", content=_spans("conv-nobody"), headers=JSON)
    assert reply.status_code == 401
    assert not (running.home / "otlp" / "conv-nobody.jsonl").exists()


def test_neither_answers_nor_the_service_log_hold_words_of_an_export(running: Running) -> None:
    _post(running, _spans("conv-words-1", "heron of the export"))
    assert "heron of the export" not in running.log.getvalue()
