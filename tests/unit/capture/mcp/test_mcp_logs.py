"""What is read from an MCP log: calls paired with their answers, and every line and message accounted for."""

from __future__ import annotations

import contextlib
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.capture.mcp import jsonrpc, log_lines
from attest.capture.mcp.read import read_mcp_log
from attest.errors import InvalidInput
from attest.model.mcp import CallState, Direction, LogOwner, McpLog, McpSource

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def digest(line: bytes) -> str:
    return hashlib.sha256(b"salt" + line).hexdigest()


def call(number: object, tool: str = "lookup", **arguments: object) -> dict[str, object]:
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


def answer(number: object, **result: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "result": {"content": [], **result}}


def attribute(key: str, value: object) -> dict[str, object]:
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}


def span(span_id: str, kind: int, parent: str = "", **attributes: object) -> dict[str, object]:
    names = {"mcp.method.name": "tools/call", "gen_ai.tool.name": "lookup", **attributes}
    return {
        "traceId": "0AF7651916CD43DD8448EB211C80319C",
        "spanId": span_id,
        "parentSpanId": parent,
        "kind": kind,
        "startTimeUnixNano": "1777629600500000000",
        "endTimeUnixNano": "1777629601000000000",
        "attributes": [attribute(key, value) for key, value in names.items()],
    }


def export(*spans: dict[str, object]) -> dict[str, object]:
    resource = {"attributes": [attribute("service.name", "ledger-server")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


def read(*lines: object, owner: LogOwner = LogOwner.SERVER) -> McpLog:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    log = read_mcp_log(data, owner=owner, digest=digest)
    counts = log.counts
    assert counts.lines == counts.lines_used + sum(t.count for t in counts.lines_skipped)
    assert counts.messages == counts.requests + counts.answers + counts.notifications + sum(
        t.count for t in counts.messages_skipped
    )
    return log


def test_a_call_is_paired_with_its_answer_and_keeps_the_salted_digest_of_both_lines() -> None:
    first, second = json.dumps(call(1, account=4)).encode(), json.dumps(answer(1)).encode()
    log = read(first, second)
    (one,) = log.calls
    assert (one.tool, one.request_id, one.state) == ("lookup", "n:1", CallState.ANSWERED)
    assert one.arguments == b'{"account":4}'
    assert one.originals == (digest(first), digest(second))
    assert (log.source, one.owner) == (McpSource.JSONRPC, LogOwner.SERVER)


def test_a_tool_that_failed_is_not_a_protocol_error() -> None:
    refused = {"jsonrpc": "2.0", "id": 2, "error": {"code": -32602, "message": "no such tool"}}
    log = read(call(1), call(2), answer(1, isError=True), refused)
    assert [one.state for one in log.calls] == [CallState.TOOL_ERROR, CallState.RPC_ERROR]


def test_the_number_seven_and_the_text_seven_are_two_ids() -> None:
    log = read(call(7, which="number"), call("7", which="text"), answer("7", isError=True))
    assert [one.state for one in log.calls] == [CallState.UNANSWERED, CallState.TOOL_ERROR]


def test_both_sides_count_from_one_and_answers_find_the_request_that_went_the_other_way() -> None:
    log = read(
        {"dir": "c2s", "message": call(1)},
        {"dir": "s2c", "message": {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}}},
        {"dir": "c2s", "message": {"jsonrpc": "2.0", "id": 1, "result": {}}},
        {"dir": "s2c", "message": answer(1, isError=True)},
    )
    assert [(one.method, one.direction, one.state) for one in log.calls] == [
        ("tools/call", Direction.TO_SERVER, CallState.TOOL_ERROR),
        ("sampling/createMessage", Direction.TO_CLIENT, CallState.ANSWERED),
    ]


def test_an_answer_that_could_belong_to_two_requests_is_counted_and_belongs_to_neither() -> None:
    log = read(
        call(1),
        {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}},
        answer(1),
    )
    assert {one.state for one in log.calls} == {CallState.UNANSWERED}
    assert [(t.name, t.count) for t in log.counts.messages_skipped] == [("ambiguous-answer", 1)]


def test_sessions_do_not_mix_though_their_ids_do() -> None:
    log = read(
        {"sessionId": "a", "payload": json.dumps(call(1, who="a"))},
        {"sessionId": "b", "payload": json.dumps(call(1, who="b"))},
        {"sessionId": "b", "payload": json.dumps(answer(1, isError=True))},
    )
    assert [(one.session_id, one.state) for one in log.calls] == [
        ("a", CallState.UNANSWERED),
        ("b", CallState.TOOL_ERROR),
    ]


