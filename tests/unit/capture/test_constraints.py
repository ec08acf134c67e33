"""What became of what people forbade: kept, broken by a recorded act, or not known."""

from __future__ import annotations

import pytest

from attest.capture.constraint_list import MAX_CONSTRAINTS
from attest.model.basis import Basis
from attest.model.constraints import Constraint, ConstraintKind, ConstraintSource, ConstraintState
from attest.model.session import Session
from tests.support.claude import Transcript
from tests.support.codex import CWD, started

KEPT, BROKEN, UNKNOWN = ConstraintState.KEPT, ConstraintState.BROKEN, ConstraintState.UNKNOWN
POND = "/home/ada/pond"


def only(session: Session) -> Constraint:
    assert session.constraints is not None
    (found,) = session.constraints
    return found


def test_an_edit_of_a_path_that_was_to_be_left_breaks_and_is_the_evidence() -> None:
    session = (
        Transcript()
        .prompt("Drain it, but don't touch frogs.py")
        .edit(f"{POND}/lake.py", "a = 1", "a = 2")
        .edit(f"{POND}/frogs.py", "b = 1", "b = 2")
        .session()
    )
    found = only(session)
    assert (found.state, found.kind, found.source) == (BROKEN, ConstraintKind.LEAVE, ConstraintSource.PROMPT)
    assert [place.record for place in found.evidence] == [0, 3]
    assert (found.breaks, found.basis, found.rule) == (1, Basis.OBSERVED, "claude-code/constraint.prompt@1")


def test_without_such_an_edit_it_was_kept() -> None:
    found = only(Transcript().prompt("Don't touch frogs.py").edit(f"{POND}/lake.py", "a = 1", "a = 2").session())
    assert (found.state, found.breaks) == (KEPT, 0)


@pytest.mark.parametrize(
    "again", ["Ok, now update frogs.py too.", "Fine, go ahead and change the frogs", "please fix frogs.py"]
)
def test_a_person_may_end_it_and_later_edits_break_nothing(again: str) -> None:
    session = (
        Transcript().prompt("Don't touch frogs.py").prompt(again).edit(f"{POND}/frogs.py", "b = 1", "b = 2").session()
    )
    found = next(one for one in session.constraints or () if one.kind is ConstraintKind.LEAVE)
    assert (found.state, found.until_event) == (KEPT, 1)


def test_saying_it_again_does_not_end_it() -> None:
    session = (
        Transcript()
        .prompt("Don't touch frogs.py")
        .prompt("And really, don't touch frogs.py!")
        .edit(f"{POND}/frogs.py", "b = 1", "b = 2")
        .session()
    )
    assert [one.state for one in session.constraints or ()] == [BROKEN, BROKEN]


def test_after_a_bare_yes_an_act_may_have_been_agreed_to() -> None:
    start = Transcript().prompt("Drain it. Don't commit.").says("Shall I commit it?").prompt("Yes, go ahead.")
    assert only(start.shell("git commit -m x", "[main 0a0a0a0] x").session()).state is UNKNOWN


def test_to_ask_first_is_broken_only_where_nobody_can_have_been_asked() -> None:
    def pushed(mode: str, *, said: str = "") -> ConstraintState:
        start = Transcript().add("permission-mode", permissionMode=mode).prompt("Ask me before you push.")
        if said:
            start.says("May I push?").prompt(said)
        return next(iter(start.shell("git push", "done").session().constraints or ())).state

    assert pushed("bypassPermissions") is BROKEN
    assert pushed("default") is UNKNOWN
    assert pushed("bypassPermissions", said="Yes, push it.") is UNKNOWN
    quiet = Transcript().prompt("Ask me before you push.").shell("ls").session()
    assert only(quiet).state is UNKNOWN


def test_a_refused_edit_breaks_nothing() -> None:
    session = (
        Transcript()
        .prompt("Don't touch frogs.py")
        .call("Edit", file_path=f"{POND}/frogs.py", old_string="a", new_string="b")
        .refused()
        .session()
    )
    assert only(session).state is KEPT


def test_an_edit_that_the_person_changed_himself_breaks_nothing() -> None:
    session = (
        Transcript().prompt("Don't touch frogs.py").edit(f"{POND}/frogs.py", "a", "b", userModified=True).session()
    )
    assert only(session).state is KEPT


def test_code_written_before_the_person_spoke_again_breaks_a_stop() -> None:
    broken = Transcript().prompt("Don't write any code yet, just plan.").edit(f"{POND}/lake.py", "a", "b").session()
    assert only(broken).state is BROKEN
    waited = (
        Transcript()
        .prompt("Don't write any code yet, just plan.")
        .says("A plan.")
        .prompt("Good.")
        .edit(f"{POND}/lake.py", "a", "b")
        .session()
    )
    assert only(waited).state is KEPT


