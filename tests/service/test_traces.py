"""Promise: traces go to the one collector that was named, hold no words and nobody, and nothing ever waits for them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from api import traces as module
from api.trace_context import CALLER, Parent, parent_in
from api.traces import MAX_WAITING, Traces
from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError, InvalidInput
from tests.service.conftest import SECRET_WORD, Running, Start, git, transcript

pytestmark = pytest.mark.loopback
REQUEST = {"event": "request", "method": "GET", "route": "/v1/sessions", "status": 200, "ms": 12.5, "request": "req_1"}


class Collector:
    """An OTLP/HTTP receiver in this process."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(
                    self.path.encode() + b" " + self.rfile.read(int(self.headers["Content-Length"]))
                )
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[dict[str, Any]]:
        exports = [json.loads(one.partition(b" ")[2]) for one in list(self.bodies)]
        return [
            span
            for export in exports
            for resource in export["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Give the spans of a name, waiting for the first."""
        for _ in range(400):
            if found := [one for one in self.spans if one["name"] == name]:
                return found
            time.sleep(0.05)
        return []


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def traced(start: Start) -> Iterator[tuple[Running, Collector]]:
    """Give a service and the collector that it was told of."""
    made = Collector()
    yield start(otlp_endpoint=made.url), made
    made.server.shutdown()
    made.server.server_close()


def facts(span: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def made(endpoint: str | None) -> tuple[Traces, list[BaseException]]:
    found, failures = Traces(endpoint, SystemClock(), SystemEntropy()), []
    found.on_failure = failures.append
    return found, failures


def test_requests_and_groups_are_spans_without_a_word_or_a_name(traced: tuple[Running, Collector]) -> None:
    running, collector = traced
    client, word = running.signed_in, "quagga-orchard"
    asked = {"commit": git(running.repository, "rev-parse", "HEAD"), "repository": str(running.repository)}
    headers = {"Content-Type": "application/octet-stream", "User-Agent": word, "traceparent": word}
    reply = client.post("/v1/sessions", params=asked, content=transcript(word), headers=headers)
    assert reply.status_code == 201, reply.text
    client.get(f"/v1/commits/{word}", headers=headers)
    (recorded,) = collector.named("POST /v1/sessions")
    assert (facts(recorded)["http.response.status_code"], recorded["kind"]) == ("201", 2)
    (refused,) = collector.named("GET /v1/commits/{oid}")
    assert facts(refused)["whereof.code"]
    groups = collector.named("log group")
    assert sum(int(facts(one)["whereof.entries"]) for one in groups) >= 1
    for one in collector.spans:
        assert re.fullmatch("[0-9a-f]{32} [0-9a-f]{16}", f"{one['traceId']} {one['spanId']}")
        assert int(one["startTimeUnixNano"]) <= int(one["endTimeUnixNano"])
        assert set(facts(one)) <= {
            "http.request.method", "http.route", "http.response.status_code", "whereof.request", "whereof.code",
            "whereof.entries",
        }  # fmt: skip
    sent = b"".join(collector.bodies)
    said = sent.decode()
    assert [one for one in (word, SECRET_WORD, running.token, asked["commit"], "127.0.0.1") if one in said] == []
    assert re.search(r"\bada\b", said, re.IGNORECASE) is None  # letters of an id may spell it
    assert all(one.startswith(b"/v1/traces ") for one in collector.bodies)
    time.sleep(1.05)
    assert re.search(r'whereof_spans_total\{fate="sent"\} [1-9]', running.client().get("/metrics").text)


def test_a_request_is_a_span_of_its_callers_trace_and_no_line_says_so(traced: tuple[Running, Collector]) -> None:
    running, collector = traced
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    client = running.client()
    client.get("/healthz", headers={"traceparent": f"00-{trace}-{parent}-00", "tracestate": "quagga=orchard"})
    client.get("/readyz")
    (taken,) = collector.named("GET /healthz")
    assert (taken["traceId"], taken["parentSpanId"]) == (trace, parent)
    assert taken["spanId"] != parent
    (own,) = collector.named("GET /readyz")
    assert own["traceId"] != trace
    assert "parentSpanId" not in own
    assert not [one for one in (trace, parent, "quagga") if one in running.log.getvalue()]
    assert b"quagga" not in b"".join(collector.bodies)


_TRACE, _SPAN = b"0af7651916cd43dd8448eb211c80319c", b"b7ad6b7169203331"
_GOOD = b"00-" + _TRACE + b"-" + _SPAN + b"-01"


_NO_PARENTS = {
    "none": [],
    "two": [_GOOD, _GOOD],
    "empty": [b""],
    "more": [_GOOD + b"-extra"],
    "end of line": [_GOOD + b"\n"],
    "space": [b" " + _GOOD],
    "upper case": [_GOOD.upper()],
    "version 01": [b"01" + _GOOD[2:]],
    "version ff": [b"ff" + _GOOD[2:]],
    "no flags": [_GOOD[:-3]],
    "other dashes": [_GOOD.replace(b"-", b"_")],
    "no trace": [_GOOD.replace(_TRACE, b"0" * 32)],
    "no span": [_GOOD.replace(_SPAN, b"0" * 16)],
    "no hex": [_GOOD.replace(b"b7", b"g7")],
    "other digits": [_GOOD.replace(b"7", "\u0667".encode())],
    "long": [b"0" * 100_000],
}


@pytest.mark.parametrize("case", _NO_PARENTS)
def test_what_is_no_trace_parent_of_version_00_is_ignored(case: str) -> None:
    assert parent_in([(b"traceparent", one) for one in _NO_PARENTS[case]]) is None


def test_a_trace_parent_is_read_whatever_its_flags_and_the_case_of_its_name() -> None:
    found = Parent(trace=_TRACE.decode(), span=_SPAN.decode())
    for flags in (b"00", b"01", b"ff"):
        assert parent_in([(b"accept", b"*/*"), (b"Traceparent", _GOOD[:-2] + flags)]) == found
    assert CALLER.get() is None  # what one request says is not there for what runs beside it


def test_nothing_is_made_where_no_collector_is_named(running: Running) -> None:
    assert "whereof_spans" not in running.client().get("/metrics").text
    quiet, failures = made(None)
    quiet.start()
    quiet.happened("info", REQUEST)
    append = object()
    assert quiet.around(append) is append  # type: ignore[arg-type, comparison-overlap]
    quiet.close()
    assert (quiet.on, quiet.sent, quiet.dropped, failures) == (False, 0, 0, [])


def test_what_finds_no_place_or_no_collector_is_dropped_and_counted(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    collector.status = 503
    traces, failures = made(collector.url)
    for _ in range(MAX_WAITING + 10):
        traces.happened("info", REQUEST)
    assert traces.dropped == 10
    traces.start()
    traces.close()
    assert (traces.sent, len(failures) > 0) == (0, True)
    assert traces.dropped > 10
    assert all(isinstance(one, AttestError) and one.code == "service.away" for one in failures)


def test_a_collector_that_comes_back_gets_what_comes_then(collector: Collector) -> None:
    traces, failures = made(f"{collector.url}/v1/traces")
    traces.happened("info", REQUEST | {"status": 500, "method": "BREW\n"})
    collector.status = 500
    traces._send_all()
    collector.status = 200
    traces.happened("info", REQUEST)
    traces.happened("info", {"event": "session"})
    traces._send_all()
    assert (traces.sent, traces.dropped, len(failures)) == (1, 1, 1)
    lost, kept = collector.spans
    assert (lost["name"], lost["status"]) == ("_OTHER /v1/sessions", {"code": 2})
    assert int(kept["endTimeUnixNano"]) - int(kept["startTimeUnixNano"]) == 12_500_000


def test_a_group_that_fails_is_a_failed_span_and_fails_as_before(collector: Collector) -> None:
    traces, _ = made(collector.url)

    def falls(*_arguments: object, **_named: object) -> tuple[()]:
        raise RuntimeError("words")

    with pytest.raises(RuntimeError):
        traces.around(falls)([])
    traces._send_all()
    (span,) = collector.spans
    assert (span["name"], span["status"], b"words" in collector.bodies[0]) == ("log group", {"code": 2}, False)


@pytest.mark.parametrize(
    "endpoint", ["collector:4318", "ftp://collector", "http://user@collector", "http://a b", "http://"]
)
def test_what_is_no_address_ends_the_start(endpoint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(endpoint)
    assert caught.value.code == "service.target"