def test_the_session_may_be_named_in_the_headers() -> None:
    log = read({"headers": {"Mcp-Session-Id": "s-1"}, "body": call(1)})
    assert log.calls[0].session_id == "s-1"


def test_the_message_may_lie_deeper_beside_other_objects() -> None:
    log = read({"meta": {"host": "h"}, "event": {"level": {}, "data": {"sessionId": "s-1", "message": call(1)}}})
    assert (log.calls[0].tool, log.calls[0].session_id) == ("lookup", "s-1")


def test_a_batch_is_read_message_by_message() -> None:
    log = read([call(1), {"jsonrpc": "2.0", "method": "notifications/progress"}, call(2)], [answer(2), answer(1), 5])
    assert [(one.record, one.place, one.state) for one in log.calls] == [
        (0, 0, CallState.ANSWERED),
        (0, 2, CallState.ANSWERED),
    ]
    assert log.counts.notifications == 1
    assert [t.name for t in log.counts.messages_skipped] == ["not-a-message"]


def test_trace_and_tool_use_id_are_read_from_meta() -> None:
    message = call(1)
    message["params"]["_meta"] = {"traceparent": TRACEPARENT, "vendor.example/toolUseId": "toolu_0123456789"}  # type: ignore[index]
    (one,) = read(message).calls
    assert (one.trace_id, one.span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert one.tool_use_id == "toolu_0123456789"


@pytest.mark.parametrize(
    "bad",
    ["", "00-0-0-0", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff" + TRACEPARENT[2:], "00-" + "g" * 32 + "-1-01", 7],
)
def test_what_is_no_traceparent_gives_no_trace(bad: object) -> None:
    assert jsonrpc.parse_traceparent(bad) == (None, None)


def test_times_and_server_come_from_the_envelope_and_the_handshake() -> None:
    start = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}}
    hello = {"jsonrpc": "2.0", "id": 0, "result": {"serverInfo": {"name": "ledger-server"}}}
    log = read(
        {"ts": "2026-05-01T10:00:00Z", "msg": start},
        {"ts": 1777629601, "msg": hello},
        {"ts": 1777629602500, "msg": call(1)},
        {"ts": "2026-05-01T10:00:04Z", "msg": answer(1)},
    )
    one = log.calls[1]
    assert one.server == "ledger-server"
    assert one.started is not None
    assert one.ended is not None
    assert (one.started.isoformat(), one.ended.isoformat()) == (
        "2026-05-01T10:00:02.500000+00:00",
        "2026-05-01T10:00:04+00:00",
    )


def test_with_a_page_as_owner_the_origin_stands_for_the_server() -> None:
    log = read({"origin": "https://shop.example", "message": call(1)}, owner=LogOwner.PAGE)
    assert (log.source, log.calls[0].server) == (McpSource.WEBMCP, "https://shop.example")


def test_a_cancelled_request_says_so() -> None:
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    assert read(call(1), cancel).calls[0].state is CallState.CANCELLED


def test_a_request_under_a_waiting_id_leaves_the_first_unanswered() -> None:
    log = read(call(1, turn=1), call(1, turn=2), answer(1))
    assert [one.state for one in log.calls] == [CallState.UNANSWERED, CallState.ANSWERED]


def test_waiting_requests_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonrpc, "MAX_WAITING", 2)
    log = read(call(1), call(2), call(3), answer(1), answer(3))
    assert [one.state for one in log.calls] == [CallState.UNANSWERED, CallState.UNANSWERED, CallState.ANSWERED]
    assert [t.name for t in log.counts.messages_skipped] == ["answer-without-request"]