def test_an_approved_plan_and_a_changed_mode_let_the_work_begin_without_a_word() -> None:
    start = Transcript().prompt("Plan it first, don't write any code yet.").call("ExitPlanMode", plan="# Drain")
    approved = start.result("approved").edit(f"{POND}/lake.py", "a", "b").session()
    assert only(approved).state is KEPT
    modes = Transcript().add("permission-mode", permissionMode="plan").prompt("Don't write any code yet.")
    modes.add("permission-mode", permissionMode="acceptEdits").edit(f"{POND}/lake.py", "a", "b")
    assert only(modes.session()).state is KEPT


def test_a_plan_written_into_a_document_may_be_what_was_asked() -> None:
    session = Transcript().prompt("Don't write any code yet, plan it.").edit(f"{POND}/plan.md", "a", "b").session()
    assert only(session).state is UNKNOWN


def test_a_commit_after_it_was_forbidden_breaks_unless_it_failed_or_was_asked_for() -> None:
    start = Transcript().prompt("Drain it. Don't commit.")
    assert only(start.shell("git add -A && git commit -m 'drain'", "[main 0a0a0a0] drain").session()).state is BROKEN
    failed = Transcript().prompt("Drain it. Don't commit.").shell("git commit -m x", "nothing to commit", code=1)
    assert only(failed.session()).state is UNKNOWN
    asked = Transcript().prompt("Drain it. Don't commit.").prompt("Now commit it.").shell("git commit -m x")
    assert next(iter(asked.session().constraints or ())).state is KEPT
    listed = Transcript().prompt("Don't commit.").shell("git log --oneline && echo git commit -m x")
    assert only(listed.session()).state is KEPT


def test_words_that_also_ask_for_it_leave_it_unknown() -> None:
    session = Transcript().prompt("Don't commit. Run the linter, then commit.").shell("git commit -m x").session()
    assert only(session).state is UNKNOWN


@pytest.mark.parametrize(
    "words, command, state",
    [
        ("Never run `git push --force`.", "git push --force origin pond", BROKEN),
        ("Never run `git push --force`.", "git push origin pond", KEPT),
        ("Use pnpm, not npm.", "npm install", BROKEN),
        ("Use pnpm, not npm.", "pnpm install", KEPT),
        ("Don't run the tests", "uv run pytest -q", BROKEN),
        ("Don't use sudo", "sudo make install", BROKEN),
        ("Don't use npx", "npx jest", BROKEN),
        ("Don't use python", "python3 -m pytest", BROKEN),
        ("Don't use python", "grep python setup.cfg", KEPT),
        ("No new dependencies.", "uv add frogs", BROKEN),
        ("No new dependencies.", "npm install", KEPT),
        ("No new dependencies.", "pip install -r requirements.txt", KEPT),
        ("Don't delete any files", "rm lake.py", BROKEN),
        ("Don't write any code yet.", "cat > lake.py", BROKEN),
        ("Don't touch lake.py", "sed -i s/a/b/ lake.py", BROKEN),
        ("Don't touch lake.py", "sed -n 1p lake.py", KEPT),
    ],
)
def test_a_command_that_was_forbidden_is_known_by_its_words(words: str, command: str, state: ConstraintState) -> None:
    found = only(Transcript().prompt(words).shell(command).session())
    assert found.state is state
    assert found.basis is Basis.INFERRED


@pytest.mark.parametrize(
    "words, command",
    [
        ("Don't write any code yet.", "pytest -q > out.log"),
        ("Only edit lake.py", "make > build.txt"),
        ("No new files.", "make > build.txt"),
        ("Don't modify the existing tests.", "pytest > tests/out.txt"),
        ("Don't delete any files", "rm -rf dist"),
    ],
)
def test_a_file_that_a_command_leaves_behind_may_not_be_meant(words: str, command: str) -> None:
    assert only(Transcript().prompt(words).shell(command).session()).state is UNKNOWN


def test_a_file_that_the_session_made_itself_may_be_deleted() -> None:
    session = Transcript().prompt("Don't delete any files").shell("make > out.txt").shell("rm out.txt").session()
    assert only(session).state is KEPT


def test_a_refused_command_breaks_nothing() -> None:
    session = Transcript().prompt("Don't push.").call("Bash", command="git push").refused().session()
    assert only(session).state is KEPT


