"""The rules that all formats share give the same for a format that is read by its steps."""

from __future__ import annotations

from attest.model.constraints import ConstraintKind, ConstraintState
from attest.model.course import Known, MergeHow
from tests.support.copilot import CWD, Log

CONFLICT = "<<<<<<< HEAD\nours = 1\n=======\ntheirs = 2\n>>>>>>> till\n"


def _session() -> Log:
    log = Log().started().prompt("Mend the till. Only edit till.py. Don't push. Never run `npm`.")
    log.call("t1", "view", {"path": f"{CWD}/till.py"}).result("t1", "a = 1")
    log.call("t2", "edit", {"path": f"{CWD}/till.py", "old_str": CONFLICT, "new_str": "theirs = 2\n"}).result(
        "t2", "ok"
    )
    log.call("t3", "edit", {"path": f"{CWD}/shelf.py", "old_str": "a", "new_str": "b"}).result("t3", "ok")
    log.call("t4", "bash", {"command": "git push origin till"}).result("t4", "done")
    return log.call("t5", "bash", {"command": "pnpm test"}).result("t5", "done")


def test_constraints_name_their_state_and_the_calls_that_broke_them() -> None:
    session = _session().session()
    found = {one.kind: one for one in session.constraints or ()}
    assert {kind: one.state for kind, one in found.items()} == {
        ConstraintKind.ONLY: ConstraintState.BROKEN,
        ConstraintKind.NO_PUSH: ConstraintState.BROKEN,
        ConstraintKind.NO_COMMAND: ConstraintState.KEPT,
    }
    only = found[ConstraintKind.ONLY]
    assert only.rule.endswith("/constraint.prompt@1")
    calls = {event.evidence.record for event in session.events if event.call_id == "t3" and event.kind == "tool_call"}
    assert only.evidence[1].record in calls


def test_course_and_file_sets_come_from_the_same_steps() -> None:
    session = _session().session()
    assert session.course is not None
    assert session.files is not None
    assert session.course.intent_first.answer is Known.YES
    assert [one.how for one in session.course.merges] == [MergeHow.THEIRS]
    assert [one.path for one in session.course.strays] == [f"{CWD}/shelf.py"]
    assert [one.path for one in session.files.unseen] == ["shelf.py"]
    assert (session.files.read, session.files.written) == (1, 2)
