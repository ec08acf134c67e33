"""OpenHands: what the old trajectories, the outputs and the new conversation folders say, and what they do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attest.capture.gather.openhands import accepts_folder, conversations, gather_folder, gather_output, outputs
from attest.errors import InvalidInput
from attest.model.basis import Basis
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind
from attest.model.session import Actor, EventKind, Session
from tests.support.openhands import (
    action,
    conversation,
    observation,
    person,
    ran,
    read_document,
    read_folder,
    read_lines,
)

PATCH = "diff --git a/pond.py b/pond.py\n--- a/pond.py\n+++ b/pond.py\n@@ -1 +1 @@\n-ducks = 2\n+ducks = 3\n"
OID = "0123456789abcdef0123456789abcdef01234567"


def _whole(session: Session) -> bool:
    counts = session.counts
    return counts.records == counts.with_events + sum(one.count for one in counts.skipped)


def test_a_command_passes_only_by_the_exit_code_of_its_record() -> None:
    codes = {"passed": 0, "failed": 1, "inconclusive": -1}
    for status, code in codes.items():
        session = read_document(
            [
                person(0, "Run the tests."),
                action(1, "run", "c1", tool="execute_bash", command="python -m pytest -q"),
                ran(2, 1, code, "3 passed in 0.01s" if code == 0 else "1 failed" if code == 1 else "..."),
            ]
        )
        (check,) = session.checks
        assert check.status.value == status
        assert session.cwd == "/home/ada/pond"


def test_the_exit_code_of_early_versions_stands_beside_the_metadata() -> None:
    told = observation(2, 1, "run", "2 passed", exit_code=0, command_id=7)
    session = read_document([person(0, "x"), action(1, "run", command="pytest"), told])
    assert session.checks[0].status is CheckStatus.PASSED


def test_a_command_that_the_program_answers_with_an_error_is_not_decided() -> None:
    told = observation(2, 1, "error", "the runtime went away")
    session = read_document([person(0, "x"), action(1, "run", command="pytest"), told])
    assert session.checks[0].status is CheckStatus.INCONCLUSIVE
    assert session.events[-1].kind is EventKind.ERROR


def test_input_for_a_running_command_is_no_command() -> None:
    events: list[dict[str, Any]] = [
        person(0, "x"),
        action(1, "run", command="pytest"),
        ran(2, 1, -1, "collecting"),
        action(3, "run", command="C-c", is_input="true"),
        ran(4, 3, 130),
    ]
    (check,) = read_document(events).checks
    assert check.status is CheckStatus.INCONCLUSIVE


def test_an_edit_is_what_its_record_says_was_done() -> None:
    told = observation(
        2,
        1,
        "edit",
        "",
        path="/home/ada/pond/pond.py",
        prev_exist=True,
        old_content="a = 1\nb = 2\n",
        new_content="a = 1\nb = 3\n",
    )
    session = read_document([person(0, "x"), action(1, "edit", path="/home/ada/pond/pond.py", content="# draft"), told])
    (change,) = session.changes
    assert (len(change.added), len(change.removed), change.complete) == (1, 1, True)
    assert change.basis is Basis.OBSERVED


def test_an_edit_whose_arguments_stand_only_with_the_model_is_read_from_there() -> None:
    event = action(1, "edit", "c1", tool="str_replace_editor", path="/p/pond.py")
    arguments = json.dumps({"command": "create", "path": "/p/pond.py", "file_text": "ducks = 3\n"})
    call = {"id": "c1", "function": {"name": "str_replace_editor", "arguments": arguments}}
    event["tool_call_metadata"]["model_response"] = {"choices": [{"message": {"tool_calls": [call]}}]}
    session = read_document(
        [person(0, "x"), event, observation(2, 1, "edit", "done", path="/p/pond.py", prev_exist=False)]
    )
    assert [(one.op, len(one.added)) for one in session.changes] == [(ChangeOp.CREATE, 1)]


def test_a_refused_action_is_an_override_and_changes_nothing() -> None:
    session = read_document(
        [
            person(0, "x"),
            action(1, "edit", "c1", tool="edit", command="str_replace", path="/p/a", old_str="aaaa", new_str="bbbb"),
            {"id": 2, "source": "user", "action": "change_agent_state", "args": {"agent_state": "user_rejected"}},
            observation(3, 1, "user_rejected", "The action has been rejected by the user."),
        ]
    )
    assert [one.kind for one in session.overrides] == [OverrideKind.REJECTION]
    assert not session.changes
    assert len(session.rejected_paths) == 1


def test_an_action_told_again_once_it_is_confirmed_is_one_call() -> None:
    first, again = (action(number, "run", "c1", tool="execute_bash", command="pytest") for number in (1, 3))
    session = read_document([person(0, "x"), first, again, ran(4, 3, 0, "2 passed")])
    assert sum(event.kind is EventKind.TOOL_CALL for event in session.events) == 1
    assert session.checks[0].status is CheckStatus.PASSED
    assert not session.gaps


def test_only_a_person_prompts() -> None:
    events: list[dict[str, Any]] = [
        person(0, "Make room for a duck."),
        person(1, "Please continue on whatever approach you think is suitable.\nNEVER ASK"),
        action(2, "delegate", agent="BrowsingAgent", inputs={"task": "look up ducks"}),
        person(3, "TASK: look up ducks"),
        action(4, "browse", url="https://ducks.example/"),
        observation(5, 4, "browse", "quack", url="https://ducks.example/"),
        observation(6, 2, "delegate", "found"),
        person(7, "Thank you."),
    ]
    session = read_document(events)
    assert session.intent is not None
    assert [session.intent.text, *(one.text for one in session.directions)] == ["Make room for a duck.", "Thank you."]
    assert next(event.actor for event in session.events if event.tool == "browse") is Actor.SUBAGENT
    assert len(session.subagents) == 1


def test_a_command_that_a_person_ran_beside_the_agent_is_not_the_agents() -> None:
    event = {**action(1, "run", command="pytest"), "source": "user"}
    session = read_document([person(0, "x"), event, ran(2, 1, 0, "2 passed")])
    assert not session.checks
    assert not session.authority.used
    assert not session.gaps


def test_a_stop_by_a_person_is_an_interrupt_and_one_by_the_program_is_not() -> None:
    stop = {"id": 1, "source": "user", "action": "change_agent_state", "args": {"agent_state": "stopped"}}
    kinds = [event.kind for event in read_document([person(0, "x"), stop]).events]
    assert kinds == [EventKind.PROMPT, EventKind.INTERRUPT]
    by_program = {**stop, "source": "environment"}
    assert len(read_document([person(0, "x"), by_program]).events) == 1


def test_a_time_without_an_offset_is_no_time() -> None:
    session = read_document([{**person(0, "x"), "timestamp": "2026-01-27T22:44:56.900854"}])
    assert session.started is None
    assert [one.kind for one in session.gaps] == ["local-time"]


def test_unknown_events_and_values_are_counted() -> None:
    session = read_document([person(0, "x"), action(1, "levitate"), observation(2, 1, "levitate"), "what", 7])
    assert {one.name for one in session.counts.unknown_types} >= {"action/levitate", "observation/levitate"}
    assert _whole(session)
    assert session.counts.records == 6


def test_an_output_asks_with_the_issue_and_ends_with_its_patch() -> None:
    output = {
        "issue": {"number": 7, "title": "Room for ducks", "body": "There are too few."},
        "instruction": "You are working on an issue. Room for ducks",
        "base_commit": OID,
        "git_patch": PATCH,
        "history": [
            person(0, "You are working on an issue. Room for ducks"),
            action(1, "finish", final_thought="Done."),
        ],
        "metrics": {},
    }
    session = read_document(output)
    assert session.intent is not None
    assert session.intent.text == "Room for ducks\n\nThere are too few."
    assert not session.directions
    assert session.base.commit == OID
    assert [(one.path, one.rule) for one in session.changes] == [("pond.py", "openhands/change.final-patch@1")]
    assert _whole(session)


def test_several_outputs_are_several_sessions(tmp_path: Path) -> None:
    file = tmp_path / "output.jsonl"
    lines = [
        {
            "instance_id": name,
            "test_result": {"git_patch": PATCH},
            "instruction": "i",
            "instance": {"problem_statement": f"asked of {name}", "base_commit": OID},
            "history": [[action(1, "think", thought="t"), None]],
        }
        for name in ("pond-1", "pond-2")
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert outputs(file) == ("pond-2", "pond-1")
    session = read_lines(gather_output(file, "pond-1"))
    assert session.intent is not None
    assert (session.intent.text, session.base.commit) == ("asked of pond-1", OID)
    assert len(session.changes) == 1
    with pytest.raises(InvalidInput):
        list(gather_output(file, "pond-3"))


def _message(source: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "MessageEvent",
        "id": text,
        "source": source,
        "llm_message": {"content": [{"type": "text", "text": text}]},
        **more,
    }


def _act(call_id: str, tool: str, **arguments: Any) -> dict[str, Any]:
    return {
        "kind": "ActionEvent",
        "id": f"a-{call_id}",
        "source": "agent",
        "tool_name": tool,
        "tool_call_id": call_id,
        "action": arguments,
    }


def _seen(call_id: str, tool: str, **told: Any) -> dict[str, Any]:
    return {
        "kind": "ObservationEvent",
        "source": "environment",
        "tool_name": tool,
        "tool_call_id": call_id,
        "observation": {"content": [{"type": "text", "text": told.pop("text", "")}], **told},
    }


def test_a_conversation_folder_is_one_session(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = [
        {
            "kind": "SystemPromptEvent",
            "source": "agent",
            "system_prompt": {"text": "s"},
            "tools": [{"title": "terminal"}],
        },
        _message("user", "Make room for a duck."),
        _message("environment", "[Stop hook feedback] go on"),
        _act("c1", "terminal", command="pytest", kind="TerminalAction"),
        _seen("c1", "terminal", text="2 passed", exit_code=0),
        _act(
            "c2",
            "file_editor",
            command="str_replace",
            path="/home/ada/pond/pond.py",
            old_str="ducks = 2",
            new_str="ducks = 3",
        ),
        _seen("c2", "file_editor", old_content="ducks = 2\n", new_content="ducks = 3\n", prev_exist=True),
        _act("c3", "finish", message="All tests pass."),
        {"kind": "PauseEvent", "source": "user"},
        {"kind": "NobodyKnowsEvent", "source": "agent"},
    ]
    session = read_folder(conversation(tmp_path / "c", events))
    assert session.native_id == "0c9f5c52-1111-4222-8333-444455556666"
    assert session.intent is not None
    assert not session.directions
    assert [one.status for one in session.checks] == [CheckStatus.PASSED]
    assert len(session.changes) == 1
    assert {(one.kind, one.value) for one in session.authority.granted} >= {
        ("permission-mode", "AlwaysConfirm"),
        ("allowed-tool", "terminal"),
        ("directory", "/home/ada/pond"),
    }
    assert [one.name for one in session.counts.unknown_types] == ["NobodyKnowsEvent"]
    assert _whole(session)
    assert not session.gaps


def test_events_of_a_conversation_in_one_list_are_read_without_its_state() -> None:
    session = read_document(
        [_message("user", "x"), _act("c1", "terminal", command="pytest"), _seen("c1", "terminal", exit_code=1)]
    )
    assert [one.status for one in session.checks] == [CheckStatus.FAILED]
    assert "permission-mode" in session.authority.unknown


def test_a_refusal_by_a_person_is_told_from_a_block_by_a_hook(tmp_path: Path) -> None:
    refused = {
        "kind": "UserRejectObservation",
        "tool_name": "terminal",
        "tool_call_id": "c1",
        "rejection_reason": "not on main",
    }
    blocked = {**refused, "tool_call_id": "c2", "rejection_source": "hook"}
    acts: list[dict[str, Any]] = [
        _act("c1", "terminal", command="git push"),
        refused,
        _act("c2", "terminal", command="pytest"),
        blocked,
    ]
    session = read_folder(conversation(tmp_path / "c", [_message("user", "x"), *acts]))
    assert [(one.kind, one.reason) for one in session.overrides] == [(OverrideKind.REJECTION, "not on main")]
    assert not session.checks


def test_a_folder_of_conversations_gives_the_one_that_is_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        conversation(tmp_path / name, [_message("user", f"prompt of {name}")])
    (tmp_path / "link").symlink_to(tmp_path / "one")
    assert accepts_folder(tmp_path, b"")
    assert sorted(conversations(tmp_path)) == ["one", "two"]
    session = read_lines(gather_folder(tmp_path, "two"))
    assert session.intent is not None
    assert session.intent.text == "prompt of two"
    with pytest.raises(InvalidInput):
        list(gather_folder(tmp_path, "../two"))


def test_an_event_file_that_does_not_parse_is_a_counted_bad_line(tmp_path: Path) -> None:
    folder = conversation(tmp_path / "c", [_message("user", "x")])
    (folder / "events" / "event-00001-deadbeef.json").write_text('{"kind": \n')
    (folder / "events" / "event-00002-deadbeef.json").symlink_to(folder / "base_state.json")
    session = read_folder(folder)
    assert session.counts.bad_lines == 1
    assert session.counts.records == 5


def test_samples_parse_and_lose_nothing(shared: Path) -> None:
    for path in sorted((shared / "samples" / "openhands").glob("*.json")):
        events = json.loads(path.read_bytes())
        session = read_document(events)
        assert session.counts.records == len(events) + 1
        assert _whole(session)
        assert not session.counts.unknown_types
        assert [one.kind for one in session.gaps] == ["local-time"]
        calls = sum(event.kind is EventKind.TOOL_CALL for event in session.events)
        assert calls == sum(one.get("action") in ("run", "read", "edit") for one in events)
