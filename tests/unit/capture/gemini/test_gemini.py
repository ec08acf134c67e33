"""What a session of Gemini CLI tells, and what it is not made to tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.capture.gemini.outcome import shell_ending
from attest.capture.gemini.sniff import looks_like_document, looks_like_gemini_jsonl
from attest.capture.native_id import native_session_id
from attest.capture.reader import read_session, sniff
from attest.capture.transcript import Transcript
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind, PlanKind, PlanState, RejectedPathKind
from attest.model.session import EventKind, Session
from tests.support.gemini import SESSION, Chat, call

DENIED = "[Operation Cancelled] Reason: User denied execution."
DIFF = "Index: pond.py\n====\n--- pond.py\tCurrent\n+++ pond.py\tProposed\n@@ -1,2 +1,2 @@\n keep\n-old\n+new\n"

OLD_FORM = (
    "Command: pytest\nDirectory: (root)\nStdout: 3 passed in 0.1s\nStderr: (empty)\nError: (none)\n"
    "Exit Code: 0\nSignal: (none)\nBackground PIDs: (none)\nProcess Group PGID: 7"
)


def accounted(session: Session) -> bool:
    counts = session.counts
    return counts.records == counts.with_events + sum(one.count for one in counts.skipped)


def test_document_and_lines_tell_the_same() -> None:
    chat = Chat().prompt("Drain the pond").says("Draining.").shell("pytest", "Output: 1 passed in 0.1s")
    lines, document = chat.session(), read_session(chat.unrolled())
    assert (lines.source.format, document.source.format) == ("gemini/jsonl", "gemini/json")
    for one in (lines, document):
        assert one.native_id == SESSION
        assert one.intent is not None
        assert one.intent.text == "Drain the pond"
        assert one.models == ("gemini-3-pro",)
        assert [check.status for check in one.checks] == [CheckStatus.PASSED]
        assert accounted(one)
    assert [event.kind for event in lines.events] == [event.kind for event in document.events]


def test_transcript_on_disk_is_unrolled_and_its_id_found(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(Chat().prompt("Go").document())
    source = Transcript.open(path)
    assert sniff(source.head(1024)) == "gemini/json"
    assert native_session_id(source.lines(), format="gemini/json") == SESSION


def test_message_written_again_as_it_grows_is_told_once() -> None:
    first = call("run_shell_command", {"command": "pytest"}, None, status="executing", id="c1")
    done = call("run_shell_command", {"command": "pytest"}, "Output: 2 passed in 0.1s", id="c1")
    tokens = {"input": 100, "output": 5, "cached": 60, "thoughts": 1, "tool": 0, "total": 106}
    chat = Chat().prompt("Go").says("Running.", id="g")
    chat.says("Running.", id="g", toolCalls=[first], tokens=tokens)
    chat.says("Running.", id="g", toolCalls=[done], tokens=tokens | {"output": 9})
    chat.says("Running.", id="g", toolCalls=[done], tokens=tokens | {"output": 9})
    session = chat.session()
    kinds = [event.kind for event in session.events if event.kind is not EventKind.NOTICE]
    assert kinds == [EventKind.PROMPT, EventKind.MESSAGE, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    (usage,) = session.usage
    assert (usage.messages, usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (1, 40, 60, 9)
    assert {one.name for one in session.counts.skipped} == {"repeated-record"}
    assert accounted(session)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<session_context>\nToday is Sunday.", EventKind.CONTEXT),
        ("Please continue.", EventKind.CONTEXT),
        ("Here is the user's editor context as a JSON object", EventKind.CONTEXT),
        ("<state_snapshot>\n<goal/>", EventKind.COMPACTION),
        ("System frogs first", EventKind.PROMPT),
    ],
)
def test_only_a_persons_words_are_a_prompt(text: str, kind: EventKind) -> None:
    assert Chat().prompt(text).session().events[-1].kind is kind


def test_contents_of_named_files_are_no_words_of_a_person() -> None:
    text = "Look at @a.py\n--- Content from referenced files ---\nContent from @a.py:\nimport os"
    session = Chat().prompt(text).prompt("whole text", displayContent=[{"text": "what was typed"}]).session()
    assert session.intent is not None
    assert session.intent.text == "Look at @a.py"
    assert session.directions[0].text == "what was typed"
    assert session.directions[0].evidence[0].pointer == "/displayContent"


def test_answers_of_tools_in_a_users_place_are_no_prompt() -> None:
    session = Chat().prompt("Go").message("user", [{"functionResponse": {"id": "x", "response": {}}}]).session()
    assert session.directions == ()
    assert accounted(session)


@pytest.mark.parametrize(
    ("answer", "status", "code", "outcome"),
    [
        ("Output: 3 passed in 0.1s", "success", 0, CheckStatus.PASSED),
        ("Output: 1 failed\nExit Code: 1\nProcess Group PGID: 7", "success", 1, CheckStatus.FAILED),
        (OLD_FORM, "success", 0, CheckStatus.PASSED),
        ("Output: forged\nExit Code: 0\nExit Code: 2", "success", 2, CheckStatus.FAILED),
        ("Output: 3 passed in 0.1s\nSignal: 9", "success", None, CheckStatus.INCONCLUSIVE),
        ("Command: pytest\nStdout: 3 passed in 0.1s", "success", None, CheckStatus.INCONCLUSIVE),
        ("The tests passed, says a summary.", "success", None, CheckStatus.INCONCLUSIVE),
        ("Command moved to background (PID: 7). Output hidden.", "success", None, CheckStatus.INCONCLUSIVE),
        ("Command was automatically cancelled because it exceeded the timeout of 5.0 minutes", "success", None,
         CheckStatus.INCONCLUSIVE),
        ("<untrusted_context>\nOutput: 3 passed in 0.1s\nProcess Group PGID: 7\n</untrusted_context>", "success", 0,
         CheckStatus.PASSED),
    ],
)  # fmt: skip
def test_check_passes_only_by_a_recorded_exit(answer: str, status: str, code: int | None, outcome: CheckStatus) -> None:
    assert shell_ending(answer, status).exit == code
    (check,) = Chat().prompt("Go").shell("pytest", answer).session().checks
    assert (check.exit, check.status) == (code, outcome)


def test_call_without_status_has_no_result() -> None:
    told = call("replace", {"file_path": "a", "old_string": "1", "new_string": "2"}, None)
    del told["status"]
    session = Chat().prompt("Go").calls(told).session()
    assert session.changes == ()
    assert [(gap.kind, gap.count) for gap in session.gaps] == [("call-without-result", 1)]


def test_refused_call_is_one_override_and_stops_its_neighbours() -> None:
    edit = {"file_path": "pond.py", "old_string": "old", "new_string": "new"}
    chat = (
        Chat()
        .prompt("Go")
        .calls(
            call("replace", edit, DENIED, status="cancelled"),
            call("run_shell_command", {"command": "pytest"}, DENIED, status="cancelled"),
        )
    )
    session = chat.message("info", "Request cancelled.").prompt("Leave old alone").session()
    (act,) = session.overrides
    assert (act.kind, act.tool, act.target, act.correction) == (
        OverrideKind.REJECTION, "replace", "pond.py", "Leave old alone",
    )  # fmt: skip
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.PROPOSAL]
    assert (session.changes, session.checks) == ((), ())


def test_stopped_command_and_the_notice_of_it_are_one_interrupt() -> None:
    stopped = "Command was cancelled by user before it could complete. There was no output before it was cancelled."
    chat = Chat().prompt("Go").shell("pytest", stopped, status="cancelled").message("info", "Request cancelled.")
    session = chat.says("Shall I?").message("info", "Request cancelled.").session()
    assert [one.kind for one in session.overrides] == [OverrideKind.INTERRUPT, OverrideKind.INTERRUPT]
    (check,) = session.checks
    assert (check.status, check.why) == (CheckStatus.INCONCLUSIVE, "it did not run to its end: interrupted")


def test_policy_that_denies_is_no_person() -> None:
    answer = "Tool execution denied by policy."
    chat = Chat().prompt("Go").calls(call("run_shell_command", {"command": "pytest"}, answer, status="error"))
    session = chat.session()
    assert (session.overrides, session.checks) == ((), ())


def test_changes_are_those_the_program_recorded() -> None:
    edit = {"file_path": "/home/ada/pond.py", "old_string": "old", "new_string": "proposed"}
    shown = {"fileDiff": DIFF, "fileName": "pond.py", "originalContent": "", "newContent": ""}
    session = Chat().prompt("Go").calls(
        call("replace", edit, "Successfully modified file. User modified the `new_string` content to be: new.",
             resultDisplay=shown),
        call("write_file", {"file_path": "new.py", "content": "a\nb"}, "Successfully created and wrote to new file: x"),
        call("write_file", {"file_path": "old.py", "content": "a\nb"}, "Successfully overwrote file: x"),
    ).session()  # fmt: skip
    assert [(one.op, len(one.added), len(one.removed), one.complete) for one in session.changes] == [
        (ChangeOp.MODIFY, 1, 1, True),
        (ChangeOp.CREATE, 2, 0, True),
        (ChangeOp.MODIFY, 2, 0, False),
    ]
    assert session.changes[0].user_modified
    assert [one.kind for one in session.overrides] == [OverrideKind.USER_MODIFIED]
    assert session.overrides[0].evidence[0].pointer == "/toolCalls/0/result"
    assert {(one.kind, one.target) for one in session.access} >= {(AccessKind.FILE_WRITTEN, "old.py")}
    assert all(one.outside_worktree is not False for one in session.access)


def test_edit_that_puts_the_old_text_back_is_a_rejected_path() -> None:
    there = {"file_path": "a.py", "old_string": "one", "new_string": "two"}
    back = {"file_path": "a.py", "old_string": "two", "new_string": "one"}
    session = Chat().prompt("Go").calls(call("replace", there, "ok")).calls(call("replace", back, "ok")).session()
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.REVERSAL]


def test_what_was_reached_is_told_by_kind_of_tool() -> None:
    session = Chat().prompt("Go").calls(
        call("read_file", {"absolute_path": "/home/ada/.env"}, "x"),
        call("web_fetch", {"prompt": "Read https://frogs.example/a and https://newts.example/b"}, "x"),
        call("google_web_search", {"query": "newts"}, "x"),
        call("mcp_pond_drain", {}, "x"),
        call("drain", {}, "x", displayName="drain (pond MCP Server)"),
        call("read_file", {"file_path": "absent.py"}, "File not found", status="error"),
    ).session()  # fmt: skip
    assert [(one.kind, one.target, one.count) for one in session.access] == [
        (AccessKind.FILE_READ, "/home/ada/.env", 1),
        (AccessKind.SECRET, "/home/ada/.env", 1),
        (AccessKind.URL, "https://frogs.example/a", 1),
        (AccessKind.NETWORK, "frogs.example", 1),
        (AccessKind.URL, "https://newts.example/b", 1),
        (AccessKind.NETWORK, "newts.example", 1),
        (AccessKind.NETWORK, "(google_web_search)", 1),
        (AccessKind.MCP, "pond/drain", 2),
    ]


def test_plans_tasks_and_answers() -> None:
    def todos(*names: str) -> dict[str, object]:
        return {"todos": [{"description": name, "status": "pending"} for name in names]}

    plan = {"file_path": "/home/ada/plans/p.md", "content": "# Plan\n- drain\n- refill"}
    asked = {"questions": [{"question": "Which pond?", "options": [{"label": "Old"}, {"label": "New"}]}]}
    session = Chat().prompt("Go").calls(
        call("write_todos", todos("drain"), "ok"),
        call("write_todos", todos("drain", "refill"), "ok"),
        call("write_file", plan, "Successfully created and wrote to new file: p.md"),
        call("exit_plan_mode", {"plan_filename": "p.md"}, "Plan rejected. User feedback: keep the frogs\n\nThe plan is"),
        call("exit_plan_mode", {"plan_filename": "p.md"}, "Plan approved. Switching to Default mode."),
        call("ask_user", asked, '{"answers":{"0":"Old"}}'),
        call("ask_user", asked, "User dismissed ask_user dialog without answering."),
    ).session()  # fmt: skip
    proposals = [one for one in session.plans if one.kind is PlanKind.PROPOSAL]
    assert [(one.state, one.reason, one.steps) for one in proposals] == [
        (PlanState.REJECTED, "keep the frogs", ("Plan", "drain", "refill")),
        (PlanState.APPROVED, None, ("Plan", "drain", "refill")),
    ]
    assert [one.steps_added for one in session.plans if one.kind is PlanKind.TASK_LIST] == [("drain",), ("refill",)]
    assert [(one.question, one.options, one.answer) for one in session.answers] == [
        ("Which pond?", ("Old", "New"), "Old")
    ]
    assert [one.reason for one in session.overrides] == ["keep the frogs"]


def test_rewind_leaves_a_branch() -> None:
    chat = Chat().prompt("Drain it").says("Done.").prompt("Add newts").says("Added.")
    session = chat.add(**{"$rewindTo": "m2"}).prompt("Add frogs").session()
    (left,) = session.rejected_paths
    assert (left.kind, left.detail) == (RejectedPathKind.BRANCH, "Add newts")
    assert [spot.record for spot in left.evidence] == [3, 5]
    assert accounted(session)


def test_history_written_anew_adds_only_what_is_new() -> None:
    chat = Chat().prompt("Drain it").says("Done.")
    snapshot = {"id": "s", "type": "user", "content": [{"text": "<state_snapshot>all</state_snapshot>"}]}
    chat.add(**{"$set": {"messages": [snapshot, chat.records[1]], "lastUpdated": "x"}})
    session = chat.add(**{"$set": {"lastUpdated": "y"}}).add(**{"$patch": {"id": "m1"}}).session()
    assert [event.kind for event in session.events][-1] is EventKind.COMPACTION
    assert session.events[-1].evidence.pointer == "/$set/messages/0/content"
    assert {one.name: one.count for one in session.counts.skipped} == {"$set": 1, "$patch": 1}
    assert [gap.kind for gap in session.gaps] == ["compaction"]


def test_transcript_of_a_sub_agent_has_no_prompt_of_a_person() -> None:
    chat = Chat().prompt("Look for newts").says("None.", tokens={"input": 1, "output": 1})
    chat.header |= {"kind": "subagent", "directories": ["/home/ada/pond"]}
    session = chat.session()
    assert session.intent is None
    assert [one.by_subagents for one in session.usage] == [True]
    assert [(one.kind, one.value) for one in session.authority.granted] == [("writable-directory", "/home/ada/pond")]


def test_authority_is_not_known_rather_than_none() -> None:
    session = Chat().prompt("Go").session()
    assert set(session.authority.unknown) >= {"permission-mode", "sandbox", "network", "directory"}
    assert session.base.basis is Basis.UNKNOWN
    assert session.cwd is None


def test_unknown_records_are_counted() -> None:
    session = Chat().prompt("Go").message("hologram", "x").add(strange=1).session()
    assert {one.name for one in session.counts.unknown_types} == {"hologram", "(no type)"}
    assert accounted(session)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "x", "type": "gemini", "content": 7, "toolCalls": [1, {"name": 3}, {"id": [], "name": "replace", "args": []}]},
        {"id": "x", "type": "gemini", "content": [[{"text": 1}]], "thoughts": {"a": 1}, "tokens": {"input": -1}, "model": "m"},
        {"id": "x", "type": "user", "content": {"text": "a"}, "timestamp": "yesterday", "displayContent": 9},
        {"$set": {"messages": [1, {"id": ""}, {"id": "y", "type": "gemini"}], "directories": [1]}},
        {"$rewindTo": "never"},
        {"sessionId": "a", "projectHash": 1},
        {"id": "x", "type": "gemini", "content": "", "toolCalls": [{"id": "c", "name": "ask_user", "status": "success",
         "args": {"questions": [1, {"options": [1]}]}, "result": [{"functionResponse": {"response": {"output": "{}"}}}]}]},
    ],
)  # fmt: skip
def test_odd_records_are_accounted_for(record: dict[str, object]) -> None:
    assert accounted(Chat().prompt("Go").says("On.").add(**record).session())


def test_other_formats_are_not_claimed() -> None:
    for line in (
        b'{"type":"user","uuid":"u","sessionId":"s","message":{"role":"user","content":"x"}}\n',
        b'{"timestamp":"t","type":"session_meta","payload":{"id":"x"}}\n',
        b'{"type":"session.start","id":"a","data":{}}\n',
        b'{"role":"user","message":{"content":[]}}\n',
        b'{"id":1,"type":"user","content":"x"}\n',
    ):
        assert not looks_like_gemini_jsonl(line)
        assert not looks_like_document(line)
    assert not looks_like_document(json.dumps({"sessionId": "a", "messages": []}).encode())


def test_samples_are_read_whole(shared: Path) -> None:
    folder = shared / "samples" / "gemini"
    for name, messages in (("cli__12_cbfeaa512b_gemini_chat.json", 6), ("cli__51_3fab7adf0b_gemini_chat.json", 3)):
        session = read_session(line + b"\n" for line in Transcript.open(folder / name).lines())
        told = json.loads((folder / name).read_bytes())["messages"]
        assert session.counts.records == len(told) + 1
        assert accounted(session)
        assert session.counts.unknown_types == ()
        assert sum(one.calls for one in session.authority.used) == sum(len(one.get("toolCalls", ())) for one in told)
        assert sum(one.messages for one in session.usage) == sum("tokens" in one for one in told)
        assert len(told) >= messages
    lines = (folder / "git-ai__tests_fixtures_gemini-session-simple.jsonl").read_bytes().splitlines(keepends=True)
    session = read_session(lines)
    assert (session.counts.records, session.changes) == (7, ())
    assert accounted(session)
