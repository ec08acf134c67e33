"""What each kind of second record tells, and that every item of a payload is accounted for."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.capture.second.copilot_agent import AgentLogs, agent_logs_of, parse_agent_logs_url
from attest.capture.second.payload import MAX_ITEMS
from attest.capture.second.read import AUTO, CONNECTORS, read_second
from attest.errors import InvalidInput
from attest.model.second import Amounts, Control, ItemKind, SecondLog
from tests.support import second


def read(payload: object, *, kind: str = AUTO) -> SecondLog:
    data = payload if isinstance(payload, bytes) else json.dumps(payload, indent=1).encode()
    log = read_second(data, kind=kind)
    assert log.counts.items == log.counts.used + sum(tally.count for tally in log.counts.skipped)
    return log


def test_messages_of_the_compliance_api_give_prompts_and_calls() -> None:
    log = read(second.anthropic_page())
    assert (log.source, log.control, log.session_ids) == ("anthropic-compliance", Control.VENDOR, ("clls_1",))
    prompt, reminder, call = log.rows
    assert (prompt.kind, prompt.text, prompt.injected) == (ItemKind.PROMPT, second.PROMPT, False)
    assert reminder.injected
    assert (call.kind, call.native_id, call.name) == (ItemKind.TOOL_CALL, "t1", "mcp__pond__lookup")
    assert call.arguments == b'{"depth":2,"duck":"mallard"}'
    assert call.pointer == "/data/1/content/1"
    assert [(tally.name, tally.count) for tally in log.counts.skipped] == [
        ("no-prompt-or-call", 1),
        ("synthetic_marker", 1),
    ]


def test_a_page_that_is_not_the_last_and_a_session_that_was_cut_say_so() -> None:
    page = second.anthropic_page()
    page["next_page"] = "page_2"
    page["session"]["truncated"] = True
    page["data"][0]["provenance"] = {"type": "content_unavailable", "reason": "retention_elapsed"}
    assert read(page).cut == ("next-page", "truncated", "retention")


def test_what_the_client_asserted_and_what_was_cut_is_marked() -> None:
    page = second.anthropic_page()
    page["data"][1]["provenance"] = {"type": "client_asserted"}
    page["data"][1]["content"][1]["truncated"] = True
    call = read(page).rows[-1]
    assert call.asserted_by_client
    assert call.arguments is None


def test_events_of_claude_code_give_prompts_decisions_calls_and_tokens() -> None:
    log = read(second.claude_export())
    assert (log.source, log.control, log.session_ids) == ("claude-code-otel", Control.RUNNER, ("s1", "s2"))
    kinds = [(row.kind, row.native_id, row.name, row.value, row.detail) for row in log.rows]
    assert kinds[:4] == [
        (ItemKind.PROMPT, None, "", "", ""),
        (ItemKind.DECISION, "t1", "mcp__pond__lookup", "accept", "user_temporary"),
        (ItemKind.TOOL_CALL, "t1", "mcp__pond__lookup", "", ""),
        (ItemKind.TOKENS, None, "model-a", "", ""),
    ]
    assert log.rows[0].text is None, "a withheld prompt is not an empty one"
    assert log.rows[3].amounts == Amounts(input=10, output=5, cache_read=0, cache_write=None)
    assert log.rows[2].ts is not None
    assert log.rows[2].ts.isoformat() == "2026-03-01T10:00:01+00:00", "when it began, not when it was told of"
    assert [(tally.name, tally.count) for tally in log.counts.skipped] == [("another-event", 1), ("another-program", 1)]


def test_audit_events_of_agents_give_pull_requests_and_commits() -> None:
    log = read(second.github_events())
    assert (log.source, log.control) == ("github-audit", Control.HOST)
    assert [(row.kind, row.value, row.session) for row in log.rows] == [
        (ItemKind.PULL_REQUEST, "https://github.com/pond/ducks/pull/4", "012345a6"),
        (ItemKind.COMMIT, "a" * 40, "012345a6"),
    ]
    assert [(tally.name, tally.count) for tally in log.counts.skipped] == [
        ("copilot-usage-record", 1),
        ("no-commit-or-pull-request", 1),
        ("not-an-agent", 1),
    ]


def test_settings_of_the_agent_are_authority_granted_and_hold_no_secret() -> None:
    log = read(second.copilot_settings())
    assert [(row.name, row.value) for row in log.rows] == [
        ("mcp-server", "pond"),
        ("allowed-tool", "pond/lookup"),
        ("review-tool", "codeql"),
        ("firewall", "on"),
        ("recommended-allowlist", "off"),
        ("workflow-approval", "on"),
        ("network", "ducks.example.test"),
    ]
    assert "hunter2" not in repr(log)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "https://github.com/pond/ducks/sessions/84c3223a-9280",
            AgentLogs(host="github.com", repository="pond/ducks", session="84c3223a-9280"),
        ),
        ("https://github.com/pond/ducks/pull/4", None),
        ("http://github.com/pond/ducks/sessions/84c3223a-9280", None),
        ("https://github.com/pond/ducks/sessions/84c3223a-9280/../x", None),
        ("x" * 2_000, None),
    ],
)
def test_an_agents_trailer_names_host_repository_and_session(value: str, expected: AgentLogs | None) -> None:
    assert parse_agent_logs_url(value) == expected


def test_the_trailer_is_found_wherever_it_stands_in_the_message() -> None:
    url = "https://github.com/pond/ducks/sessions/84c3223a-9280"
    message = f"Count the ducks\n\nAgent-Logs-Url: {url}\n\nCo-authored-by: ada <ada@example.test>\n"
    assert [logs.session for logs in agent_logs_of(message + f"Agent-Logs-Url: {url}\n")] == ["84c3223a-9280"]
    assert agent_logs_of(f"See Agent-Logs-Url: {url}") == ()


def test_messages_of_devin_give_the_prompts_of_people() -> None:
    log = read(second.devin_page())
    assert (log.source, log.cut) == ("devin-messages", ("next-page",))
    assert [(row.text, row.native_id) for row in log.rows] == [(second.PROMPT, "e1")]
    older = {"session_id": "devin-1", "messages": [{"event_id": "e1", "type": "initial_user_message", "message": "Hi"}]}
    assert read(older).session_ids == ("devin-1",)


def test_lines_of_openais_logs_give_what_their_shapes_share_and_the_rest_is_counted() -> None:
    log = read(second.openai_lines())
    assert log.source == "openai-compliance"
    assert [(row.kind, row.text or row.native_id) for row in log.rows] == [
        (ItemKind.PROMPT, second.PROMPT),
        (ItemKind.TOOL_CALL, "call_1"),
    ]
    assert [(tally.name, tally.count) for tally in log.counts.skipped] == [("not-json", 1), ("unknown-event", 1)]


def test_every_connector_says_what_it_lacks_and_no_payload_fits_two() -> None:
    payloads = {
        "anthropic-compliance": second.anthropic_page(),
        "claude-code-otel": second.claude_export(),
        "copilot-agent-settings": second.copilot_settings(),
        "github-audit": second.github_events(),
        "devin-messages": second.devin_page(),
        "openai-compliance": second.openai_lines(),
    }
    assert {connector.source for connector in CONNECTORS} == set(payloads)
    for connector in CONNECTORS:
        assert connector.lacks
        for source, payload in payloads.items():
            if source == connector.source:
                assert read(payload, kind=source).source == source
            else:
                with pytest.raises(InvalidInput):
                    read(payload, kind=connector.source)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "input.empty"),
        (b"hello", "input.unknown-format"),
        (b"[1, 2]", "input.unknown-format"),
        (b'{"a": 1}', "input.unknown-format"),
        (b"[" * 200, "input.unknown-format"),
        (b"\xff\xfe{}", "input.unknown-format"),
    ],
)
def test_what_is_no_second_record_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_second(data)
    assert caught.value.code == code


def test_a_kind_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_second(b"{}", kind="nobody")
    assert caught.value.code == "input.usage"


def test_items_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ITEMS > 1_000
    monkeypatch.setattr("attest.capture.second.payload.MAX_ITEMS", 1)
    log = read(second.github_events())
    assert ("limit", 4) in [(tally.name, tally.count) for tally in log.counts.skipped]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("a1-/~:é<", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a1-/~:é<", max_size=6), inner, max_size=3),
    max_leaves=5,
)
_NAMES = (
    "type role content provenance created_at session data items event_id source message principal event_type timestamp "
    "payload call_id name action actor_is_agent pull_request_url after mcp_configuration is_firewall_enabled "
    "custom_allowlist enabled_tools attributes body resourceLogs next_page"
).split()
_PAYLOAD = st.dictionaries(
    st.sampled_from(_NAMES), _JSON | st.sampled_from(["user", "user_prompt", "tool_use"]), max_size=8
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_PAYLOAD, min_size=1, max_size=4), st.sampled_from(["auto", *(one.source for one in CONNECTORS)]))
def test_no_payload_whatever_it_holds_breaks_a_connector(items: list[dict[str, object]], kind: str) -> None:
    with contextlib.suppress(InvalidInput):
        read(items, kind=kind)
    seeded = [second.anthropic_page()["data"][0] | items[0], second.devin_page()["items"][0] | items[0]]
    with contextlib.suppress(InvalidInput):
        read({"data": seeded, "session": items[-1]}, kind=kind)
