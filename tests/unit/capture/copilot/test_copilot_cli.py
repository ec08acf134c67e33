"""What a session log of Copilot CLI tells, and what it is not made to tell."""

from __future__ import annotations

import pytest

from attest.capture.copilot.sniff import looks_like_copilot_cli, looks_like_copilot_transcript
from attest.model.access import AccessKind
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind, PlanState
from attest.model.session import Actor, EventKind
from tests.support.copilot import CWD, OID, Log


def test_identity_is_that_of_the_first_start() -> None:
    session = Log().started().started(sessionId="another").prompt("Go").session()
    assert (session.native_id, session.cwd, session.branch) == ("0b5c-session-1", CWD, "till")
    assert (session.base.commit, session.source.agent, session.source.agent_version) == (OID, "copilot-cli", "1.0.80")


def test_format_is_told_by_the_start_of_the_session() -> None:
    cli, editor = Log().started().lines()[0], Log().started(vscodeVersion="1.119.0").lines()[0]
    assert (looks_like_copilot_cli(cli), looks_like_copilot_transcript(cli)) == (True, False)
    assert (looks_like_copilot_cli(editor), looks_like_copilot_transcript(editor)) == (False, True)
    other = cli.replace(b"copilot-agent", b"another-agent")
    assert not looks_like_copilot_cli(other)


def test_only_what_a_person_typed_is_a_prompt() -> None:
    log = Log().started().prompt("Add a till").prompt("go on", isAutopilotContinuation=True)
    log.prompt("skill text", source="skill-pdf").prompt("look here", source="agent-7")
    log.prompt("hello from next door", crossSession={"label": "x"}).prompt("And a drawer")
    log.add("user.message", {"content": "inner task"}, agentId="sub-1")
    session = log.session()
    assert session.intent is not None
    assert [session.intent.text, *(one.text for one in session.directions)] == ["Add a till", "And a drawer"]


def test_a_call_told_three_times_is_one_call() -> None:
    log = Log().started().call("t1", "create", '{"path": "till.py", "file_text": "x = 1\\n"}').result("t1", "Created")
    session = log.session()
    kinds = [event.kind for event in session.events]
    assert (kinds.count(EventKind.TOOL_CALL), kinds.count(EventKind.TOOL_RESULT)) == (1, 1)
    assert [(one.path, one.op) for one in session.changes] == [("till.py", ChangeOp.CREATE)]
    assert session.gaps == ()


def test_a_call_whose_message_is_missing_is_taken_from_its_start() -> None:
    log = (
        Log()
        .started()
        .add("tool.execution_start", {"toolCallId": "t1", "toolName": "view", "arguments": {"path": "a"}})
    )
    session = log.result("t1", "text").session()
    assert [(one.kind, one.target) for one in session.access] == [(AccessKind.FILE_READ, "a")]


@pytest.mark.parametrize(
    ("content", "status", "exit_code"),
    [
        ("3 passed in 0.1s\n<exited with exit code 0>", CheckStatus.PASSED, 0),
        ("1 failed\n<shellId: 0 completed with exit code 1>", CheckStatus.FAILED, 1),
        ("3 passed in 0.1s", CheckStatus.INCONCLUSIVE, None),
        ("<exited with exit code 0>\n1 failed", CheckStatus.INCONCLUSIVE, None),
        (
            "<command with shellId: 1 is still running after 30 seconds. Use read_bash>",
            CheckStatus.INCONCLUSIVE,
            None,
        ),
        ("<command with id: 0 stopped>", CheckStatus.INCONCLUSIVE, None),
    ],
)
def test_a_check_passed_only_where_the_program_recorded_exit_0_at_the_very_end(
    content: str, status: CheckStatus, exit_code: int | None
) -> None:
    session = Log().started().call("t1", "bash", {"command": "pytest -q"}).result("t1", content).session()
    assert [(one.status, one.exit) for one in session.checks] == [(status, exit_code)]


def test_an_exit_recorded_in_a_block_counts_and_a_pipe_masks_it() -> None:
    block = {"type": "shell_exit", "exitCode": 0, "shellId": "1"}
    for command, status in (("pytest", CheckStatus.PASSED), ("pytest | tail -3", CheckStatus.INCONCLUSIVE)):
        log = Log().started().call("t1", "bash", {"command": command})
        session = log.result("t1", result={"content": "2 passed", "contents": [block]}).session()
        assert [one.status for one in session.checks] == [status]


