"""Who spoke, what they decided, what they refused."""

from __future__ import annotations

import pytest

from attest.model.basis import Basis
from attest.model.decisions import OverrideKind, PlanState, RejectedPathKind
from attest.model.session import Actor, EventKind
from tests.support.claude import Transcript


def test_first_prompt_is_the_intent_and_later_ones_are_directions() -> None:
    session = Transcript().prompt("Drain the pond.").says("Yes.").prompt("Leave the frogs.").session()
    assert session.intent is not None
    assert session.intent.text == "Drain the pond."
    assert [one.text for one in session.directions] == ["Leave the frogs."]
    assert session.intent.evidence[0].record == 0


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"isMeta": True}, "Base directory for this skill"),
        ({"isCompactSummary": True}, "We did much."),
        ({"isSidechain": True}, "Look for frogs."),
        ({"origin": {"kind": "task-notification"}}, "A task is done."),
        ({}, "<command-name>/exit</command-name>"),
        ({}, "<local-command-stdout>Bye</local-command-stdout>"),
        ({}, "<system-reminder>Mind the list.</system-reminder>"),
        ({}, "<task-notification>done</task-notification>"),
        ({}, "Stop hook feedback:\n- [check]: run the tests"),
        ({}, "[Request interrupted by user]"),
        ({}, "  \n"),
    ],
)
def test_text_that_no_person_wrote_is_never_a_prompt(fields: dict[str, object], text: str) -> None:
    session = Transcript().prompt(text, **fields).session()
    assert session.intent is None
    assert not any(event.actor is Actor.HUMAN and event.kind is EventKind.PROMPT for event in session.events)


def test_a_reminder_before_a_persons_words_is_taken_off_and_the_words_kept() -> None:
    session = Transcript().prompt("<system-reminder>Mind it.</system-reminder>\nDrain it.").session()
    assert session.intent is not None
    assert session.intent.text == "Drain it."


def test_rejection_keeps_the_reason_the_target_and_the_correction() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .call("Bash", command="rm pond.txt")
        .refused("Not that file.")
        .prompt("Take lake.txt")
        .session()
    )
    (act,) = session.overrides
    assert (act.kind, act.tool, act.target) == (OverrideKind.REJECTION, "Bash", "rm pond.txt")
    assert (act.reason, act.correction) == ("Not that file.", "Take lake.txt")
    assert [one.record for one in act.evidence] == [2, 1, 3]
    (path,) = session.rejected_paths
    assert path.kind is RejectedPathKind.PROPOSAL
    assert not session.checks
    assert not session.access


def test_stop_and_its_interrupt_marker_are_one_act() -> None:
    session = Transcript().prompt("Go").call("Bash", command="ls").refused().interrupted(tool=True).session()
    assert [act.kind for act in session.overrides] == [OverrideKind.REJECTION]


def test_interrupt_after_the_agent_went_on_is_an_act_of_its_own() -> None:
    session = (
        Transcript().prompt("Go").call("Bash", command="ls").refused().says("Then I wait.").interrupted().session()
    )
    assert [act.kind for act in session.overrides] == [OverrideKind.REJECTION, OverrideKind.INTERRUPT]


def test_a_tool_that_prints_the_words_of_a_rejection_without_an_error_rejects_nothing() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .call("Bash", command="cat x")
        .result("The user doesn't want to proceed with this tool use.")
        .session()
    )
    assert not session.overrides


def test_a_proposal_the_person_changed_is_an_override() -> None:
    session = Transcript().prompt("Go").edit("/home/ada/pond/a.py", "x", "y", userModified=True).session()
    assert [act.kind for act in session.overrides] == [OverrideKind.USER_MODIFIED]
    assert session.overrides[0].evidence[0].pointer == "/toolUseResult/userModified"
    assert session.changes[0].user_modified


def test_plan_revisions_keep_state_reason_and_difference() -> None:
    log = Transcript().prompt("Plan it").call("ExitPlanMode", plan="# Pond\n- dig\n- fill").refused("No digging.")
    log.call("ExitPlanMode", plan="# Pond\n- fill").result("User has approved your plan.").edit("a", "x", "y")
    first, second = log.session().plans
    assert (first.state, first.reason, first.steps) == (PlanState.REJECTED, "No digging.", ("Pond", "dig", "fill"))
    assert (second.state, second.steps_removed, second.revision) == (PlanState.APPROVED, ("dig",), 2)
    assert first.before_first_edit


