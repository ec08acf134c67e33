"""SWE-agent: a format without exit codes, times and ids; what it shows is read, the rest is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attest.capture.swe_agent.actions import action_of
from attest.capture.tool_kinds import ToolKind
from attest.model.access import AccessKind
from attest.model.checks import CheckStatus
from attest.model.session import EventKind
from tests.support.openhands import read_document

OID = "0123456789abcdef0123456789abcdef01234567"
PATCH = "\r\ndiff --git a/pond.py b/pond.py\r\n--- a/pond.py\r\n+++ b/pond.py\r\n@@ -1 +1 @@\r\n-ducks = 2\r\n+ducks = 3\r\n"


def _step(action: str, observation: str = "", **more: Any) -> dict[str, Any]:
    state = {"open_file": "/pond/pond.py", "working_dir": "/pond"}
    return {
        "action": action,
        "observation": observation,
        "thought": "Let me see.",
        "response": "",
        "state": state,
        **more,
    }


def _run(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "environment": "main",
        "trajectory": list(steps),
        "history": [],
        "info": {"exit_status": "submitted"},
        **more,
    }


def test_no_check_passes_without_an_exit_code() -> None:
    session = read_document(_run(_step("python -m pytest -q", "3 passed in 0.01s"), _step("pytest", "1 failed")))
    assert [one.status for one in session.checks] == [CheckStatus.INCONCLUSIVE, CheckStatus.INCONCLUSIVE]
    assert {one.why for one in session.checks} == {"no exit code is recorded"}


@pytest.mark.parametrize(
    ("action", "kind", "arguments"),
    [
        ('open "src/pond.py" 12', ToolKind.READ, {"file_path": "src/pond.py"}),
        ("create pond.py", ToolKind.WRITE, {"file_path": "pond.py", "content": ""}),
        ("edit 'ducks = 2' 'ducks = 3'", ToolKind.EDIT, {"old_string": "ducks = 2", "new_string": "ducks = 3"}),
        ("edit 3:4\nducks = 3\nend_of_edit", ToolKind.EDIT, {"new_string": "ducks = 3", "replace_all": True}),
        ("insert 'ducks = 3'", ToolKind.EDIT, {"file_path": "/pond/pond.py", "new_string": "ducks = 3"}),
        (
            "str_replace_editor str_replace /p/a --old_str '--new_str' --new_str 'b'",
            ToolKind.EDIT,
            {"file_path": "/p/a", "old_string": "--new_str", "new_string": "b"},
        ),
        ("str_replace_editor view /p/a --view_range 1 2", ToolKind.READ, {"file_path": "/p/a"}),
        ("search_dir duck src", ToolKind.SEARCH, {"pattern": "duck", "path": "src"}),
        ("submit", ToolKind.OTHER, {}),
        ("edit", ToolKind.SHELL, {"command": "edit"}),
        ("ls -F 'open", ToolKind.SHELL, {"command": "ls -F 'open"}),
    ],
)
def test_an_action_is_a_tool_of_its_own_or_a_command(action: str, kind: ToolKind, arguments: dict[str, Any]) -> None:
    found = action_of(action, "/pond/pond.py")
    assert found.kind is kind
    assert {name: found.arguments[name] for name in arguments} == arguments


def test_an_edit_that_the_tool_refused_changed_nothing() -> None:
    refused = _step("edit 'ducks = 2' 'ducks ='", "Your proposed edit has introduced new syntax error(s). Please retry")
    session = read_document(
        _run(_step("open pond.py"), refused, _step("edit 'ducks = 2' 'ducks = 3'", "Text replaced."))
    )
    assert [len(one.added) for one in session.changes] == [1]
    assert sum(event.kind is EventKind.ERROR for event in session.events) == 1


def test_the_submission_is_what_came_of_it_and_makes_no_check_stale() -> None:
    document = _run(_step("pytest", "1 passed"), info={"exit_status": "submitted", "submission": PATCH})
    session = read_document(document)
    assert [(one.path, len(one.added), one.rule) for one in session.changes] == [
        ("pond.py", 1, "swe-agent/change.final-patch@1")
    ]
    assert session.checks[0].stale_after == 0


def test_what_was_asked_is_the_problem_statement_not_the_template() -> None:
    config = {
        "problem_statement": {"text": "Too few ducks."},
        "env": {"repo": {"base_commit": OID}},
        "agent": {"model": {"name": "model-a"}},
    }
    template = {"role": "user", "content": "Solve this.\nISSUE:\nToo few ducks.\nINSTRUCTIONS:\nDo it."}
    for told in (config, json.dumps(config)):
        session = read_document(_run(_step("ls"), replay_config=told, history=[template]))
        assert session.intent is not None
        assert session.intent.text == "Too few ducks."
        assert not session.directions
        assert (session.base.commit, session.models) == (OID, ("model-a",))


def test_the_first_versions_keep_the_statement_only_in_the_template() -> None:
    history = [
        {"role": "system", "content": "SETTING"},
        {"role": "user", "content": "a demonstration", "is_demo": True},
        {"role": "user", "content": "Solve this.\nISSUE:\nToo few ducks.\nINSTRUCTIONS:\nDo it."},
        {"role": "assistant", "content": "ok"},
    ]
    steps = [{"action": "ls", "observation": "a", "response": "Let me see.\nls", "state": '{"working_dir": "/pond"}'}]
    session = read_document({"environment": "main", "trajectory": steps, "history": history, "info": {}})
    assert session.intent is not None
    assert session.intent.text == "Too few ducks."
    assert session.cwd == "/pond"
    unmarked = read_document(_run(_step("ls"), history=[{"role": "user", "content": "Do something."}]))
    assert unmarked.intent is None


def test_a_document_without_its_other_members_is_read() -> None:
    session = read_document({"trajectory": [{"action": "ls", "observation": "a"}]})
    assert [event.kind for event in session.events] == [EventKind.NOTICE, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    assert session.native_id is None
    assert "permission-mode" in session.authority.unknown


def test_further_attempts_are_told_of_and_their_edits_are_not_this_runs() -> None:
    attempt = _run(_step("edit 'ducks = 2' 'ducks = 9'", "Text replaced."))
    session = read_document(_run(_step("ls"), attempts=[attempt, "odd"]))
    attempts = [event.preview for event in session.events if event.preview.startswith("attempt")]
    assert attempts == ["attempt submitted", "attempt"]
    assert not session.changes


def test_the_sample_parses_and_loses_nothing(shared: Path) -> None:
    (path,) = (shared / "samples" / "swe-agent").glob("*.traj")
    document = json.loads(path.read_bytes())
    session = read_document(document)
    counts = session.counts
    assert counts.records == len(document["trajectory"]) + len(document["history"]) + 2
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)
    assert not counts.unknown_types
    actions = [step["action"] for step in document["trajectory"] if step["action"].strip()]
    assert sum(event.kind is EventKind.TOOL_CALL for event in session.events) == len(actions)
    assert AccessKind.FILE_DELETED in {one.kind for one in session.access}
    assert session.base.commit == document["replay_config"]["env"]["repo"]["base_commit"]