def test_a_background_command_is_not_a_passed_check() -> None:
    log = Log().started().call("t1", "bash", {"command": "pytest", "async": True}).result("t1", "started")
    assert [one.status for one in log.session().checks] == [CheckStatus.INCONCLUSIVE]


def test_a_person_refused_with_words() -> None:
    log = Log().started().prompt("Go").call("t1", "bash", {"command": "rm -r build"})
    log.add("permission.requested", {"requestId": "r1", "permissionRequest": {"kind": "shell", "toolCallId": "t1"}})
    denied = {"kind": "denied-interactively-by-user", "feedback": "keep the build"}
    log.add("permission.completed", {"requestId": "r1", "result": denied})
    log.result("t1", success=False, error={"code": "denied", "message": "no"}).prompt("Leave it")
    session = log.session()
    found = session.overrides[0]
    assert (found.kind, found.reason, found.correction) == (OverrideKind.REJECTION, "keep the build", "Leave it")
    assert session.rejected_paths[0].target == "rm -r build"
    assert session.access == ()


@pytest.mark.parametrize(
    ("code", "decision", "refused"),
    [
        ("rejected", None, True),
        ("denied", None, False),
        ("denied", "denied-by-rules", False),
        ("rejected", "denied-by-permission-request-hook", False),
        ("failure", None, False),
    ],
)
def test_a_rule_that_refused_is_not_a_person(code: str, decision: str | None, refused: bool) -> None:
    log = Log().started().call("t1", "bash", {"command": "pytest"})
    if decision:
        log.add("permission.completed", {"requestId": "r1", "toolCallId": "t1", "result": {"kind": decision}})
    session = log.result("t1", success=False, error={"code": code, "message": "no"}).session()
    assert bool(session.overrides) is refused
    ran = code == "failure"
    assert [one.status for one in session.checks] == ([CheckStatus.INCONCLUSIVE] if ran else [])


@pytest.mark.parametrize(
    ("asked", "result", "mode", "counted"),
    [
        ({"promptRequest": {"kind": "commands"}}, {"kind": "approved"}, "", (0, 1, 0)),
        ({"promptRequest": {"kind": "commands"}}, {"kind": "approved"}, "assisted", (0, 0, 1)),
        ({}, {"kind": "approved"}, "", (0, 0, 1)),
        ({}, {"kind": "approved-for-session"}, "", (0, 1, 0)),
        ({"resolvedByHook": True}, {"kind": "approved"}, "", (1, 0, 0)),
        ({}, {"kind": "approved", "managedApprovalHandled": True}, "", (1, 0, 0)),
    ],
)
def test_who_let_a_call_through_is_told_only_as_far_as_the_log_says(
    asked: dict[str, object], result: dict[str, object], mode: str, counted: tuple[int, int, int]
) -> None:
    log = Log().started()
    if mode:
        log.add("session.permissions_changed", {"mode": mode, "previousMode": "manual"})
    log.call("t1", "bash", {"command": "ls"})
    log.add("permission.requested", {"requestId": "r", "permissionRequest": {"toolCallId": "t1"}, **asked})
    log.add("permission.completed", {"requestId": "r", "result": result})
    permissions = log.result("t1", "a").session().permissions
    assert permissions is not None
    approvals = permissions.approvals
    assert (approvals.auto, approvals.human, approvals.unknown) == counted


def test_only_a_persons_abort_is_an_interrupt() -> None:
    log = Log().started().add("abort", {"reason": "user_initiated"}).add("abort", {"reason": "autopilot_credit_limit"})
    kinds = [event.kind for event in log.session().events]
    assert (kinds.count(EventKind.INTERRUPT), kinds.count(EventKind.NOTICE)) == (1, 1)


def test_what_a_person_ran_with_the_program_is_not_the_agents() -> None:
    log = (
        Log()
        .started()
        .add("tool.user_requested", {"toolCallId": "u1", "toolName": "bash", "arguments": {"command": "ls"}})
    )
    log.add("tool.execution_start", {"toolCallId": "u1", "toolName": "bash", "arguments": {"command": "pytest"}})
    session = log.result("u1", "1 passed\n<exited with exit code 0>", isUserRequested=True).session()
    assert (session.checks, session.authority.used) == ((), ())


