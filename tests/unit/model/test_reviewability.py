"""Ten sessions that can be reviewed and ten that cannot: each of the ten ranks before each of the others, with its reason."""

from __future__ import annotations

import dataclasses

import pytest

from attest.model.course import Known
from attest.model.reviewability import Reason, against, reviewability
from attest.model.session import Session
from tests.support.claude import Transcript

POND = "/home/ada/pond"
GREEN = "3 passed in 0.10s"
ASK = "Please make the pond deeper by one metre"


def _start() -> Transcript:
    return Transcript().prompt(ASK)


def _edited(path: str = "pond.py", old: str = "depth = 1", new: str = "depth = 2") -> Transcript:
    return _start().edit(f"{POND}/{path}", old, new)


def _planned() -> Transcript:
    work = _start().call("ExitPlanMode", plan="# Dig\n- measure\n- dig").result("approved")
    return work.edit(f"{POND}/pond.py", "a", "bee").edit(f"{POND}/test_pond.py", "a", "bee")


def _many(paths: int) -> Transcript:
    work = _start()
    for number in range(paths):
        work.edit(f"{POND}/f{number}.py", "a", "b")
    return work


GOOD = {
    "one edit, then green": _edited().shell("pytest -q", GREEN),
    "a question only": _start().says("It is two metres deep already."),
    "red, then green": _edited()
    .shell("pytest -q", "1 failed", code=1)
    .edit(f"{POND}/pond.py", "b", "cee")
    .shell("pytest -q", GREEN),
    "planned over two files": _planned().shell("pytest -q", GREEN),
    "a constraint that was kept": _start()
    .prompt("Don't touch frogs.py")
    .edit(f"{POND}/pond.py", "a", "b")
    .shell("pytest -q", GREEN),
    "read, then edit": _start()
    .call("Read", file_path=f"{POND}/pond.py")
    .result("a")
    .edit(f"{POND}/pond.py", "a", "b")
    .shell("pytest -q", GREEN),
    "two checks": _edited().shell("pytest -q", GREEN).shell("ruff check .", "All checks passed!"),
    "a prompt between": _edited()
    .prompt("And round its edges too, please")
    .edit(f"{POND}/pond.py", "c", "d")
    .shell("pytest -q", GREEN),
    "two runs": _edited().shell("pytest -q", GREEN).edit(f"{POND}/pond.py", "e", "f").shell("pytest -q", GREEN),
    "planned and one more prompt": _planned().prompt("Now run the tests, please").shell("pytest -q", GREEN),
}
BAD: dict[str, tuple[Transcript, str]] = {
    "no intent": (Transcript().edit(f"{POND}/pond.py", "a", "b").shell("pytest -q", GREEN).edit(f"{POND}/x.py", "a", "b"), "intent"),
    "one word": (Transcript().prompt("go").edit(f"{POND}/pond.py", "a", "b"), "intent"),
    "never ran": (_edited().edit(f"{POND}/frogs.py", "a", "b"), "checked"),
    "ended red": (_edited().shell("pytest -q", "1 failed", code=1), "green"),
    "edited after": (_edited().shell("pytest -q", GREEN).edit(f"{POND}/frogs.py", "a", "b"), "fresh"),
    "claimed": (_edited().says("All tests pass."), "claims"),
    "broke a constraint": (_start().prompt("Don't touch frogs.py").edit(f"{POND}/frogs.py", "a", "b"), "constraints"),
    "masked": (_edited().shell("pytest -q | tail -1", GREEN), "green"),
    "bad lines": (_edited().raw(b"{broken"), "readable"),
    "many files": (
        _many(70),
        "size",
    ),
}  # fmt: skip


def _count(session: Session) -> int:
    return len(against(reviewability(session)))


@pytest.mark.parametrize("name", GOOD)
def test_nothing_speaks_against_a_session_that_can_be_reviewed(name: str) -> None:
    assert against(reviewability(GOOD[name].session())) == ()


@pytest.mark.parametrize("name", BAD)
def test_a_session_that_cannot_be_reviewed_says_why(name: str) -> None:
    work, rule = BAD[name]
    found = against(reviewability(work.session()))
    assert rule in {reason.rule for reason in found}
    assert all(reason.why for reason in found)


def test_every_good_session_ranks_before_every_bad_one() -> None:
    assert len(GOOD) == len(BAD) == 10
    ranked = sorted(
        [(_count(work.session()), "good") for work in GOOD.values()]
        + [(_count(work.session()), "bad") for work, _ in BAD.values()]
    )
    assert [word for _, word in ranked] == ["good"] * 10 + ["bad"] * 10


def test_what_was_not_derived_is_not_known_and_counts_for_neither() -> None:
    session = dataclasses.replace(_edited().shell("pytest -q", GREEN).session(), course=None, constraints=None)
    known = {reason.rule: reason.holds for reason in reviewability(session)}
    assert {rule for rule, holds in known.items() if holds is Known.UNKNOWN} == {
        "intent-first",
        "plan-changes",
        "inside",
        "constraints",
    }


def test_a_reason_names_no_person_and_holds_no_score() -> None:
    assert [field.name for field in dataclasses.fields(Reason)] == ["rule", "says", "holds", "why"]
