"""Overrides, rejected paths and plans of Claude Code in forms that the samples do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from attest.model.decisions import OverrideKind, PlanKind, PlanState, RejectedPathKind
from attest.model.session import Session
from tests.support.claude import REFUSED, Transcript

STOP = REFUSED + "STOP what you are doing and wait for the user to tell you how to proceed."
DENIED = (
    "Permission for this tool use was denied. The tool use was rejected (eg. if it was a file edit, the new_string was "
    "NOT written to the file). "
)
TOLD = REFUSED + "To tell you how to proceed, the user said:\n"


def started() -> Transcript:
    return Transcript().prompt("Make the pond deeper")


def paths(session: Session) -> list[tuple[int, str]]:
    return [(one.evidence[0].record, one.kind.value) for one in session.rejected_paths]


def proposals(session: Session) -> list[tuple[int, int, PlanState]]:
    return [(one.evidence[0].record, one.revision, one.state) for one in session.plans if one.kind is PlanKind.PROPOSAL]


def lists(session: Session) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.evidence[0].record, one.steps) for one in session.plans if one.kind is PlanKind.TASK_LIST]


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (STOP, None),
        (TOLD + "use the other bucket", "use the other bucket"),
        ("The user doesn't want to take this action right now. STOP what you are doing and wait.", None),
        (REFUSED + "The user provided the following reason for the rejection:  too deep", "too deep"),
        (DENIED + "The user said:\nnot in that folder", "not in that folder"),
        ("The agent proposed a plan that was rejected by the user. The user chose to stay in plan mode.", None),
    ],
)
def test_every_note_of_a_refusal_is_one_override_and_one_path(note: str, reason: str | None) -> None:
    session = started().call("Bash", command="dig").result(note, error=True).session()
    (override,) = session.overrides
    assert (override.kind, override.reason) == (OverrideKind.REJECTION, reason)
    assert paths(session) == [(1, "proposal")]


@pytest.mark.parametrize(
    "note",
    [
        "Permission to use Bash with command rm -rf x has been denied.",
        "Claude requested permissions to use Write, but you haven't granted it yet.",
        "Permission for this tool use was denied. It requires approval, and this session has no approval surface.",
        "Permission for this action has been denied. Reason: outside the task.",
        "PreToolUse:Bash hook error: [guard.sh]: not allowed",
        "<tool_use_error>Cancelled: parallel tool call Bash(dig) errored</tool_use_error>",
        "[Tool result missing due to internal error]",
    ],
)
def test_what_a_rule_a_hook_or_the_program_refuses_is_no_act_of_a_person(note: str) -> None:
    session = started().call("Bash", command="dig").result(note, error=True).session()
    assert session.overrides == ()
    assert session.rejected_paths == ()


def test_one_refusal_that_stops_calls_made_at_the_same_time_is_one_act() -> None:
    log = (
        started().call("Read", file_path="/home/ada/pond/a.md").call("Bash", command="dig").call("Bash", command="fill")
    )
    log.result(STOP, error=True, call=1).result(STOP, error=True, call=2).result(STOP, error=True, call=3)
    session = log.prompt("[Request interrupted by user for tool use]").session()
    assert len(session.overrides) == 1
    assert paths(session) == [(1, "proposal"), (2, "proposal"), (3, "proposal")]


def test_the_marker_of_an_interrupt_twice_is_one_act_and_again_later_another() -> None:
    marker = "[Request interrupted by user]"
    log = started().prompt(marker).prompt(marker).prompt("Go on").says("Digging.").prompt(marker)
    assert [one.evidence[0].record for one in log.session().overrides] == [1, 5]


def test_a_refusal_that_only_the_program_s_own_record_marks_is_one() -> None:
    log = started().call("Bash", command="dig").result(STOP, told="User rejected tool use")
    assert len(log.session().overrides) == 1
    quoted = started().call("Bash", command="grep -r rejected").result(STOP)
    assert quoted.session().overrides == ()


def test_words_right_behind_the_marker_are_the_correction() -> None:
    session = started().prompt("[Request interrupted by user] Only one metre").session()
    assert [(one.kind, one.correction) for one in session.overrides] == [(OverrideKind.INTERRUPT, "Only one metre")]
    assert [one.text for one in session.directions] == ["Only one metre"]


def test_refusals_with_reasons_are_acts_of_their_own() -> None:
    log = started().call("Bash", command="dig").call("Bash", command="fill")
    log.result(TOLD + "not here", error=True, call=1).result(TOLD + "nor there", error=True, call=2)
    assert [one.reason for one in log.session().overrides] == ["not here", "nor there"]


def test_a_plan_that_a_person_changed_before_approving_it_is_an_override_and_a_revision() -> None:
    log = started().call("ExitPlanMode", plan="# Plan\n\n- dig\n- fill")
    note = "User has approved your plan.\n\n## Approved Plan (edited by user):\n# Plan\n\n- dig\n- plant reeds"
    session = log.result(note, told={"plan": "# Plan\n\n- dig\n- plant reeds", "planWasEdited": True}).session()
    assert proposals(session) == [(1, 1, PlanState.SUPERSEDED), (2, 2, PlanState.APPROVED)]
    assert [one.kind for one in session.overrides] == [OverrideKind.USER_MODIFIED]
    assert session.overrides[0].evidence[0].pointer == "/toolUseResult/planWasEdited"


def test_the_same_plan_proposed_again_is_no_revision() -> None:
    log = started().call("ExitPlanMode", plan="- dig").result(TOLD + "wait for Ben", error=True)
    session = (
        log.prompt("Ben agrees").call("ExitPlanMode", plan="- dig").result("User has approved your plan.").session()
    )
    assert [(revision, state) for _, revision, state in proposals(session)] == [(1, PlanState.APPROVED)]
    assert len(session.overrides) == 1


def test_a_plan_that_only_its_file_holds_is_the_plan_and_its_edits_are_revisions() -> None:
    path = "/home/ada/.claude/plans/quiet-reeds.md"
    log = started().call("Write", file_path=path, content="# Plan\n\n- dig\n").result("File created successfully")
    session = log.edit(path, "- dig", "- dig\n- fill").session()
    assert proposals(session) == [(1, 1, PlanState.SUPERSEDED), (3, 2, PlanState.PROPOSED)]
    assert session.plans[1].steps_added == ("fill",)


def test_writes_to_the_plan_file_are_drafts_where_the_plan_is_proposed() -> None:
    path = "/home/ada/.claude/plans/quiet-reeds.md"
    log = started().call("Write", file_path=path, content="- dig\n").result("File created successfully")
    log.edit(path, "- dig", "- dig\n- fill").call("ExitPlanMode").result("User has approved your plan.")
    session = log.session()
    assert proposals(session) == [(5, 1, PlanState.APPROVED)]
    assert session.plans[0].steps == ("dig", "fill")


def task(log: Transcript, number: int, subject: str) -> Transcript:
    log.call("TaskCreate", subject=subject, description=subject)
    return log.result(f"Task #{number} created successfully: {subject}", told={"task": {"id": str(number)}})


def test_tasks_created_in_a_row_are_one_list_and_later_ones_a_revision() -> None:
    log = started()
    for number, subject in enumerate(("dig", "fill", "plant"), start=1):
        task(log, number, subject)
    log.call("TaskUpdate", taskId="1", status="completed").result("Updated task #1 status")
    log.shell("ls")
    task(log, 4, "measure")
    assert lists(log.session()) == [(1, ("dig", "fill", "plant")), (11, ("dig", "fill", "plant", "measure"))]


def test_a_task_taken_out_or_reworded_is_a_revision_and_progress_is_none() -> None:
    log = task(task(started(), 1, "dig"), 2, "fill")
    log.call("TaskUpdate", taskId="1", status="in_progress").result("Updated task #1 status")
    log.call("TaskUpdate", taskId="2", subject="fill slowly").result("Updated task #2 subject")
    log.call("TaskUpdate", taskId="1", status="deleted").result("Updated task #1 deleted")
    assert [steps for _, steps in lists(log.session())] == [("dig", "fill"), ("dig", "fill slowly"), ("fill slowly",)]


def edited(log: Transcript, before: str, old: str, new: str) -> Transcript:
    return log.edit("/home/ada/pond/a.py", old, new, originalFile=before)


def test_a_file_that_comes_back_to_an_earlier_content_by_another_way_is_a_path_left() -> None:
    log = edited(started(), "a\nb\n", "a", "x")
    edited(log, "x\nb\n", "b", "y")
    log.call("Write", file_path="/home/ada/pond/a.py", content="a\nb\n")
    session = log.result("updated", told={"originalFile": "x\ny\n"}).session()
    assert [(one.kind, one.evidence[0].record, one.evidence[1].record) for one in session.rejected_paths] == [
        (RejectedPathKind.REVERSAL, 5, 1)
    ]


def test_several_edits_in_one_call_can_put_a_file_back() -> None:
    log = edited(started(), "a\nb\n", "a", "x")
    edits = [{"old_string": "x", "new_string": "a"}, {"old_string": "c", "new_string": "c"}]
    log.call("MultiEdit", file_path="/home/ada/pond/a.py", edits=edits[:1])
    session = log.result("Applied 1 edit", told={"originalFileContents": "x\nb\n"}).session()
    assert paths(session) == [(3, "reversal")]


def test_new_content_is_no_reversal() -> None:
    log = edited(started(), "a\n", "a", "b")
    edited(log, "b\n", "b", "c")
    assert edited(log, "c\n", "c", "d").session().rejected_paths == ()


@pytest.mark.parametrize(
    "command",
    [
        "rm /home/ada/pond/reeds.py",
        "rm -f ./src/../reeds.py; rm -f reeds.py && ls",
        "cd /home/ada/pond && git rm -f reeds.py",
        "rm -rf /home/ada/pond",
        "rm *.py",
        "unlink reeds.py",
    ],
)
def test_removing_a_file_the_session_wrote_is_a_path_left(command: str) -> None:
    log = started().call("Write", file_path="/home/ada/pond/reeds.py", content="x\n")
    log.result("File created successfully at: /home/ada/pond/reeds.py", told={"type": "create"})
    assert paths(log.shell(command).session()) == [(3, "discard")]


@pytest.mark.parametrize("command", ["rm other.py", "rm -rf node_modules", "git rm --cached reeds.py", "ls reeds.py"])
def test_removing_something_else_is_none(command: str) -> None:
    log = started().call("Write", file_path="/home/ada/pond/reeds.py", content="x\n")
    log.result("File created successfully at: /home/ada/pond/reeds.py", told={"type": "create"})
    assert log.shell(command).session().rejected_paths == ()


def test_cleaning_up_a_temporary_file_is_none() -> None:
    log = started().call("Write", file_path="/tmp/probe.py", content="x\n")
    log.result("File created successfully at: /tmp/probe.py", told={"type": "create"})
    assert log.shell("rm /tmp/probe.py").session().rejected_paths == ()


@pytest.mark.parametrize(
    ("command", "output", "found"),
    [
        ("git checkout a.py b.py", "Updated 2 paths from the index", True),
        ("git checkout HEAD~1 src/a.py", "", True),
        ("git checkout a.py", "Updated 1 path from the index", True),
        ("git checkout .", "", True),
        ("git checkout -f main", "", True),
        ("git checkout main", "Switched to branch 'main'", False),
        ("git checkout -b deeper", "", False),
        ("git checkout -b deeper origin/main", "", False),
        ("git switch --discard-changes main", "", True),
        ("git switch main", "", False),
        ("git restore -SW a.py", "", True),
        ("git restore --staged a.py", "", False),
        ("git reset --hard HEAD~1", "", True),
        ("git reset HEAD~1", "", False),
        ("git stash", "", False),
        ("git stash drop", "", True),
        ("git clean -fdx", "", True),
        ("git clean -nfd", "", False),
        ("git revert --no-edit abc1234", "", True),
        ("git revert --abort", "", False),
        ("jj restore a.py", "", True),
        ("git log -- a.py", "", False),
        ("git checkout --theirs go.sum", "Updated 1 path from the index", False),
        ("git restore --ours go.sum", "", False),
    ],
)
def test_commands_that_throw_work_away(command: str, output: str, *, found: bool) -> None:
    assert bool(started().shell(command, output).session().rejected_paths) is found


def test_a_checkout_of_a_file_that_the_session_edited_is_no_branch() -> None:
    log = started().edit("/home/ada/pond/src/a.py", "a", "b").shell("git checkout src/a.py")
    assert paths(log.session()) == [(3, "discard")]


def test_of_a_line_that_failed_only_what_surely_ran_counts() -> None:
    threw = "git restore a.py && npm test"
    assert paths(started().shell(threw, "1 failed", code=1).session()) == [(1, "discard")]
    assert paths(started().shell("npm test && git restore a.py", "1 failed", code=1).session()) == []
    gone = "error: pathspec 'a.py' did not match any file(s) known to git"
    assert paths(started().shell(threw, gone, code=1).session()) == []
    assert paths(started().shell("git restore a.py", gone, code=1).session()) == []


def test_an_edit_the_tool_refused_and_that_was_made_in_another_form_is_a_path_left() -> None:
    path = "/home/ada/pond/a.py"
    refusal = "<tool_use_error>String to replace not found in file.</tool_use_error>"
    log = started().call("Edit", file_path=path, old_string="deep", new_string="deeper").result(refusal, error=True)
    session = log.edit(path, "  deep", "  deeper").session()
    assert paths(session) == [(1, "retry")]


def test_the_same_edit_once_more_after_reading_the_file_is_none() -> None:
    path = "/home/ada/pond/a.py"
    refusal = "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>"
    log = started().call("Edit", file_path=path, old_string="deep", new_string="deeper").result(refusal, error=True)
    log.call("Read", file_path=path).result("deep")
    assert log.edit(path, "deep", "deeper").session().rejected_paths == ()


def linked(log: Transcript, kind: str, parent: str | None, **fields: Any) -> Transcript:
    return log.add(kind, parentUuid=parent, **fields)


def said(text: str) -> dict[str, Any]:
    return {"message": {"role": "user", "content": text}}


def answered(text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "id": text, "model": "m", "content": [{"type": "text", "text": text}]}}


def test_a_branch_is_left_also_where_the_new_prompt_hangs_on_another_record() -> None:
    log = linked(Transcript(), "user", None, **said("Make the pond deeper"))
    linked(log, "assistant", "u0", **answered("How deep?"))
    linked(log, "system", "u1", subtype="turn_duration")
    linked(log, "user", "u2", **said("Two metres"))
    linked(log, "assistant", "u3", **answered("Digging."))
    linked(log, "user", "u4", **said("And wider"))
    linked(log, "user", "u1", **said("One metre"))
    session = linked(log, "assistant", "u6", **answered("Digging less.")).session()
    assert [(one.kind.value, one.evidence[0].record, one.evidence[1].record) for one in session.rejected_paths] == [
        ("branch", 3, 6)
    ]


def test_records_whose_parents_are_missing_are_no_branch() -> None:
    log = linked(Transcript(), "user", "gone-1", **said("Make the pond deeper"))
    linked(log, "assistant", "u0", **answered("How deep?"))
    linked(log, "user", "gone-2", **said("Two metres"))
    assert linked(log, "assistant", "u2", **answered("Digging.")).session().rejected_paths == ()


def test_results_of_calls_made_at_the_same_time_are_no_branches() -> None:
    log = started().call("Bash", command="ls a").call("Bash", command="ls b").result("a", call=1)
    log.add(
        "user", parentUuid="u2", message={"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2"}]}
    )
    log.add("assistant", parentUuid="u4", **answered("Done."))
    assert log.prompt("Thanks").session().rejected_paths == ()


def test_removing_many_names_many_times_does_not_stall() -> None:
    log = started()
    for number in range(300):
        log.call("Write", file_path=f"/home/ada/pond/{number}.py", content="x")
        log.result("File created successfully", told={"type": "create"})
    log.shell("rm " + " ".join(f"no-{number}.py" for number in range(3_000)))
    for _ in range(60):
        log.shell("; ".join(["rm *.txt"] * 100))
    assert log.session().rejected_paths == ()