@pytest.mark.parametrize("line", [call(1), export()], ids=["messages", "spans"])
def test_lines_beyond_the_limit_are_counted(line: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_LINES", 2)
    assert [(t.name, t.count) for t in read(line, line, line).counts.lines_skipped] == [("limit", 1)]


def test_hostile_lines_are_counted_and_do_no_harm() -> None:
    log = read(
        call(1),
        b"\xff\xfe",
        b"{" * 100,
        b'{"jsonrpc":"2.0","jsonrpc":"2.0"}',
        {"hello": "there"},
        {"jsonrpc": "2.0", "id": True, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1, "method": 5},
        {"jsonrpc": "2.0", "id": {"a": 1}, "result": 1},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": [1]},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"arguments": {"n": 2**60}}},
    )
    assert [(t.name, t.count) for t in log.counts.lines_skipped] == [
        ("duplicate-key", 1),
        ("no-message", 1),
        ("not-utf8", 1),
        ("too-deep", 1),
    ]
    assert [(t.name, t.count) for t in log.counts.messages_skipped] == [("bad-id", 2), ("bad-method", 1)]
    assert log.calls[-1].arguments is None


@pytest.mark.parametrize(("data", "code"), [(b" \n", "input.empty"), (b'{"a":1}\n', "input.unknown-format")])
def test_what_is_no_log_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_mcp_log(data, owner=LogOwner.SERVER, digest=digest)
    assert caught.value.code == code


def test_spans_of_mcp_are_calls_and_other_spans_are_counted() -> None:
    ids = {"mcp.session.id": "s-1", "jsonrpc.request.id": "4", "gen_ai.tool.call.arguments": '{"b":1,"a":2}'}
    other: dict[str, object] = {"traceId": "1" * 32, "spanId": "2" * 16, "name": "GET /", "attributes": []}
    log = read(export(span("b7ad6b7169203331", 3, **ids), other))
    (one,) = log.calls
    assert (one.session_id, one.request_id, one.tool, one.server) == ("s-1", "n:4", "lookup", "ledger-server")
    assert (one.trace_id, one.span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert one.arguments == b'{"a":2,"b":1}'
    assert one.started is not None
    assert one.started.isoformat() == "2026-05-01T10:00:00.500000+00:00"
    assert [(t.name, t.count) for t in log.counts.messages_skipped] == [("not-mcp", 1)]


def test_a_servers_span_below_the_clients_is_the_same_call() -> None:
    client, server = span("b7ad6b7169203331", 3), span("00f067aa0ba902b7", 2, parent="b7ad6b7169203331")
    log = read(export(server), export(client))
    assert [(one.record, one.span_id) for one in log.calls] == [(1, "b7ad6b7169203331")]
    assert len(log.calls[0].originals) == 2
    assert [(t.name, t.count) for t in log.counts.messages_skipped] == [("merged-server-span", 1)]


def test_a_servers_span_alone_is_known_by_its_callers_span() -> None:
    log = read(export(span("00f067aa0ba902b7", 2, parent="b7ad6b7169203331", **{"error.type": "tool_error"})))
    assert (log.calls[0].span_id, log.calls[0].state) == ("b7ad6b7169203331", CallState.TOOL_ERROR)


@pytest.mark.parametrize(
    ("status", "state"),
    [({"code": 2}, CallState.RPC_ERROR), ({"code": 1}, CallState.ANSWERED), ({"code": []}, CallState.ANSWERED)],
)
def test_the_status_of_a_span_says_whether_the_call_failed(status: dict[str, object], state: CallState) -> None:
    assert read(export(span("b7ad6b7169203331", 3) | {"status": status})).calls[0].state is state


def test_an_export_over_several_lines_is_read_whole() -> None:
    data = json.dumps(export(span("b7ad6b7169203331", 3)), indent=2).encode()
    assert len(read_mcp_log(data, owner=LogOwner.GATEWAY, digest=digest).calls) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a1-/~:é<", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a1-/~:é<", max_size=6), inner, max_size=3),
    max_leaves=6,
)
_MESSAGE = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": st.sampled_from([1, "1", 2.5, None, True, {}]) | _JSON,
        "method": st.sampled_from(["tools/call", "ping", "notifications/cancelled", "initialize"]) | _JSON,
        "params": _JSON
        | st.fixed_dictionaries({"name": _JSON, "arguments": _JSON, "_meta": _JSON, "requestId": _JSON}),
        "result": _JSON | st.fixed_dictionaries({"isError": _JSON, "serverInfo": _JSON}),
        "error": _JSON,
    },
)
_SPANS = st.fixed_dictionaries(
    {
        "resourceSpans": _JSON
        | st.lists(
            st.fixed_dictionaries(
                {"resource": _JSON, "scopeSpans": _JSON | st.lists(st.fixed_dictionaries({"spans": st.lists(_JSON)}))}
            )
        )
    }
)


@given(
    st.lists(_MESSAGE | _SPANS | _JSON | st.fixed_dictionaries({"ts": _JSON, "dir": _JSON, "m": _MESSAGE}), max_size=6)
)
def test_no_log_whatever_it_holds_breaks_the_reader_or_its_counts(lines: list[object]) -> None:
    with contextlib.suppress(InvalidInput):
        read(*lines, owner=LogOwner.CLIENT)
