"""A session's own calls: names as a server knows them, arguments where agents' formats hold them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from attest.capture.mcp.session_calls import arguments_in, mcp_tools, resolve, session_call, tool_names
from attest.model.session import EventKind
from tests.support.claude import Transcript


def test_the_call_of_a_transcript_has_its_id_arguments_and_names() -> None:
    made = Transcript().prompt("Look.").call("mcp__pond__lookup", duck="mallard")
    session = made.session()
    (event,) = [event for event in session.events if event.kind is EventKind.TOOL_CALL]
    record = made.lines()[event.evidence.record].rstrip(b"\n")
    call = session_call(event, record, "d", known=mcp_tools(session))
    assert (call.call_id, call.tools, call.is_mcp) == ("t1", ("lookup",), True)
    assert call.arguments == b'{"duck":"mallard"}'
    assert call.started is not None


def test_a_pointer_may_lead_to_the_arguments_themselves() -> None:
    session = Transcript().prompt("Look.").call("mcp__pond__lookup").session()
    (event,) = [event for event in session.events if event.kind is EventKind.TOOL_CALL]
    at = replace(event, evidence=replace(event.evidence, pointer="/value/state/input"))
    call = session_call(at, b'{"value":{"state":{"input":{"duck":"teal"}}}}', "d", known={})
    assert call.arguments == b'{"duck":"teal"}'


def test_a_servers_name_with_two_underscores_leaves_both_readings_open() -> None:
    made = Transcript().prompt("Look.").call("mcp__plugin__pond__lookup").result("found")
    session = made.session()
    (event,) = [event for event in session.events if event.kind is EventKind.TOOL_CALL]
    assert session_call(event, b"{}", "d", known=mcp_tools(session)).tools == ("pond__lookup", "lookup")


def test_an_agents_own_way_to_name_a_tool_is_understood_where_the_session_reached_it() -> None:
    session = Transcript().prompt("Look.").call("mcp__pond-water__look_up").result("found").session()
    known = mcp_tools(session)
    for name in ("pond-water_look_up", "pond-water-look_up", "mcp_pond-water_look_up"):
        assert known[name] == ("look_up",)
    assert "look_up" not in known, "a tool of the agent's own may have that name"
    renamed = replace(session, events=tuple(replace(event, tool="look_up") for event in session.events))
    assert mcp_tools(renamed) == {"look_up": ("look_up",)}
    nameless = replace(session, access=tuple(replace(one, target="pond_look_up") for one in session.access))
    assert mcp_tools(nameless) == {"pond_look_up": ("pond_look_up",)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mcp__pond__lookup", ("lookup",)),
        ("mcp__plugin__pond__look.up", ("pond__look_up", "look_up")),
        ("Bash", ("Bash",)),
        ("mcp__" + "a__" * 50, tuple("__".join("a" * n) for n in range(8, 0, -1))),
        ("mcp__", ()),
        ("", ()),
    ],
)
def test_a_tools_name_may_begin_after_any_double_underscore(name: str, expected: tuple[str, ...]) -> None:
    assert tool_names(name) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"input": {"a": 1}}, b'{"a":1}'),
        ({"arguments": '{"a": 1}'}, b'{"a":1}'),
        ({"type": "tool", "state": {"input": {"a": 1}}}, b'{"a":1}'),
        ({"data": {"request": {"args": {"a": 1}}}}, b'{"a":1}'),
        (
            {"attributes": [{"key": "gen_ai.tool.call.arguments", "value": {"stringValue": '{"a": 1}'}}]},
            b'{"a":1}',
        ),
        ({"usage": {"input": 5}}, None),
        ({"arguments": "not json"}, None),
        ({"arguments": [1]}, None),
        ({}, None),
    ],
)
def test_arguments_are_found_or_not_known(fields: dict[str, object], expected: bytes | None) -> None:
    assert arguments_in(json.loads(json.dumps(fields))) == expected


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [("", {"a": [{"b~/": 1}]}), ("/a/0/b~0~1", 1), ("/a/7", None), ("/a/-1", None), ("/x/y", None)],
)
def test_a_pointer_that_leads_nowhere_gives_nothing(pointer: str, expected: object) -> None:
    assert resolve({"a": [{"b~/": 1}]}, pointer) == expected
