"""Section 2 of the answer beyond the intent: whether it came first, and constraints kept, broken, not known."""

from __future__ import annotations

from collections import Counter
from typing import Final

from attest.model.answer import Mark, Row
from attest.model.answer_rows import MAX_SHOWN, Places, plural, shortened, some
from attest.model.basis import Basis
from attest.model.constraints import Constraint, ConstraintKind, ConstraintSource, ConstraintState
from attest.model.course import IntentFirst, Known
from attest.model.pointer import section
from attest.model.session import Session

_MARKS: Final = {
    ConstraintState.BROKEN: Mark.BROKEN,
    ConstraintState.KEPT: Mark.KEPT,
    ConstraintState.UNKNOWN: Mark.NOT_KNOWN,
}
_SOURCES: Final = {
    ConstraintSource.PROMPT: "",
    ConstraintSource.ANSWER: "in an answer",
    ConstraintSource.REJECTION: "with a refusal",
    ConstraintSource.INSTRUCTIONS: "in an instruction file",
}
_WHAT: Final = {
    ConstraintKind.LEAVE: "Leave",
    ConstraintKind.ONLY: "Change only",
    ConstraintKind.NO_EDITS: "No edits for now",
    ConstraintKind.NO_COMMAND: "Do not run",
    ConstraintKind.NO_COMMIT: "No commit",
    ConstraintKind.NO_PUSH: "No push",
    ConstraintKind.NO_NEW_FILES: "No new files",
    ConstraintKind.NO_DELETION: "No deletion",
    ConstraintKind.NO_DEPENDENCIES: "No new dependencies",
    ConstraintKind.KEEP_TESTS: "Keep the tests",
    ConstraintKind.ASK_FIRST: "Ask first",
    ConstraintKind.OTHER: "",
}
_FIRST: Final = {
    Known.YES: "A person had said what is wanted before the first edit",
    Known.NO: "The first edit stands before any prompt of a person",
}


def intent_first_row(found: IntentFirst, places: Places) -> Row:
    """Give the row on whether a person had said what is wanted before the first edit."""
    pointers = places.of(*found.evidence)
    if found.answer is Known.UNKNOWN:
        text = f"Whether it was asked before the first edit: {found.why}"
        return Row(term="", mark=Mark.NOT_KNOWN, text=text, pointers=pointers, basis=Basis.UNKNOWN)
    return Row(term="", text=_FIRST[found.answer], pointers=pointers, basis=found.basis)


def constraint_rows(session: Session, places: Places) -> tuple[Row, ...]:
    """Give the constraints: their count by state, the broken ones first, then what persons said, then files."""
    found = session.constraints
    if found is None:
        text = "This session was recorded before a rule looked for constraints"
        return (Row(term="constraints", mark=Mark.NOT_KNOWN, text=text, pointers=(section(11),), basis=Basis.UNKNOWN),)
    if not found:
        return (Row(term="constraints", text="0 found in the words of persons", basis=Basis.INFERRED),)
    counts = Counter(one.state for one in found)
    words = ", ".join(f"{counts[state]:,} {_word(state)}" for state in _MARKS)
    rows = [Row(term="constraints", text=f"{len(found):,} found: {words}", basis=Basis.INFERRED)]
    shown = sorted((one for one in found if _is_shown(one)), key=_order)[:MAX_SHOWN]
    rows += [_constraint(one, places) for one in shown]
    more = len(found) - len(shown)
    if more:
        noun = "more constraint" if shown else "constraint"
        rows.append(Row(term="", text=f"and {plural(more, noun)}", pointers=(places.session("the session"),)))
    return tuple(rows)


def _is_shown(one: Constraint) -> bool:
    """What no rule can compare is shown where a person said it, and only counted where a file says it."""
    return one.state is ConstraintState.BROKEN or one.source is not ConstraintSource.INSTRUCTIONS


def _order(one: Constraint) -> tuple[int, int]:
    return list(_MARKS).index(one.state), one.event


def _constraint(one: Constraint, places: Places) -> Row:
    ended = "ended later by a person" if one.until_event is not None else ""
    return Row(
        term="constraint",
        mark=_MARKS[one.state],
        text=_what(one),
        quote=shortened(one.words),
        note="; ".join(filter(None, (one.why, _SOURCES[one.source], ended))),
        pointers=places.of(*one.evidence[1:3], one.evidence[0]),
        basis=one.basis,
    )


def _what(one: Constraint) -> str:
    names = " ".join((_WHAT[one.kind], some(f"`{target}`" for target in one.targets))).strip()
    return f"{names}:" if names else ""


def _word(state: ConstraintState) -> str:
    return "not known" if state is ConstraintState.UNKNOWN else state.value
