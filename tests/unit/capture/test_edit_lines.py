"""Lines that edits wrote are told from lines that were read or said, whatever agent wrote the transcript."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.capture.edit_lines import edit_lines
from attest.model.fingerprint import line_fingerprint

LINE = "the pond holds three ducks"
PATCH = f"*** Begin Patch\n*** Update File: pond.py\n@@\n-old words of the file\n+{LINE}\n*** End Patch\n"

WRITES = {
    "claude": {"type": "assistant", "message": {"content": [
        {"type": "tool_use", "name": "Write", "input": {"file_path": "/h/pond.py", "content": LINE}}]}},
    "claude-multi": {"type": "assistant", "message": {"content": [
        {"type": "tool_use", "name": "MultiEdit", "input": {"file_path": "/h/pond.py", "edits": [
            {"old_string": "old words of the file", "new_string": LINE}]}}]}},
    "codex": {"type": "response_item", "payload": {"type": "custom_tool_call", "name": "apply_patch", "input": PATCH}},
    "codex-code": {"type": "response_item", "payload": {
        "type": "custom_tool_call", "name": "exec",
        "input": "const patch = " + json.dumps(PATCH) + ";\nawait tools.apply_patch(patch)\n"}},
    "codex-shell": {"type": "response_item", "payload": {
        "type": "function_call", "name": "shell", "arguments": json.dumps({"command": ["apply_patch", PATCH]})}},
    "gemini": {"type": "gemini", "toolCalls": [{"name": "write_file", "args": {"file_path": "/h/pond.py", "content": LINE}}]},
    "copilot": {"type": "assistant.message", "data": {"toolRequests": [
        {"name": "create", "arguments": {"path": "/h/pond.py", "file_text": LINE}}]}},
    "opencode": {"type": "tool", "tool": "edit", "state": {"input": {"filePath": "/h/pond.py", "newString": LINE}}},
    "cursor": {"role": "assistant", "message": {"content": [
        {"type": "tool_use", "name": "StrReplace", "input": {"path": "/h/pond.py", "new_string": LINE}}]}},
}  # fmt: skip


@pytest.mark.parametrize("agent", WRITES)
def test_line_is_found_in_the_file_it_was_written_to(agent: str) -> None:
    edits = edit_lines(json.dumps(WRITES[agent]).encode() + b"\n")
    own = edits.of_path("pond.py")
    assert own is not None
    assert line_fingerprint(LINE) in own
    assert line_fingerprint("old words of the file") not in edits.anywhere()


@pytest.mark.parametrize(
    "record",
    [
        {"type": "user", "message": {"content": [{"type": "tool_result", "content": LINE}]}},
        {"type": "user", "message": {"role": "user", "content": LINE}},
        {"type": "assistant", "message": {"content": [{"type": "text", "text": LINE}]}},
        {"type": "assistant", "message": {"content": [
            {"type": "tool_use", "name": "Edit", "input": {"file_path": "/h/pond.py", "old_string": LINE, "new_string": ""}}]}},
    ],
    ids=["result", "prompt", "message", "removed"],
)  # fmt: skip
def test_line_that_was_only_read_or_said_does_not_count(record: dict[str, object]) -> None:
    assert line_fingerprint(LINE) not in edit_lines(json.dumps(record).encode()).anywhere()


def test_times_are_of_the_first_and_last_record() -> None:
    rows = [{"timestamp": f"2026-03-01T10:00:0{i}.123Z", "type": "user"} for i in range(3)]
    edits = edit_lines(b"\n".join(json.dumps(row).encode() for row in rows))
    assert (edits.first and edits.first.second, edits.last and edits.last.second) == (0, 2)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_give_an_answer(data: bytes) -> None:
    edit_lines(data)
    edit_lines(b'{"type":"tool_use","name":"x","input":' + data + b"}")


def test_deep_nesting_is_not_followed_to_its_end() -> None:
    edit_lines(b'{"tool_use":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
