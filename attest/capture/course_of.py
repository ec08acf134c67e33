"""The course of the work, from what the other rules derived: decisions, intent before edit, strays, unexplained turns."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from attest.capture.acts import is_own_place
from attest.capture.plan_revisions import Causes, plan_revisions_of
from attest.capture.text import preview
from attest.capture.trail import Trail
from attest.model.access import AccessKind
from attest.model.basis import Basis, Evidence
from attest.model.constraints import Constraint, ConstraintKind, ConstraintState
from attest.model.course import (
    Course,
    Decision,
    DecisionKind,
    IntentFirst,
    Known,
    PlanRevision,
    Stray,
    StrayKind,
    Trigger,
    TurnKind,
    UnexplainedTurn,
)
from attest.model.decisions import Plan, PlanKind, PlanState, Prompt, RejectedPathKind
from attest.model.session import Session

MAX_DECISIONS: Final = 2_000
MAX_STRAYS: Final = 500
MAX_TURNS: Final = 500
_WRITES = frozenset({AccessKind.FILE_WRITTEN, AccessKind.FILE_DELETED, AccessKind.FILE_RENAMED})


def course_of(session: Session, trail: Trail, constraints: tuple[Constraint, ...]) -> Course:
    """Give the course of the work."""
    agent = trail.agent
    causes = Causes(session)
    revisions = plan_revisions_of(session, causes, agent)
    return Course(
        plan_revisions=revisions,
        intent_first=_intent_first(session, agent),
        decisions=tuple(sorted(_decisions(session, agent), key=lambda one: one.evidence[0].record))[:MAX_DECISIONS],
        merges=tuple(trail.conflicts.kept),
        strays=tuple(_strays(session, constraints, agent))[:MAX_STRAYS],
        unexplained_turns=tuple(_turns(session, revisions, causes, agent))[:MAX_TURNS],
    )


def _intent_first(session: Session, agent: str) -> IntentFirst:
    edits = [change for change in session.changes if not is_own_place(change.path, session.cwd)]
    first = min(edits, key=lambda one: one.evidence[0].record, default=None)
    intent = session.intent
    if first is None:
        answer, why = Known.UNKNOWN, "no edit is recorded"
    elif intent is not None and intent.evidence[0].record < first.evidence[0].record:
        answer, why = Known.YES, "the first prompt of a person stands before the first edit"
    elif session.parent_id is not None or any(gap.kind in ("compaction", "orphan-parent") for gap in session.gaps):
        answer, why = Known.UNKNOWN, "words before the first edit may lie in an earlier session"
    else:
        answer, why = Known.NO, "no prompt of a person stands before the first edit"
    evidence = (*((intent.evidence[0],) if intent else ()), *((first.evidence[0],) if first else ()))
    basis = Basis.UNKNOWN if answer is Known.UNKNOWN else Basis.OBSERVED
    return IntentFirst(answer=answer, why=why, evidence=evidence, rule=f"{agent}/intent.before-edit@1", basis=basis)


def _decisions(session: Session, agent: str) -> Iterator[Decision]:
    for answer in session.answers:
        yield Decision(
            kind=DecisionKind.QUESTION,
            subject=preview(answer.question),
            chosen=preview(answer.answer),
            not_chosen=_not_chosen(answer.options, answer.answer),
            ts=answer.ts,
            evidence=answer.evidence,
            rule=f"{agent}/decision.question@1",
            basis=answer.basis,
        )
    edits = _edit_records(session)
    said_at = [one.evidence[0].record for one in session.directions]
    for plan in session.plans:
        if plan.kind is PlanKind.PROPOSAL:
            place = bisect_right(said_at, plan.evidence[-1].record)
            after = session.directions[place] if place < len(said_at) else None
            yield from _about_plan(plan, after, edits, agent)
    yield from _modes(session, agent)


def _not_chosen(options: tuple[str, ...], answer: str) -> tuple[str, ...]:
    """The options that the answer does not name; an answer in own words chose none of them."""
    words = answer.casefold()
    return tuple(option for option in options if option.casefold() not in words)


def _about_plan(plan: Plan, said: Prompt | None, edits: list[int], agent: str) -> Iterator[Decision]:
    """`said`: the next prompt behind the plan; `edits`: the records of all edits, sorted."""
    subject = preview(plan.steps[0] if plan.steps else plan.text or f"plan, revision {plan.revision}")
    if plan.state in (PlanState.APPROVED, PlanState.REJECTED):
        other = PlanState.REJECTED if plan.state is PlanState.APPROVED else PlanState.APPROVED
        yield Decision(
            kind=DecisionKind.PLAN,
            subject=subject,
            chosen=f"{plan.state.value}: {preview(plan.reason)}" if plan.reason else plan.state.value,
            not_chosen=(other.value,),
            ts=plan.ts,
            evidence=(plan.evidence[-1], plan.evidence[0]),
            rule=f"{agent}/decision.plan@1",
            basis=plan.basis,
        )
        return
    place = bisect_right(edits, plan.evidence[-1].record)
    if said is not None and (place == len(edits) or said.evidence[0].record < edits[place]):
        yield Decision(
            kind=DecisionKind.PROMPT_AFTER_PLAN,
            subject=subject,
            chosen=preview(said.text),
            not_chosen=(),
            ts=said.ts,
            evidence=(said.evidence[0], plan.evidence[0]),
            rule=f"{agent}/decision.prompt-after-plan@1",
            basis=Basis.INFERRED,
        )


def _modes(session: Session, agent: str) -> Iterator[Decision]:
    modes = [grant for grant in session.authority.granted if grant.kind == "permission-mode"]
    for old, new in pairwise(modes):
        yield Decision(
            kind=DecisionKind.MODE,
            subject=old.value,
            chosen=new.value,
            not_chosen=(),
            ts=new.ts,
            evidence=new.evidence,
            rule=f"{agent}/decision.mode@1",
            basis=new.basis,
        )


def _strays(session: Session, constraints: tuple[Constraint, ...], agent: str) -> Iterator[Stray]:
    for access in session.access:
        if access.kind in _WRITES and access.outside_worktree and not is_own_place(access.target, session.cwd):
            yield Stray(
                kind=StrayKind.OUTSIDE_WORKTREE,
                path=access.target,
                count=access.count,
                ts=access.ts,
                evidence=access.evidence,
                rule=f"{agent}/stray.worktree@1",
                basis=access.basis,
            )
    for one in constraints:
        if one.kind in (ConstraintKind.ONLY, ConstraintKind.LEAVE) and one.state is ConstraintState.BROKEN:
            yield from _against(one, session, agent)


def _against(constraint: Constraint, session: Session, agent: str) -> Iterator[Stray]:
    """The paths of the edits that broke a demand."""
    broken = {place.record for place in constraint.evidence[1:]}
    paths: dict[str, list[Evidence]] = {}
    for change in session.changes:
        if change.evidence[0].record in broken:
            paths.setdefault(change.path, []).append(change.evidence[0])
    for path, places in paths.items():
        yield Stray(
            kind=StrayKind.OUTSIDE_ASKED,
            path=path,
            count=len(places),
            ts=constraint.ts,
            evidence=(constraint.evidence[0], *places),
            rule=f"{agent}/stray.asked@1",
            basis=constraint.basis,
        )


def _turns(
    session: Session, revisions: tuple[PlanRevision, ...], causes: Causes, agent: str
) -> Iterator[UnexplainedTurn]:
    for one in revisions:
        dropped = [line[2:] for line in one.diff if line.startswith("- ")]
        if one.trigger is Trigger.OWN and dropped:
            yield UnexplainedTurn(
                kind=TurnKind.STEP_DROPPED,
                detail=preview("; ".join(dropped)),
                ts=one.ts,
                evidence=one.evidence,
                rule=f"{agent}/turn.step-dropped@1",
                basis=Basis.INFERRED,
            )
    edits = _edit_records(session)
    for left in session.rejected_paths:
        if left.kind not in (RejectedPathKind.REVERSAL, RejectedPathKind.DISCARD):
            continue
        record = left.evidence[0].record
        reversal = left.kind is RejectedPathKind.REVERSAL
        since = left.evidence[1].record if reversal else _last_edit(edits, record)
        if since is None or causes.between(since, record) is not None:
            continue
        yield UnexplainedTurn(
            kind=TurnKind.REVERSAL if reversal else TurnKind.DISCARD,
            detail=preview(left.target or left.detail),
            ts=left.ts,
            evidence=left.evidence,
            rule=f"{agent}/turn.{left.kind.value}@1",
            basis=Basis.INFERRED,
        )


def _edit_records(session: Session) -> list[int]:
    return sorted(change.evidence[0].record for change in session.changes)


def _last_edit(edits: list[int], record: int) -> int | None:
    """The last edit before a command that threw work away; None where nothing had been edited."""
    place = bisect_left(edits, record)
    return edits[place - 1] if place else None
