"""Decisions and runs of Codex in forms of its newer versions, and in some that the samples do not hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.model.checks import Check, CheckStatus
from attest.model.decisions import OverrideKind, PlanKind, PlanState
from attest.model.session import Session
from tests.support.codex import CWD, Rollout

GREEN = "12 passed in 0.31s"


def started(policy: str = "on-request", **more: Any) -> Rollout:
    return Rollout().meta().turn(policy, **more).prompt("Make the pond deeper")


def proposals(session: Session) -> list[tuple[int, PlanState, tuple[str, ...]]]:
    return [(one.revision, one.state, one.steps) for one in session.plans if one.kind is PlanKind.PROPOSAL]


def only(session: Session) -> Check:
    (check,) = session.checks
    return check


def completed(log: Rollout, **item: Any) -> Rollout:
    return log.event("item_completed", thread_id="t", turn_id="u", item=item)


def ran(log: Rollout, command: str, code: int, output: str = "", *, name: str = "exec-1") -> Rollout:
    status = "completed" if code == 0 else "failed"
    argv = ["/bin/zsh", "-lc", command]
    return completed(
        log, type="CommandExecution", id=name, command=argv, status=status, exit_code=code, aggregated_output=output
    )


def script(log: Rollout, *commands: str) -> Rollout:
    lines = [f"const r{at} = await tools.exec_command({json.dumps({'cmd': one})});" for at, one in enumerate(commands)]
    return log.custom("exec", "\n".join([*lines, "text(r0.output);"]))


def scripted(log: Rollout, text: str = "") -> Rollout:
    return log.output([{"type": "input_text", "text": "Script completed\nWall time 0.3 seconds\nOutput:\n" + text}])


def test_a_proposed_plan_and_its_revision_are_read_and_the_accepted_one_is_approved() -> None:
    log = started().says("Here it is.\n<proposed_plan>\n- dig\n- fill\n</proposed_plan>").prompt("Plant reeds too")
    log.says("<proposed_plan>\n- dig\n- fill\n- plant reeds\n</proposed_plan>").prompt("Implement the plan.")
    assert proposals(log.session()) == [
        (1, PlanState.SUPERSEDED, ("dig", "fill")),
        (2, PlanState.APPROVED, ("dig", "fill", "plant reeds")),
    ]


def test_a_plan_recorded_as_words_and_as_an_item_is_one_proposal() -> None:
    log = started().says("<proposed_plan>\n- dig\n</proposed_plan>")
    assert proposals(completed(log, type="Plan", id="p1", text="- dig\n").session()) == [
        (1, PlanState.PROPOSED, ("dig",))
    ]


def test_turns_that_a_person_took_back_are_a_path_left() -> None:
    log = started().says("Digging.").prompt("And wider").says("Wider.").prompt("Much wider").says("Much wider.")
    session = log.event("thread_rolled_back", num_turns=2).prompt("Leave the width").session()
    (left,) = session.rejected_paths
    assert (left.kind.value, left.detail) == ("branch", "And wider")
    assert [spot.record for spot in left.evidence] == [6, 14]


@pytest.mark.parametrize("turns", [0, -1, True, "2", None])
def test_a_rollback_of_no_turns_is_none(turns: Any) -> None:
    assert started().says("Digging.").event("thread_rolled_back", num_turns=turns).session().rejected_paths == ()


def test_a_file_added_and_deleted_again_is_a_path_left() -> None:
    log = started().patch("*** Add File: reeds.py", "+x = 1").patch("*** Delete File: reeds.py")
    assert [(one.kind.value, one.target) for one in log.session().rejected_paths] == [("reversal", "reeds.py")]


def test_a_file_added_and_removed_by_a_command_is_a_path_left() -> None:
    log = started().patch("*** Add File: reeds.py", "+x = 1").shell("rm reeds.py")
    assert [one.kind.value for one in log.session().rejected_paths] == ["discard"]


def test_a_patch_that_did_not_fit_and_was_made_in_another_form_is_a_path_left() -> None:
    log = started().custom("apply_patch", "*** Begin Patch\n*** Update File: a.py\n@@\n-deep\n+deeper\n*** End Patch")
    log.output("apply_patch verification failed: Failed to find expected lines in a.py")
    log.patch("*** Update File: a.py", "@@", "-  deep", "+  deeper")
    assert [one.kind.value for one in log.session().rejected_paths] == ["retry"]


def test_the_exit_code_of_a_command_in_a_script_comes_from_its_own_record() -> None:
    log = script(started(), "pytest -q", "ruff check .")
    ran(ran(log, "pytest -q", 0, GREEN), "ruff check .", 1, "Found 2 errors.", name="exec-2")
    checks = scripted(log).session().checks
    assert [(one.tool, one.status, one.exit) for one in checks] == [
        ("pytest", CheckStatus.PASSED, 0),
        ("ruff check", CheckStatus.FAILED, 1),
    ]


def test_without_such_a_record_a_command_in_a_script_is_inconclusive() -> None:
    assert only(scripted(script(started(), "pytest -q"), GREEN).session()).status is CheckStatus.INCONCLUSIVE


def test_a_command_that_a_script_ran_twice_is_inconclusive() -> None:
    log = script(started(), "pytest -q")
    ran(ran(log, "pytest -q", 0, GREEN), "pytest -q", 1, "1 failed in 0.1s", name="exec-2")
    assert only(scripted(log).session()).status is CheckStatus.INCONCLUSIVE


def test_a_record_from_before_a_script_is_not_the_script_s() -> None:
    log = ran(started(), "pytest -q", 0, GREEN)
    assert only(scripted(script(log, "pytest -q")).session()).status is CheckStatus.INCONCLUSIVE


def test_a_mask_holds_in_a_script_too() -> None:
    log = ran(script(started(), "pytest | tail"), "pytest | tail", 0, GREEN)
    assert only(scripted(log).session()).status is CheckStatus.INCONCLUSIVE


def test_two_records_that_disagree_give_no_exit_code() -> None:
    log = started().call("exec_command", cmd="pytest")
    ran(log, "pytest", 1, "", name="call_1").output(f"Chunk ID: a\nProcess exited with code 0\nOutput:\n{GREEN}")
    assert only(log.session()).status is CheckStatus.INCONCLUSIVE


def test_a_patch_that_only_an_item_tells_is_a_change() -> None:
    log = started().custom("exec", "await tools.apply_patch(patch);")
    changes = {f"{CWD}/a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-deep\n+deeper\n", "move_path": None}}
    completed(log, type="FileChange", id="exec-9", changes=changes, status="completed")
    session = scripted(log).session()
    assert [(one.path, one.op.value) for one in session.changes] == [(f"{CWD}/a.py", "modify")]


def test_a_patch_told_by_an_item_and_by_an_event_is_one_change() -> None:
    changes = {f"{CWD}/a.py": {"type": "add", "content": "x\n"}}
    log = started().custom("exec", "await tools.apply_patch(patch);")
    log.event("patch_apply_end", call_id="exec-9", success=True, changes=changes)
    completed(log, type="FileChange", id="exec-9", changes=changes, status="completed")
    assert len(scripted(log).session().changes) == 1


def test_a_call_in_a_script_that_a_person_declined_is_an_override() -> None:
    log = script(started(), "rm -rf build")
    argv = ["/bin/zsh", "-lc", "rm -rf build"]
    completed(log, type="CommandExecution", id="exec-1", command=argv, status="declined", exit_code=None)
    session = scripted(log).session()
    assert [(one.kind, one.target) for one in session.overrides] == [(OverrideKind.REJECTION, "rm -rf build")]
    assert [one.kind.value for one in session.rejected_paths] == ["proposal"]


@pytest.mark.parametrize("turn", [{"policy": "never"}, {"policy": "on-request", "approvals_reviewer": "auto_review"}])
def test_what_nobody_was_asked_nobody_declined(turn: dict[str, str]) -> None:
    log = script(started(**turn), "rm -rf build")
    completed(log, type="CommandExecution", id="exec-1", command="rm -rf build", status="declined", exit_code=None)
    assert scripted(log).session().overrides == ()


@pytest.mark.parametrize(("policy", "acts"), [("on-request", 1), ("never", 0)])
def test_a_refused_call_of_an_mcp_server_is_an_override_where_somebody_is_asked(policy: str, acts: int) -> None:
    log = started(policy).call("mcp__pond__drain", level=3).output("user rejected MCP tool call")
    assert len(log.session().overrides) == acts


def test_a_command_that_went_on_ends_with_the_poll_that_tells_its_exit() -> None:
    log = started().call("exec_command", cmd="pytest")
    log.output("Chunk ID: a\nWall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n....")
    log.call("write_stdin", session_id=7, chars="")
    session = log.output(f"Chunk ID: b\nWall time: 1.0 seconds\nProcess exited with code 0\nOutput:\n{GREEN}").session()
    assert (only(session).status, only(session).exit) == (CheckStatus.PASSED, 0)


def test_a_command_that_was_still_going_is_inconclusive() -> None:
    log = started().call("exec_command", cmd="pytest")
    log.output("Chunk ID: a\nWall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n....")
    assert only(log.session()).status is CheckStatus.INCONCLUSIVE


def test_a_command_that_a_person_aborted_has_no_outcome() -> None:
    log = started().call("exec_command", cmd="pytest").output("aborted by user after 3.2s")
    session = log.event("turn_aborted", turn_id="u", reason="interrupted").session()
    assert only(session).status is CheckStatus.INCONCLUSIVE
    assert [one.kind for one in session.overrides] == [OverrideKind.INTERRUPT]


def test_progress_in_the_task_list_is_no_revision_and_new_words_are_one() -> None:
    def plan(log: Rollout, **steps: str) -> Rollout:
        items = [{"step": name, "status": state} for name, state in steps.items()]
        return log.call("update_plan", plan=items).output("Plan updated")

    log = plan(started(), dig="in_progress", fill="pending")
    plan(log, dig="completed", fill="in_progress")
    plan(log, dig="completed", fill="in_progress", plant="pending")
    assert [one.steps for one in log.session().plans] == [("dig", "fill"), ("dig", "fill", "plant")]


def test_plans_that_are_opened_without_end_are_none_and_do_not_stall() -> None:
    assert started().says("<proposed_plan>" * 60_000 + " " * 200_000).session().plans == ()
