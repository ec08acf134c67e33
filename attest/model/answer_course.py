"""Section 3 of the answer from the course of the work: revisions, decisions, merges, unexplained turns."""

from __future__ import annotations

from typing import Final

from attest.model.answer import Row
from attest.model.answer_rows import MAX_QUOTE_CHARS, Places, limited, shortened
from attest.model.course import (
    Course,
    Decision,
    DecisionKind,
    MergeHow,
    MergeResolution,
    PlanRevision,
    Trigger,
    TurnKind,
    UnexplainedTurn,
)
from attest.model.decisions import PlanKind

MAX_LINES: Final = 6
MAX_WHOLE: Final = 12
"""Lines of a revision that is given whole."""
"""Lines of a difference that are shown."""
_AFTER: Final = {
    Trigger.REJECTION: "after a person refused or interrupted",
    Trigger.PROMPT: "after a prompt",
    Trigger.ANSWER: "after an answer of a person",
    Trigger.FAILED_CHECK: "after a failed check",
    Trigger.OWN: "the agent’s own: nothing recorded before it explains it",
}
_HOW: Final = {
    MergeHow.OURS: "our side was kept",
    MergeHow.THEIRS: "their side was kept",
    MergeHow.BOTH: "both sides were kept",
    MergeHow.REWRITTEN: "rewritten, neither side as it was",
    MergeHow.CONTINUED: "told to go on",
}
_TURNS: Final = {
    TurnKind.STEP_DROPPED: "A step of the plan was dropped",
    TurnKind.REVERSAL: "An edit was put back",
    TurnKind.DISCARD: "Work was thrown away",
}


def course_rows(course: Course, places: Places) -> tuple[Row, ...]:
    """Give the rows; a kind of which there is none gives none, but unexplained turns, whose zero was counted."""
    rows: list[Row] = []
    if course.plan_revisions:
        rows += limited("revision", course.plan_revisions, places, lambda one: _revision(one, places))
    if course.decisions:
        rows += limited("decision", course.decisions, places, lambda one: _decision(one, places))
    if course.merges:
        rows += limited("merge", course.merges, places, lambda one: _merge(one, places))
    rows += limited("unexplained turn", course.unexplained_turns, places, lambda one: _turn(one, places))
    return tuple(rows)


def _revision(one: PlanRevision, places: Places) -> Row:
    added, removed = (sum(line.startswith(sign) for line in one.diff) for sign in ("+", "-"))
    what = "Plan" if one.kind is PlanKind.PROPOSAL else "Task list"
    when = "before the first edit" if one.before_first_edit else "after the first edit"
    return Row(
        term="revision",
        text=f"{what} {one.revision}, {when}, {_AFTER[one.trigger]}: {added:,} lines in, {removed:,} out",
        quote=shortened(" ".join(one.diff[:MAX_LINES])),
        lines=one.diff if _short(one) else (),
        note="shortened" if one.cut or len(one.diff) > MAX_LINES else "",
        pointers=places.of(*one.evidence),
        basis=one.basis,
    )


def _short(one: PlanRevision) -> bool:
    return not one.cut and len(one.diff) <= MAX_WHOLE and sum(map(len, one.diff)) <= MAX_QUOTE_CHARS


def _decision(one: Decision, places: Places) -> Row:
    text, quote = {
        DecisionKind.QUESTION: ("A person answered:", f"{one.subject} {one.chosen}"),
        DecisionKind.PLAN: ("A person decided on a plan:", one.chosen),
        DecisionKind.PROMPT_AFTER_PLAN: ("A person’s words after a plan:", one.chosen),
        DecisionKind.MODE: (f"Permission mode `{one.subject}`, then `{one.chosen}`", ""),
    }[one.kind]
    not_chosen = f"not chosen: {', '.join(one.not_chosen)}" if one.kind is DecisionKind.QUESTION else ""
    return Row(
        term="decision",
        text=text,
        quote=shortened(f"{quote} ({not_chosen})" if one.not_chosen and not_chosen else quote),
        pointers=places.of(*one.evidence),
        basis=one.basis,
    )


def _merge(one: MergeResolution, places: Places) -> Row:
    what = f"Conflict in `{one.path}`" if one.path else "A merge"
    detail = f" by `{one.detail}`" if one.detail else ""
    text = f"{what}: {_HOW[one.how]}{detail}"
    return Row(term="merge", text=text, pointers=places.of(*one.evidence), basis=one.basis)


def _turn(one: UnexplainedTurn, places: Places) -> Row:
    text = f"{_TURNS[one.kind]}; no prompt, override or failed check stands before it:"
    quote = shortened(one.detail)
    return Row(term="unexplained turn", text=text, quote=quote, pointers=places.of(*one.evidence), basis=one.basis)
