"""How plans changed and why, what was decided, how conflicts were settled, where the work left its way."""

from __future__ import annotations

import json

import pytest

from attest.capture.conflicts import how_settled
from attest.capture.plan_revisions import line_diff
from attest.model.course import Course, DecisionKind, Known, MergeHow, StrayKind, Trigger, TurnKind
from attest.model.decisions import PlanKind
from attest.model.session import Session
from tests.support.claude import Transcript
from tests.support.codex import Rollout, ended, started

POND = "/home/ada/pond"


def course(session: Session) -> Course:
    assert session.course is not None
    return session.course


def planned(text: str, transcript: Transcript | None = None) -> Transcript:
    return (transcript or Transcript().prompt("Go")).call("ExitPlanMode", plan=text)


class TestPlanRevisions:
    def test_a_rejection_is_the_trigger_and_the_diff_has_the_changed_lines(self) -> None:
        first = planned("# Drain\n- open the gate\n- wait").refused("Close it after.")
        session = planned("# Drain\n- open the gate\n- close the gate", first).result("approved").session()
        (found,) = course(session).plan_revisions
        assert found.diff == ("- - wait", "+ - close the gate")
        assert (found.revision, found.trigger, found.before_first_edit) == (2, Trigger.REJECTION, True)
        assert [place.record for place in found.evidence] == [3, 2]

    def test_a_prompt_between_is_the_trigger(self) -> None:
        first = planned("- a").result("approved").prompt("Also b.")
        (found,) = course(planned("- a\n- b", first).result("approved").session()).plan_revisions
        assert (found.trigger, found.diff) == (Trigger.PROMPT, ("+ - b",))

    def test_a_task_list_that_changed_after_a_failed_test(self) -> None:
        rollout = started()
        rollout.call("update_plan", plan=[{"step": "drain"}, {"step": "test"}]).output("Plan updated")
        rollout.patch("*** Update File: a.py", "@@", "-a", "+b").shell("pytest -q", "1 failed", code=1)
        rollout.call("update_plan", plan=[{"step": "drain"}, {"step": "mend"}]).output("Plan updated")
        (found,) = course(rollout.session()).plan_revisions
        assert (found.kind, found.trigger) == (PlanKind.TASK_LIST, Trigger.FAILED_CHECK)
        assert (found.diff, found.before_first_edit) == (("- test", "+ mend"), False)

    def test_with_nothing_between_it_is_the_agents_own_and_the_dropped_step_unexplained(self) -> None:
        rollout = started()
        rollout.call("update_plan", plan=[{"step": "drain"}, {"step": "test"}]).output("Plan updated")
        rollout.call("update_plan", plan=[{"step": "drain"}]).output("Plan updated")
        found = course(rollout.session())
        assert found.plan_revisions[0].trigger is Trigger.OWN
        assert [(one.kind, one.detail) for one in found.unexplained_turns] == [(TurnKind.STEP_DROPPED, "test")]

    def test_a_step_that_was_only_added_is_no_unexplained_turn(self) -> None:
        rollout = started()
        rollout.call("update_plan", plan=[{"step": "drain"}]).output("Plan updated")
        rollout.call("update_plan", plan=[{"step": "drain"}, {"step": "test"}]).output("Plan updated")
        assert course(rollout.session()).unexplained_turns == ()

    def test_the_first_plan_is_no_revision(self) -> None:
        assert course(planned("- a").result("approved").session()).plan_revisions == ()

    def test_long_plans_are_compared_as_sets_of_lines(self) -> None:
        assert line_diff(["a", "b"], ["b", "a", "c"], ordered=False) == ("+ c",)


class TestIntentBeforeEdit:
    def test_yes_no_and_not_known(self) -> None:
        yes = Transcript().prompt("Go").edit(f"{POND}/a.py", "a", "b")
        no = Transcript().says("I begin.").edit(f"{POND}/a.py", "a", "b").prompt("What?")
        cut = Transcript().says("I begin.").add("system", subtype="compact_boundary").edit(f"{POND}/a.py", "a", "b")
        none = Transcript().prompt("Go")
        answers = [course(one.session()).intent_first.answer for one in (yes, no, cut, none)]
        assert answers == [Known.YES, Known.NO, Known.UNKNOWN, Known.UNKNOWN]


class TestDecisions:
    def test_an_answer_names_the_options_that_were_not_chosen(self) -> None:
        question = {"question": "Which gate?", "options": [{"label": "North"}, {"label": "South"}, {"label": "Both"}]}
        session = (
            Transcript()
            .prompt("Go")
            .call("AskUserQuestion", questions=[question])
            .result("ok", told={"answers": {"Which gate?": "South"}})
            .session()
        )
        (found,) = course(session).decisions
        assert (found.kind, found.subject, found.chosen) == (DecisionKind.QUESTION, "Which gate?", "South")
        assert found.not_chosen == ("North", "Both")

    def test_codex_questions_too(self) -> None:
        asked = {"id": "q", "question": "Which gate?", "options": [{"label": "North"}, {"label": "South"}]}
        rollout = started().call("request_user_input", questions=[asked])
        rollout.output(json.dumps({"answers": {"q": {"answers": ["North"]}}}))
        (found,) = course(rollout.session()).decisions
        assert (found.chosen, found.not_chosen) == ("North", ("South",))

    def test_an_approved_and_a_rejected_plan_and_a_changed_mode(self) -> None:
        first = planned("# Drain").refused("Not yet.")
        session = planned("# Drain slowly", first).result("approved").session()
        chosen = [one.chosen for one in course(session).decisions]
        assert chosen == ["rejected: Not yet.", "approved"]
        modes = Transcript().add("permission-mode", permissionMode="plan")
        modes.prompt("Go").add("permission-mode", permissionMode="acceptEdits")
        (changed,) = course(modes.session()).decisions
        assert (changed.kind, changed.subject, changed.chosen) == (DecisionKind.MODE, "plan", "acceptEdits")

    def test_the_words_after_a_plan_that_nobody_answered(self) -> None:
        session = planned("# Drain").prompt("Start with the north gate.").session()
        (found,) = course(session).decisions
        assert (found.kind, found.chosen) == (DecisionKind.PROMPT_AFTER_PLAN, "Start with the north gate.")
        assert course(Transcript().prompt("Go").says("Ok").prompt("More").session()).decisions == ()