def test_an_edit_beside_the_only_path_breaks_but_notes_and_scratch_files_do_not() -> None:
    start = Transcript().prompt("Only edit lake.py").edit(f"{POND}/lake.py", "a", "b")
    assert only(start.edit("/tmp/notes.md", "a", "b").session()).state is KEPT
    assert only(start.edit(f"{POND}/reeds.py", "a", "b").session()).state is BROKEN


def test_a_dependency_line_put_into_a_manifest_breaks_and_a_new_version_does_not() -> None:
    def manifest(new: str) -> Constraint:
        old = '    "lake": "^1.0.0"'
        return only(Transcript().prompt("No new dependencies.").edit(f"{POND}/package.json", old, new).session())

    assert manifest('    "lake": "^1.0.0",\n    "frogs": "^2.0.0"').state is BROKEN
    assert manifest('    "lake": "^1.1.0"').state is KEPT


def test_a_test_made_in_the_session_may_be_changed_again() -> None:
    start = Transcript().prompt("Don't modify the existing tests.")
    start.call("Write", file_path=f"{POND}/tests/test_new.py", content="x = 1").result("", told={"type": "create"})
    assert only(start.edit(f"{POND}/tests/test_new.py", "x = 1", "x = 2").session()).state is KEPT
    assert only(start.edit(f"{POND}/tests/test_old.py", "x = 1", "x = 2").session()).state is BROKEN


def test_a_reason_of_a_refusal_and_an_answer_are_a_persons_words_too() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .call("Bash", command="npm install frogs")
        .refused("Don't install anything.")
        .shell("npm install frogs")
        .session()
    )
    found = only(session)
    assert (found.source, found.state) == (ConstraintSource.REJECTION, BROKEN)


def test_instruction_files_count_only_where_their_text_is_shown() -> None:
    content = "# Rules\n\n- Never run `npm`\n- Always write frogs in lower case\n"
    file = {"file": {"filePath": f"{POND}/CLAUDE.md", "content": content, "numLines": 4, "totalLines": 4}}
    session = (
        Transcript()
        .prompt("Go")
        .call("Read", file_path=f"{POND}/CLAUDE.md")
        .result("1→# Rules", told=file)
        .shell("npm test")
        .session()
    )
    first, second = session.constraints or ()
    assert (first.source, first.state, first.evidence[1].record) == (ConstraintSource.INSTRUCTIONS, BROKEN, 3)
    assert (second.kind, second.state) == (ConstraintKind.OTHER, UNKNOWN)


def test_missing_records_leave_it_unknown_never_kept() -> None:
    session = Transcript().prompt("Don't touch frogs.py").raw(b"{torn").says("Done.").session()
    found = only(session)
    assert (found.state, found.basis) == (UNKNOWN, Basis.UNKNOWN)
    assert "bad-line" in found.why


def test_words_of_a_sub_agent_or_a_hook_are_no_constraint() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .prompt("Don't touch frogs.py", isSidechain=True)
        .prompt("<system-reminder>Never run npm</system-reminder>")
        .session()
    )
    assert session.constraints == ()


def test_codex_patch_breaks_and_shown_instructions_are_read() -> None:
    rollout = started().prompt("Don't touch frogs.py")
    rollout.patch("*** Update File: frogs.py", "@@", "-a", "+b", applied=None)
    found = only(rollout.session())
    assert (found.state, found.rule) == (BROKEN, "codex/constraint.prompt@1")
    told = f"# AGENTS.md instructions for {CWD}\n\n<INSTRUCTIONS>\nNever run `npm`.\n</INSTRUCTIONS>"
    shown = started().message("user", told).shell("npm test", "ok")
    assert only(shown.session()).state is BROKEN
    other = started().prompt("Don't push").shell("git push", "denied", code=1)
    assert only(other.session()).state is UNKNOWN


def test_a_session_with_more_demands_than_are_kept_says_so() -> None:
    words = "\n".join(f"Don't touch frog{number}.py." for number in range(100))
    transcript = Transcript()
    for _ in range(6):
        transcript.prompt(words)
    session = transcript.session()
    assert len(session.constraints or ()) == MAX_CONSTRAINTS
    assert [gap.kind for gap in session.gaps] == ["limit"]


def test_a_short_name_is_not_heard_in_every_word() -> None:
    session = (
        Transcript().prompt("Don't touch a.py").prompt("Make a gate.").edit(f"{POND}/a.py", "b = 1", "b = 2").session()
    )
    assert only(session).state is BROKEN


def test_a_command_of_the_interface_that_a_person_gave_ends_it() -> None:
    given = "<command-message>commit</command-message>\n<command-name>/commit</command-name>"
    session = Transcript().prompt("Don't commit.").prompt(given).shell("git commit -m x", "[main 0a0a0a0] x").session()
    assert only(session).state is KEPT
