"""What spans of the GenAI conventions tell of a session, and what they are not made to tell."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from attest.capture.gather.otlp import accepts, sessions
from attest.capture.reader import read_session
from attest.capture.transcript import Transcript
from attest.errors import InvalidInput
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.checks import CheckStatus
from attest.model.session import Actor, EventKind, Session
from tests.support.spans import asked, export, lines, pairs, said, span

Json = dict[str, Any]
CONVERSATION = {"gen_ai.conversation.id": "conv-1"}


def invoked(number: int, words: str = "Add a till", **more: Any) -> Json:
    attributes = {**CONVERSATION, "gen_ai.input.messages": json.dumps([said("user", words)])}
    return span("invoke_agent till", number, attributes=attributes, **more)


def chat(number: int, given: list[Json], answer: list[Json], **more: Any) -> Json:
    told = {"gen_ai.input.messages": json.dumps(given), "gen_ai.output.messages": json.dumps(answer)}
    usage = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 7, "gen_ai.response.model": "m-1"}
    cached = {"gen_ai.usage.cache_read.input_tokens": 60}
    return span("chat m-1", number, attributes={**CONVERSATION, **told, **usage, **cached}, **more)


def executed(number: int, call_id: str, tool: str, result: str, arguments: Json, **more: Any) -> Json:
    told: Json = {"gen_ai.tool.name": tool, "gen_ai.tool.call.result": result, **more.pop("and_", {})}
    ids = {"gen_ai.tool.call.id": call_id, "gen_ai.tool.call.arguments": json.dumps(arguments)}
    return span(f"execute_tool {tool}", number, attributes={**told, **ids}, **more)


def read(tmp_path: Path, data: bytes, conversation: str = "") -> Session:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(data)
    named = path.with_name(f"{path.name}#{conversation}") if conversation else path
    return read_session(line + b"\n" for line in Transcript.open(named).lines())


def turn() -> list[Json]:
    """Exported as they ended: the invocation last."""
    user = said("user", "Add a till")
    call = said("assistant", asked("c1", "write_file", file_path="till.py", content="x = 1\n"))
    answer = said("tool", {"type": "tool_call_response", "id": "c1", "response": "written"})
    return [
        chat(2, [said("system", "You help"), user], [call], parent=1, at=1),
        executed(3, "c1", "write_file", "written", {"file_path": "till.py", "content": "x = 1\n"}, parent=1, at=3),
        chat(4, [said("system", "You help"), user, call, answer], [said("assistant", "Done")], parent=1, at=5),
        invoked(1, at=0),
    ]


def test_spans_are_read_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    session = read(tmp_path, lines(*(export(one) for one in turn())))
    kinds = [event.kind for event in session.events]
    assert kinds == [
        EventKind.NOTICE,
        EventKind.PROMPT,
        EventKind.CONTEXT,
        EventKind.TOOL_CALL,
        EventKind.TOOL_RESULT,
        EventKind.MESSAGE,
    ]
    assert (session.native_id, session.models, session.source.agent_version) == ("conv-1", ("m-1",), "2.1.0")
    assert [one.path for one in session.changes] == ["till.py"]
    assert session.gaps == ()


def test_one_export_of_all_and_one_over_several_lines_read_alike(tmp_path: Path) -> None:
    apart = read(tmp_path, lines(*(export(one) for one in turn())))
    together = read(tmp_path, lines(export(*turn())))
    pretty = read(tmp_path, json.dumps(export(*turn()), indent=1).encode())
    assert [event.preview for event in apart.events] == [event.preview for event in together.events]
    assert together.events == pretty.events


def test_whose_words_a_prompt_is_the_conventions_do_not_say(tmp_path: Path) -> None:
    session = read(tmp_path, lines(export(*turn())))
    assert session.intent is not None
    assert (session.intent.text, session.intent.basis) == ("Add a till", Basis.REPORTED)
    told = invoked(1)
    told["attributes"] = [*told["attributes"], *pairs({"copilot_chat.initiator_type": "user"})]
    session = read(tmp_path, lines(export(told)))
    assert session.intent is not None
    assert session.intent.basis is Basis.OBSERVED
    told["attributes"] = [*told["attributes"], *pairs({})]
    by_agent = invoked(1)
    by_agent["attributes"] = [*by_agent["attributes"], *pairs({"copilot_chat.initiator_type": "agent"})]
    assert read(tmp_path, lines(export(by_agent))).intent is None


def test_context_that_a_program_adds_is_no_prompt_and_history_is_told_once(tmp_path: Path) -> None:
    context = said("user", "<environment>linux</environment>")
    user = said("user", "Add a till")
    spans = [invoked(1), chat(2, [context, user], [], parent=1, at=1), chat(3, [context, user], [], parent=1, at=2)]
    session = read(tmp_path, lines(export(*spans)))
    assert session.directions == ()
    assert [event.kind for event in session.events].count(EventKind.CONTEXT) == 1


def test_the_same_words_twice_are_two_prompts(tmp_path: Path) -> None:
    session = read(tmp_path, lines(export(invoked(1, "go on"), invoked(2, "go on", at=9, trace=2))))
    assert len(session.directions) == 1 or session.intent is not None


def test_an_agent_that_an_agent_invoked_is_a_sub_agent(tmp_path: Path) -> None:
    spans = [
        invoked(1),
        invoked(2, "Look there", parent=1, at=1),
        chat(3, [], [said("assistant", "Seen")], parent=2, at=2),
    ]
    session = read(tmp_path, lines(export(*spans)))
    assert session.directions == ()
    assert [event.actor for event in session.events if event.preview == "Seen"] == [Actor.SUBAGENT]
    assert [one.by_subagents for one in session.usage] == [True]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"process.exit.code": 0}, CheckStatus.PASSED),
        ({"process.exit.code": 1}, CheckStatus.FAILED),
        ({}, CheckStatus.INCONCLUSIVE),
    ],
)
def test_a_check_passed_only_with_a_recorded_exit(tmp_path: Path, more: Json, status: CheckStatus) -> None:
    run = executed(
        2, "c1", "Bash", "3 passed\n<exited with exit code 0>", {"command": "pytest"}, parent=1, at=1, and_=more
    )
    assert [one.status for one in read(tmp_path, lines(export(invoked(1), run))).checks] == [status]


def test_a_tool_without_an_id_of_its_call_still_has_its_result(tmp_path: Path) -> None:
    run = executed(2, "", "Read", "text", {"file_path": "a.py"}, parent=1, at=1)
    session = read(tmp_path, lines(export(invoked(1), run)))
    assert [(one.kind, one.target) for one in session.access] == [(AccessKind.FILE_READ, "a.py")]
    assert session.gaps == ()


def test_without_spans_of_tools_the_next_call_of_the_model_tells_the_outcome(tmp_path: Path) -> None:
    call = said("assistant", asked("c1", "Read", file_path="a.py"))
    answer = said("tool", {"type": "tool_call_response", "id": "c1", "response": "text"})
    user = said("user", "Look")
    spans = [chat(1, [user], [call], at=0), chat(2, [user, call, answer], [said("assistant", "ok")], at=2)]
    session = read(tmp_path, lines(export(*spans)))
    assert session.intent is not None
    assert [one.target for one in session.access] == ["a.py"]
    assert session.gaps == ()


def test_an_mcp_tool_is_an_access_to_its_server(tmp_path: Path) -> None:
    run = executed(2, "c1", "mcp__tickets__get", "text", {"n": 1}, parent=1, at=1)
    session = read(tmp_path, lines(export(invoked(1), run)))
    assert [(one.kind, one.target) for one in session.access] == [(AccessKind.MCP, "tickets/get")]


def test_tokens_read_from_the_cache_are_not_counted_twice(tmp_path: Path) -> None:
    usage = read(tmp_path, lines(export(*turn()))).usage[0]
    assert (usage.messages, usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (2, 80, 120, 14)


def test_of_several_conversations_one_is_the_record_and_the_others_are_a_gap(tmp_path: Path) -> None:
    other = span("invoke_agent till", 9, at=50, trace=9, attributes={"gen_ai.conversation.id": "conv-2"})
    below = chat(8, [said("user", "secret of another")], [], parent=9, at=51, trace=9)
    data = lines(export(*turn()), export(other, below))
    path = tmp_path / "traces.jsonl"
    newest = read(tmp_path, data)
    assert sessions(path) == ("conv-2", "conv-1")
    assert newest.native_id == "conv-2"
    named = read(tmp_path, data, "conv-1")
    assert named.native_id == "conv-1"
    assert [(gap.kind, gap.count) for gap in named.gaps] == [("other-conversation", 1)]
    with pytest.raises(InvalidInput):
        read(tmp_path, data, "conv-3")


def test_what_is_no_span_is_counted(tmp_path: Path) -> None:
    http = {**span("GET /", 7, at=2), "attributes": []}
    data = lines(export(invoked(1), http), {"resourceMetrics": [{}]}) + b'{"resourceSpans":[{"broken\n'
    session = read(tmp_path, data)
    counts = session.counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)
    assert {one.name for one in counts.skipped} >= {"span/not-of-an-agent", "other", "not-json"}


def test_only_exports_with_the_conventions_are_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert accepts(path, lines(export(invoked(1))))
    assert not accepts(path, lines(export({"name": "GET /"})))
    assert not accepts(path, b'{"spans":[{"gen_ai.operation.name":1}]}')
    assert not accepts(path, b'{"type":"user","message":{"content":"\\"resourceSpans\\": [ \\"gen_ai."}}')


def test_visual_studio_is_told_by_its_resource(tmp_path: Path) -> None:
    data = export(invoked(1))
    data["resourceSpans"][0]["resource"] = {"attributes": pairs({"service.namespace": "visualstudio"})}
    assert read(tmp_path, lines(data)).source.agent == "copilot-visualstudio"


def test_hostile_spans_are_nothing(tmp_path: Path) -> None:
    deep: Json = {"stringValue": "x"}
    for _ in range(12):
        deep = {"arrayValue": {"values": [deep]}}
    spans: list[Json] = [
        {"name": [], "attributes": {"a": 1}, "startTimeUnixNano": "9" * 400},
        {"attributes": [None, {"key": 1}, {"key": "gen_ai.operation.name", "value": deep}]},
        span("chat", 4, attributes={"gen_ai.input.messages": "[[1,", "gen_ai.output.messages": "[3]"}),
        span("execute_tool", 5, attributes={"gen_ai.tool.call.arguments": "[1]", "gen_ai.usage.input_tokens": "-3"}),
    ]
    session = read(tmp_path, lines(export(invoked(1), *spans)))
    assert session.intent is not None


def database(path: Path) -> None:
    made = sqlite3.connect(path)
    made.executescript(
        "CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT, parent_span_id TEXT, name TEXT, start_time_ms INTEGER,"
        " end_time_ms INTEGER, status_code INTEGER, status_message TEXT, operation_name TEXT, conversation_id TEXT,"
        " chat_session_id TEXT);"
        "CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT);"
        "CREATE TABLE span_events (id INTEGER PRIMARY KEY, span_id TEXT, name TEXT, timestamp_ms INTEGER, attributes TEXT);"
    )
    rows = [
        ("s1", "t1", None, "invoke_agent Chat", 1_772_000_000_000, "invoke_agent", "chat-1", "chat-1"),
        ("s2", "t1", "s1", "execute_tool read_file", 1_772_000_001_000, "execute_tool", None, None),
        ("s3", "t2", None, "chat title", 1_772_000_000_500, "chat", "other", None),
    ]
    for span_id, trace, parent, name, start, operation, conversation, chat_id in rows:
        row = (span_id, trace, parent, name, start, start + 500, 0, None, operation, conversation, chat_id)
        made.execute("INSERT INTO spans VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
        made.execute("INSERT INTO span_attributes VALUES (?,?,?)", (span_id, "gen_ai.operation.name", operation))
    for key, value in (("gen_ai.tool.name", "read_file"), ("gen_ai.tool.call.arguments", '{"filePath":"/shop/a.py"}')):
        made.execute("INSERT INTO span_attributes VALUES ('s2', ?, ?)", (key, value))
    made.execute("INSERT INTO span_events VALUES (1, 's1', 'user_message', 1772000000000, '{\"content\":\"Look\"}')")
    made.commit()
    made.close()


def test_the_trace_database_of_vs_code_gives_one_chat_session(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database(path)
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    session = read_session(line + b"\n" for line in Transcript.open(path).lines())
    assert (session.native_id, session.source.format) == ("chat-1", "copilot-vscode/traces")
    assert session.intent is not None
    assert (session.intent.text, session.intent.basis) == ("Look", Basis.OBSERVED)
    assert [one.target for one in session.access] == ["/shop/a.py"]
    assert [(gap.kind, gap.count) for gap in session.gaps] == [("other-conversation", 1)]
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before
