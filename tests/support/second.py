"""Small payloads of second records, of our own, in the forms their sources document."""

from __future__ import annotations

import json
from typing import Any

PROMPT = "Look the ducks up, then write to their keeper about them."


def _stamp(second: int) -> str:
    return f"2026-03-01T10:00:{second:02d}.000Z"


def _message(number: int, role: str, *content: dict[str, Any], provenance: str | None = None) -> dict[str, Any]:
    return {
        "type": "compliance_local_session_message",
        "id": f"clsm_{number}",
        "role": role,
        "created_at": _stamp(number),
        "model": "model-a" if role == "assistant" else None,
        "provenance": {"type": provenance} if provenance else None,
        "content": list(content),
    }


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "truncated": False}


def tool_use(call: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": json.dumps(arguments), "truncated": False}


def anthropic_page(*more: dict[str, Any]) -> dict[str, Any]:
    """Give a page of a local session's transcript: a prompt, one call, its result."""
    result = {"type": "tool_result", "tool_use_id": "t1", "name": "mcp__pond__lookup", "is_error": False, "content": []}
    return {
        "data": [
            _message(0, "user", text(PROMPT), text("<system-reminder>Be kind.</system-reminder>")),
            _message(1, "assistant", text("Yes."), tool_use("t1", "mcp__pond__lookup", duck="mallard", depth=2)),
            _message(2, "user", result),
            _message(3, "user", text("[system prompt not shown]"), provenance="synthetic_marker"),
            *more,
        ],
        "next_page": None,
        "session": {"type": "compliance_local_session", "id": "clls_1", "truncated": False},
    }


def _attributes(**values: object) -> list[dict[str, Any]]:
    return [{"key": name.replace("__", "."), "value": {"stringValue": str(value)}} for name, value in values.items()]


def _event(name: str, second: int, session: str = "s1", **values: object) -> dict[str, Any]:
    found = _attributes(event__name=name, event__timestamp=_stamp(second), session__id=session, **values)
    return {"timeUnixNano": "1", "body": {"stringValue": f"claude_code.{name}"}, "attributes": found}


def claude_export() -> dict[str, Any]:
    """Give an export of logs with one turn of session `s1`, one event of another session, and one of another program."""
    call = {"tool_name": "mcp__pond__lookup", "tool_use_id": "t1"}
    records = [
        _event("user_prompt", 0, prompt="<REDACTED>", prompt_length=57),
        _event("tool_decision", 1, decision="accept", source="user_temporary", **call),
        _event("tool_result", 3, success="true", duration_ms=2_000, **call),
        _event("api_request", 4, model="model-a", input_tokens=10, output_tokens=5, cache_read_tokens=0),
        _event("api_request", 4, session="s2", model="model-a", input_tokens=7_000, output_tokens=1),
        _event("hook_registered", 5),
        {"timeUnixNano": "1", "body": {"stringValue": "started"}, "attributes": []},
    ]
    return {"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [{"logRecords": records}]}]}


def github_events() -> list[dict[str, Any]]:
    """Give events of the audit log: two of an agent's session, one without session, one of a person, one of usage."""
    common = {
        "actor": "Copilot",
        "actor_is_agent": True,
        "agent_session_id": "012345a6",
        "@timestamp": 1_772_359_200_000,
    }
    return [
        {"action": "pull_request.create", "pull_request_url": "https://github.com/pond/ducks/pull/4", **common},
        {"action": "git.push", "after": "a" * 40, **common},
        {"action": "copilot.task", "actor_is_agent": True, "@timestamp": 1_772_359_200_000},
        {"action": "repo.create", "actor_is_agent": False, "@timestamp": 1_772_359_200_000},
        {"type": "request", "github_request_id": "r", "body": "{}", "@timestamp": 1_772_359_200_000},
    ]


def copilot_settings() -> dict[str, Any]:
    """Give a repository's settings of the agent."""
    server = {"type": "local", "command": "pond", "tools": ["lookup"], "env": {"POND_PASSWORD": "hunter2"}}
    return {
        "mcp_configuration": {"mcpServers": {"pond": server}},
        "enabled_tools": {"codeql": True, "secret_scanning": False},
        "require_actions_workflow_approval": True,
        "is_firewall_enabled": True,
        "is_firewall_recommended_allowlist_enabled": False,
        "custom_allowlist": ["ducks.example.test"],
    }


def devin_page() -> dict[str, Any]:
    """Give a page of messages, not the last."""
    return {
        "items": [
            {"event_id": "e1", "source": "user", "message": PROMPT, "created_at": 1_772_359_200},
            {"event_id": "e2", "source": "devin", "message": "Done.", "created_at": 1_772_359_260},
        ],
        "end_cursor": "c",
        "has_next_page": True,
        "total": 3,
    }


def openai_lines() -> bytes:
    """Give lines of an export: a prompt, a call, an event without either, and a broken line."""
    head = {"event_type": "CODEX_LOG", "timestamp": _stamp(0), "principal": {"type": "workspace"}}
    lines = [
        head | {"payload": {"role": "user", "content": PROMPT, "session_id": "s1"}},
        head | {"payload": {"call_id": "call_1", "name": "shell", "arguments": '{"command":"ls"}'}},
        head | {"payload": {"role": "assistant", "content": "Yes."}},
    ]
    return b"\n".join([*(json.dumps(line).encode() for line in lines), b"{broken"])