class TestMerges:
    OLD = "<<<<<<< HEAD\nours = 1\n=======\ntheirs = 2\n>>>>>>> pond\n"

    @pytest.mark.parametrize(
        "new, how",
        [
            ("ours = 1\n", MergeHow.OURS),
            ("theirs = 2\n", MergeHow.THEIRS),
            ("ours = 1\ntheirs = 2\n", MergeHow.BOTH),
            ("mine = 3\n", MergeHow.REWRITTEN),
            ("ours = 1\nand_much_more_than_that = 4\n", MergeHow.REWRITTEN),
        ],
    )
    def test_an_edit_that_takes_the_markers_out(self, new: str, how: MergeHow) -> None:
        assert how_settled(self.OLD, new) is how
        session = Transcript().prompt("Merge").edit(f"{POND}/a.py", self.OLD, new).session()
        (found,) = course(session).merges
        assert (found.how, found.path) == (how, f"{POND}/a.py")

    def test_an_edit_that_leaves_them_in_or_has_none_settles_nothing(self) -> None:
        session = (
            Transcript().prompt("Merge").edit(f"{POND}/a.py", self.OLD, self.OLD + "x").edit("b.py", "a", "b").session()
        )
        assert course(session).merges == ()

    def test_sides_taken_whole_and_a_rebase_that_goes_on(self) -> None:
        session = (
            Transcript()
            .prompt("Merge")
            .shell("git checkout --theirs src/a.py && git add src/a.py")
            .shell("GIT_EDITOR=true git rebase --continue")
            .shell("git merge -X ours pond")
            .shell("git rebase --continue", "conflict", code=1)
            .shell("git rebase --abort")
            .session()
        )
        found = [(one.how, one.path) for one in course(session).merges]
        assert found == [(MergeHow.THEIRS, "src/a.py"), (MergeHow.CONTINUED, None), (MergeHow.OURS, None)]

    def test_a_patch_of_codex_that_takes_the_markers_out(self) -> None:
        removed = [f"-{line}" for line in self.OLD.splitlines()]
        rollout = started().patch("*** Update File: a.py", "@@", *removed, "+theirs = 2")
        (found,) = course(rollout.session()).merges
        assert (found.how, found.path) == (MergeHow.THEIRS, "a.py")


class TestStraysAndTurns:
    def test_an_edit_outside_the_work_tree_and_one_outside_what_was_asked(self) -> None:
        session = (
            Transcript()
            .prompt("Only edit lake.py")
            .edit(f"{POND}/lake.py", "a", "b")
            .edit(f"{POND}/reeds.py", "a", "b")
            .edit("/home/ada/other/x.py", "a", "b")
            .edit("/tmp/scratch.py", "a", "b")
            .session()
        )
        found = {(one.kind, one.path) for one in course(session).strays}
        assert found == {
            (StrayKind.OUTSIDE_WORKTREE, "/home/ada/other/x.py"),
            (StrayKind.OUTSIDE_ASKED, f"{POND}/reeds.py"),
        }

    def test_an_edit_put_back_is_unexplained_only_where_nothing_came_between(self) -> None:
        def turned(transcript: Transcript) -> tuple[TurnKind, ...]:
            done = transcript.edit(f"{POND}/a.py", "new", "old").session()
            return tuple(one.kind for one in course(done).unexplained_turns)

        def start() -> Transcript:
            return Transcript().prompt("Go").edit(f"{POND}/a.py", "old", "new")

        assert turned(start()) == (TurnKind.REVERSAL,)
        assert turned(start().prompt("No, put it back.")) == ()
        assert turned(start().shell("pytest -q", "1 failed", code=1)) == ()
        assert turned(start().shell("pytest -q", "1 passed")) == (TurnKind.REVERSAL,)

    def test_work_thrown_away_counts_only_after_an_edit(self) -> None:
        edited = Transcript().prompt("Go").edit(f"{POND}/a.py", "a", "b").shell("git checkout -- a.py").session()
        assert [one.kind for one in course(edited).unexplained_turns] == [TurnKind.DISCARD]
        clean = Transcript().prompt("Go").shell("git checkout -- a.py").session()
        assert course(clean).unexplained_turns == ()


def test_output_of_a_call_is_not_mistaken_for_a_command() -> None:
    rollout = (
        Rollout()
        .meta()
        .turn()
        .prompt("Go")
        .call("exec_command", cmd="cat log")
        .output(ended("git rebase --continue", 0))
    )
    assert course(rollout.session()).merges == ()
