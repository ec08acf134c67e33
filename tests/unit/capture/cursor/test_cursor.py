"""What an agent transcript of Cursor tells, and what it is not made to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attest.capture.cursor.sniff import looks_like_cursor
from attest.capture.native_id import native_session_id
from attest.capture.reader import read_session
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.session import EventKind, Session

PATCH = "*** Begin Patch\n*** Update File: b.py\n@@\n-old\n+new\n*** End Patch"
UUID = "9a1b6a52-0000-4000-8000-00000000000c"


def said(role: str, *blocks: dict[str, Any]) -> bytes:
    return json.dumps({"role": role, "message": {"content": list(blocks)}}).encode() + b"\n"


def prompt(text: str) -> bytes:
    return said("user", {"type": "text", "text": f"<user_query>\n{text}\n</user_query>"})


def calls(*named: tuple[str, Any]) -> bytes:
    return said("assistant", *({"type": "tool_use", "name": name, "input": told} for name, told in named))


def session(*lines: bytes) -> Session:
    found = read_session(lines)
    counts = found.counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)
    return found


def test_words_of_a_person_stand_between_tags() -> None:
    context = said(
        "user", {"type": "text", "text": "<open_files>\na.py\n</open_files>\n<user_query>\nGo on\n</user_query>"}
    )
    found = session(prompt("Drain the pond"), context, said("user", {"type": "text", "text": "<reminder>x</reminder>"}))
    assert found.intent is not None
    assert [found.intent.text, *(one.text for one in found.directions)] == ["Drain the pond", "Go on"]
    assert [event.kind for event in found.events].count(EventKind.CONTEXT) == 2
    assert found.intent.ts is None


def test_edits_are_reported_never_observed() -> None:
    found = session(
        prompt("Go"),
        calls(
            ("Write", {"path": "a.py", "contents": "one\ntwo"}),
            ("StrReplace", {"path": "a.py", "old_string": "one", "new_string": "three"}),
            ("ApplyPatch", PATCH),
            ("Delete", {"path": "c.py"}),
        ),
    )
    assert [(one.path, one.op, one.basis) for one in found.changes] == [
        ("a.py", ChangeOp.MODIFY, Basis.REPORTED),
        ("a.py", ChangeOp.MODIFY, Basis.REPORTED),
        ("b.py", ChangeOp.MODIFY, Basis.REPORTED),
        ("c.py", ChangeOp.DELETE, Basis.REPORTED),
    ]
    assert all(one.basis is not Basis.OBSERVED for one in found.access)
    assert {"results-of-calls", "rejections", "approval-per-call"} <= set(found.authority.unknown)
    assert [(gap.kind, gap.count) for gap in found.gaps] == [("call-without-result", 4)]


def test_check_has_no_outcome() -> None:
    found = session(
        prompt("Go"), calls(("Shell", {"command": "pytest -q"})), said("assistant", {"type": "text", "text": "Done"})
    )
    assert [(one.status, one.exit) for one in found.checks] == [(CheckStatus.INCONCLUSIVE, None)]


def test_tasks_are_merged_by_their_ids() -> None:
    def todos(merge: object, *items: tuple[str, str]) -> tuple[str, dict[str, object]]:
        return "TodoWrite", {"merge": merge, "todos": [{"id": name, "content": words} for name, words in items]}

    found = session(
        prompt("Go"),
        calls(todos(False, ("1", "drain"), ("2", "refill"))),
        calls(todos(True, ("2", ""), ("3", "frogs"))),
    )
    assert [one.steps for one in found.plans] == [("drain", "refill"), ("drain", "refill", "frogs")]


def test_what_was_reached() -> None:
    found = session(
        prompt("Go"),
        calls(
            ("Read", {"path": "a.py"}),
            ("WebFetch", {"url": "https://frogs.example/x"}),
            ("CallMcpTool", {"server": "pond", "toolName": "drain"}),
            ("Shell", {"command": "cat b.py"}),
        ),
    )
    assert [(one.kind, one.target, one.basis) for one in found.access] == [
        (AccessKind.FILE_READ, "a.py", Basis.REPORTED),
        (AccessKind.URL, "https://frogs.example/x", Basis.REPORTED),
        (AccessKind.NETWORK, "frogs.example", Basis.REPORTED),
        (AccessKind.MCP, "pond/drain", Basis.REPORTED),
        (AccessKind.FILE_READ, "b.py", Basis.INFERRED),
    ]


@pytest.mark.parametrize(
    "line",
    [
        said("assistant", {"type": "hologram"}, {"type": "tool_use", "input": 1}, {"type": "text", "text": ""}),
        b'{"role":"assistant","message":{"content":[1,"x",{"type":"tool_use","name":"Write","input":[]}]}}\n',
        b'{"role":"assistant","message":{"content":[]}}\n',
        b'{"type":"turn_ended","status":"completed"}\n',
        b'{"type":"hologram"}\n',
        b"not json\n",
    ],
)
def test_odd_records_are_accounted_for(line: bytes) -> None:
    session(prompt("Go"), line)


def test_other_formats_are_not_claimed() -> None:
    for line in (
        b'{"type":"user","uuid":"u","message":{"role":"user","content":[]}}',
        b'{"role":"user","content":"x"}',
        b'{"role":"assistant","message":{"role":"assistant","content":[]}}',
        b'{"type":"turn_ended"}',
        b"",
    ):
        assert not looks_like_cursor(line)


def test_id_is_the_name_of_the_file() -> None:
    lines = [prompt("Go")]
    assert native_session_id(lines, format="cursor/agent-transcript", name=UUID) == UUID
    assert native_session_id(lines, format="cursor/agent-transcript", name="notes") is None
    assert native_session_id(lines, format="cursor/agent-transcript") is None


def test_sample_is_read_whole(shared: Path) -> None:
    path = shared / "samples/cursor/git-ai__tests_fixtures_cursor-session-simple.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    found = session(*lines)
    blocks = [block for line in lines for block in json.loads(line)["message"]["content"]]
    assert sum(one.calls for one in found.authority.used) == sum(block["type"] == "tool_use" for block in blocks)
    assert found.counts.unknown_types == ()
    assert found.intent is not None
    assert not found.intent.text.startswith("<")