def test_a_plan_that_a_person_refused_is_not_approved() -> None:
    log = Log().started().call("t1", "exit_plan_mode", {"summary": "1. till\n2. drawer"})
    log.result("t1", success=False, error={"code": "rejected", "message": "no"})
    log.call("t2", "exit_plan_mode", {"summary": "1. till"}).result("t2", "approved")
    assert [plan.state for plan in log.session().plans] == [PlanState.REJECTED, PlanState.APPROVED]


def test_an_answered_question_is_a_decision() -> None:
    log = Log().started().call("t1", "ask_user", {"question": "Which?", "choices": ["a", "b"]}).result("t1", "b")
    answer = log.session().answers[0]
    assert (answer.question, answer.options, answer.answer) == ("Which?", ("a", "b"), "b")


def test_sums_at_the_end_replace_what_messages_told_and_runs_add_up() -> None:
    metrics = {
        "gpt-5": {
            "requests": {"count": 3},
            "usage": {"inputTokens": 100, "outputTokens": 9, "cacheReadTokens": 40, "cacheWriteTokens": 5},
        }
    }
    log = (
        Log()
        .started()
        .add("assistant.message", {"messageId": "m1", "content": "a", "model": "gpt-5", "outputTokens": 7})
    )
    assert [one.output_tokens for one in log.session().usage] == [7]
    log.add("session.shutdown", {"modelMetrics": metrics})
    log.add("session.shutdown", {"modelMetrics": metrics})
    usage = log.session().usage[0]
    assert (usage.messages, usage.input_tokens, usage.output_tokens) == (6, 120, 18)
    assert (usage.cache_read_tokens, usage.cache_write_tokens) == (80, 10)


def test_a_sub_agent_is_named_and_its_lines_are_not_the_main_agents() -> None:
    log = Log().started().call("t1", "task", {"agent_type": "explore", "prompt": "Find the till"})
    log.add("assistant.message", {"messageId": "m2", "content": "looking"}, agentId="sub-1")
    log.add("subagent.completed", {"toolCallId": "t1", "agentName": "explore", "totalTokens": 90, "totalToolCalls": 2})
    session = log.result("t1", "found").session()
    sub = session.subagents[0]
    assert (sub.kind, sub.tokens, sub.tool_uses, sub.status, sub.transcript_present) == (
        "explore",
        90,
        2,
        "completed",
        True,
    )
    assert [event.actor for event in session.events if event.preview == "looking"] == [Actor.SUBAGENT]


def test_grants_change_with_the_session() -> None:
    log = Log().started().add("session.permissions_changed", {"mode": "allow-all", "previousMode": "manual"})
    log.add("session.mode_changed", {"newMode": "autopilot", "previousMode": "interactive"})
    grants = [(one.kind, one.value) for one in log.session().authority.granted]
    assert grants == [("directory", CWD), ("permission-mode", "allow-all"), ("session-mode", "autopilot")]


def test_a_tool_of_a_server_is_an_access_to_it() -> None:
    log = Log().started().call("t1", "github-get_issue", {"n": 1}, mcpServerName="github", mcpToolName="get_issue")
    session = log.result("t1", "text").session()
    assert [(one.kind, one.target) for one in session.access] == [(AccessKind.MCP, "github/get_issue")]


def test_an_unknown_event_is_counted_and_nothing_is_lost() -> None:
    log = Log().started().add("session.brand_new", {"x": 1}).add("assistant.turn_start", {"turnId": "0"})
    counts = log.session().counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped) == 3
    assert [(one.name, one.count) for one in counts.unknown_types] == [("session.brand_new", 1)]


def test_hostile_fields_are_nothing() -> None:
    log = Log().add("session.start", {"producer": "copilot-agent", "sessionId": "!", "context": "no", "version": True})
    for kind in ("user.message", "assistant.message", "tool.execution_start", "tool.execution_complete", "abort"):
        log.add(
            kind,
            {"content": 3, "toolRequests": [7, {"name": []}], "attachments": [None], "toolCallId": {}, "result": []},
        )
    log.events.append({"type": "session.shutdown", "data": None})
    log.add("session.shutdown", {"modelMetrics": {"m": 5, "n": {"usage": {"inputTokens": -4, "outputTokens": "9"}}}})
    session = log.session()
    assert session.native_id == "!"
    assert session.intent is None
