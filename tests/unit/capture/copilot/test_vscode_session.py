"""What a chat session of VS Code tells, as one document and as a log of changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.capture.reader import read_session
from attest.capture.transcript import Transcript
from attest.capture.unroll.copilot_vscode import looks_like, unroll
from attest.errors import InvalidInput
from attest.model.access import AccessKind
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind, RejectedPathKind
from attest.model.session import EventKind, Session

Json = dict[str, object]


def document(*requests: Json, **more: object) -> Json:
    head: Json = {"version": 3, "responderUsername": "GitHub Copilot", "initialLocation": "panel"}
    return {**head, "sessionId": "5d1c-chat-1", "requests": list(requests), **more}


def request(text: str, *, rounds: object = None, results: object = None, **more: object) -> Json:
    metadata: Json = {} if rounds is None else {"toolCallRounds": rounds, "toolCallResults": results or {}}
    return {
        "requestId": "r1",
        "message": {"text": text, "parts": []},
        "response": [],
        "timestamp": 1_772_000_000_123,
        "modelId": "copilot/gpt-5",
        "agent": {"extensionVersion": "0.40.1"},
        "result": {"metadata": metadata},
        **more,
    }


def asked(call_id: str, name: str, **arguments: object) -> Json:
    return {"response": "", "toolCalls": [{"id": call_id, "name": name, "arguments": json.dumps(arguments)}]}


def shown(call_id: str, **more: object) -> Json:
    return {"kind": "toolInvocationSerialized", "toolCallId": call_id, "toolId": "run_in_terminal", **more}


def said(text: str) -> Json:
    return {
        "$mid": 20,
        "content": [{"value": {"node": {"children": [{"text": text}, {"text": "!", "lineBreakBefore": True}]}}}],
    }


def read(state: Json) -> Session:
    return read_session([line + b"\n" for line in unroll(json.dumps(state).encode())])


def log(*entries: Json) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def test_identity_prompt_calls_and_results() -> None:
    edit = asked("c1", "replace_string_in_file", filePath="/shop/a.py", oldString="x = 1", newString="x = 2")
    session = read(document(request("Make it two", rounds=[edit], results={"c1": said("done")})))
    assert (session.native_id, session.source.format, session.source.agent_version) == (
        "5d1c-chat-1",
        "copilot-vscode/session",
        "0.40.1",
    )
    assert session.intent is not None
    assert session.intent.text == "Make it two"
    assert [one.path for one in session.changes] == ["/shop/a.py"]
    assert [event.preview for event in session.events if event.kind is EventKind.TOOL_RESULT] == ["done !"]
    assert session.events[0].ts is not None
    assert session.gaps == ()


@pytest.mark.parametrize(
    ("state", "status"),
    [({"exitCode": 0}, CheckStatus.PASSED), ({"exitCode": 2}, CheckStatus.FAILED), ({}, CheckStatus.INCONCLUSIVE)],
)
def test_a_check_has_the_exit_that_the_terminal_recorded(state: Json, status: CheckStatus) -> None:
    terminal = {"kind": "terminal", "commandLine": {"original": "pytest"}, "terminalCommandState": state}
    part = shown("c1", isConfirmed={"type": 4}, toolSpecificData=terminal)
    rounds = [asked("c1__vscode-17", "run_in_terminal", command="pytest")]
    session = read(
        document(request("Test", rounds=rounds, results={"c1__vscode-17": said("3 passed")}, response=[part]))
    )
    assert [one.status for one in session.checks] == [status]


def test_a_command_that_a_person_changed_is_the_one_that_ran() -> None:
    line = {"original": "rm -r build", "userEdited": "rm -r build/cache"}
    part = shown("c1", isConfirmed={"type": 4}, toolSpecificData={"kind": "terminal", "commandLine": line})
    rounds = [asked("c1", "run_in_terminal", command="rm -r build")]
    session = read(document(request("Clean", rounds=rounds, results={"c1": said("ok")}, response=[part])))
    assert [(one.kind, one.target) for one in session.overrides] == [(OverrideKind.USER_MODIFIED, "rm -r build/cache")]


@pytest.mark.parametrize(
    ("confirmed", "refused"),
    [({"type": 0}, True), ({"type": 5}, True), (False, True), ({"type": 1}, False), (None, False)],
)
def test_a_call_that_a_person_denied_or_skipped(confirmed: object, refused: bool) -> None:
    part = shown("c1", isConfirmed=confirmed)
    rounds = [asked("c1", "run_in_terminal", command="pytest")]
    session = read(document(request("Test", rounds=rounds, response=[part], modelState={"value": 1})))
    assert bool(session.overrides) is refused
    assert bool(session.checks) is not refused


@pytest.mark.parametrize(("kind", "counted"), [(4, (0, 1, 0)), (2, (1, 0, 0)), (1, (1, 0, 0)), (9, (0, 0, 1))])
def test_who_let_a_call_through(kind: int, counted: tuple[int, int, int]) -> None:
    part = shown("c1", isConfirmed={"type": kind})
    rounds = [asked("c1", "run_in_terminal", command="ls")]
    permissions = read(document(request("Go", rounds=rounds, results={"c1": said("a")}, response=[part]))).permissions
    assert permissions is not None
    approvals = permissions.approvals
    assert (approvals.auto, approvals.human, approvals.unknown) == counted


def test_without_rounds_the_parts_are_all_there_is() -> None:
    uri = {"fsPath": "/shop/till.py", "scheme": "file"}
    parts = [
        {"value": "Looking"},
        {"kind": "thinking", "value": ["first ", "then"]},
        shown("t1", toolId="read_file", isConfirmed={"type": 1}, resultDetails=[uri]),
        {"kind": "textEditGroup", "uri": uri, "edits": [[{"text": "x = 2"}]], "done": True},
        {"kind": "undoStop", "id": "u"},
        {"kind": "not-known-yet"},
    ]
    session = read(document(request("Go", response=parts)))
    assert [(one.kind, one.target) for one in session.access] == [
        (AccessKind.FILE_READ, "/shop/till.py"),
        (AccessKind.FILE_WRITTEN, "/shop/till.py"),
    ]
    assert [(one.path, one.complete) for one in session.changes] == [("/shop/till.py", False)]
    assert [one.name for one in session.counts.unknown_types] == ["part/not-known-yet"]


def test_answers_of_a_person_count_and_automatic_ones_do_not() -> None:
    question = {"id": "q", "type": "singleSelect", "title": "Which?", "options": [{"label": "a"}, {"label": "b"}]}
    part = {"kind": "questionCarousel", "questions": [question], "data": {"q": {"selectedValue": "b"}}, "isUsed": True}
    session = read(document(request("Go", response=[part, {**part, "autoReply": True}])))
    assert [(one.question, one.answer, one.options) for one in session.answers] == [("Which?", "b", ("a", "b"))]


def test_a_stopped_request_is_an_interrupt_and_a_withdrawn_one_a_path_that_was_left() -> None:
    session = read(document(request("One", modelState={"value": 2}), request("Two", isHidden=True)))
    assert [one.kind for one in session.overrides] == [OverrideKind.INTERRUPT]
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.BRANCH]


def test_what_the_program_asked_by_itself_is_no_prompt() -> None:
    assert read(document(request("terminal is done", isSystemInitiated=True))).intent is None


def test_a_log_reads_as_the_document_it_ends_in_and_keeps_what_was_replaced() -> None:
    first = request("One", response=[{"value": "Hel"}])
    entries = log(
        {"kind": 0, "v": document(first)},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [{"value": "Hello"}], "i": 0},
        {"kind": 2, "k": ["requests"], "v": [request("Two")]},
        {"kind": 1, "k": ["customTitle"], "v": "A till"},
        {"kind": 3, "k": ["initialLocation"]},
        {"kind": 1, "k": ["requests", 99, "x"], "v": 1},
        {"kind": 7},
    )
    lines = list(unroll(entries))
    session = read_session([line + b"\n" for line in lines])
    assert session.intent is not None
    assert [session.intent.text, *(one.text for one in session.directions)] == ["One", "Two"]
    assert [event.preview for event in session.events if event.kind is EventKind.MESSAGE] == ["Hello"]
    kinds = [json.loads(line)["type"] for line in lines]
    assert (kinds.count("replaced"), kinds.count("unapplied")) == (2, 2)
    counts = session.counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped) == len(lines)


def test_a_log_that_is_still_written_keeps_its_torn_line_as_bad() -> None:
    entries = log({"kind": 0, "v": document(request("One"))}) + b'{"kind":1,"k":["customTi'
    session = read_session([line + b"\n" for line in unroll(entries)])
    assert (session.counts.bad_lines, session.intent is not None) == (1, True)


def test_the_document_and_the_log_are_told_from_their_beginning(tmp_path: Path) -> None:
    state = json.dumps(document(request("One")), indent=2).encode()
    assert looks_like(state[:200])
    assert looks_like(log({"kind": 0, "v": document()}))
    assert not looks_like(b'{"kind":0,"v":{"a":1}}\n')
    assert not looks_like(b'{"version":3,"requests":[]}')
    path = tmp_path / "chat.json"
    path.write_bytes(state)
    transcript = Transcript.open(path)
    assert read_session(line + b"\n" for line in transcript.lines()).native_id == "5d1c-chat-1"


@pytest.mark.parametrize("data", [b'{"kind":0,"v":{"requests', b"[]", b'{"kind":0,"v":{}} trailing'])
def test_what_is_no_session_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        list(unroll(data))


def test_hostile_values_are_nothing() -> None:
    hostile = {
        "requestId": 1,
        "message": [],
        "response": [None, 3, {"kind": []}],
        "result": {"metadata": {"toolCallRounds": [1]}},
    }
    state = document(hostile, {"message": {"text": 4}, "timestamp": 10**30, "variableData": {"variables": [7]}})
    state["requests"].append("x")  # type: ignore[attr-defined]
    session = read(state)
    assert session.intent is None