def test_a_plan_accepted_with_a_fresh_context_is_approved_and_not_refused() -> None:
    plan = "# Pond\n- dig"
    log = Transcript().prompt("Plan it").call("ExitPlanMode", plan=plan).refused().interrupted(tool=True)
    session = log.prompt(
        f"Implement the following plan:\n\n{plan}\n\n\nIf you need specific details from before exiting plan mode, read x"
    ).session()
    assert not session.overrides
    assert not session.rejected_paths
    assert [one.state for one in session.plans] == [PlanState.APPROVED]
    assert session.plans[0].evidence[-1].record == 4


def test_only_a_given_answer_counts_as_an_answer() -> None:
    asked = {"questions": [{"question": "Which?", "options": [{"label": "A"}, {"label": "B"}]}]}
    log = Transcript().prompt("Go").call("AskUserQuestion", **asked).result("ok", told={"answers": {"Which?": "B"}})
    log.call("AskUserQuestion", **asked).result("no answer", told={"answers": {}})
    (answer,) = log.session().answers
    assert (answer.question, answer.options, answer.answer) == ("Which?", ("A", "B"), "B")


@pytest.mark.parametrize(
    "command, thrown_away",
    [
        ("git restore a.py", True),
        ("git restore --staged a.py", False),
        ("git checkout -- a.py", True),
        ("git checkout -b new", False),
        ("git -C /x reset --hard HEAD~1", True),
        ("git reset HEAD a.py", False),
        ("git revert HEAD", True),
        ("git stash drop && ls", True),
        ("git stash; git stash pop", False),
        ("echo 'git reset --hard'", False),
        ("git clean -fd", True),
        ("git clean -nfd", False),
    ],
)
def test_commands_that_throw_work_away_are_rejected_paths(command: str, thrown_away: bool) -> None:
    session = Transcript().prompt("Go").shell(command).session()
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.DISCARD] * thrown_away


def test_an_edit_that_puts_the_old_text_back_is_a_reversal() -> None:
    log = Transcript().prompt("Go").edit("a.py", "one = 1", "one = 2").edit("a.py", "one = 2", "one = 1")
    (path,) = log.session().rejected_paths
    assert path.kind is RejectedPathKind.REVERSAL
    assert [one.record for one in path.evidence] == [3, 1]


def test_permission_modes_are_a_timeline_and_unknown_when_never_named() -> None:
    log = (
        Transcript()
        .prompt("Go", permissionMode="default")
        .prompt("On", permissionMode="default")
        .prompt("Fast", permissionMode="bypassPermissions")
    )
    authority = log.session().authority
    assert [grant.value for grant in authority.granted if grant.kind == "permission-mode"] == [
        "default",
        "bypassPermissions",
    ]
    assert "permission-mode" not in authority.unknown
    assert "permission-mode" in Transcript().prompt("Go").session().authority.unknown


def test_commit_of_the_agents_own_record_is_observed_and_of_printed_output_inferred() -> None:
    log = (
        Transcript()
        .prompt("Go")
        .shell(
            "git commit -m x",
            "[main 1234abc] x\n",
            told={"gitOperation": {"commit": {"sha": "1234abc", "kind": "committed"}}},
        )
    )
    log.shell("git commit -m y", "[main 5678def] y\n").shell("cat log", "[main 9999999] z\n")
    assert [(one.oid, one.branch, one.basis) for one in log.session().commits] == [
        ("1234abc", "main", Basis.OBSERVED),
        ("5678def", "main", Basis.INFERRED),
    ]


def test_usage_counts_an_api_message_once_and_by_its_last_line() -> None:
    log = Transcript().prompt("Go")
    log.agent({"type": "thinking", "thinking": ""}, message_id="m", usage={"input_tokens": 5, "output_tokens": 1})
    log.agent({"type": "text", "text": "Hi"}, message_id="m", usage={"input_tokens": 5, "output_tokens": 9})
    (usage,) = log.session().usage
    assert (usage.messages, usage.input_tokens, usage.output_tokens) == (1, 5, 9)


def test_a_prompt_from_an_earlier_place_leaves_a_branch() -> None:
    log = (
        Transcript().prompt("Go").says("Yes").prompt("Dig", parentUuid="u1").says("Dug").prompt("Fill", parentUuid="u1")
    )
    (path,) = log.session().rejected_paths
    assert (path.kind, path.detail) == (RejectedPathKind.BRANCH, "Dig")
    assert [one.record for one in path.evidence] == [2, 4]


def test_a_prompt_after_the_agent_went_on_is_not_a_correction() -> None:
    log = Transcript().prompt("Go").call("Bash", command="ls").refused("Not now.").says("All right.").prompt("Next")
    assert log.session().overrides[0].correction is None
