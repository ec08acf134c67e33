"""A plan put before a person, as the next revision of those before it. Shared by every reader."""

from __future__ import annotations

from dataclasses import dataclass

from attest.capture.plan_steps import steps_of
from attest.capture.steps import Place
from attest.capture.task_lists import without
from attest.capture.text import TextBudget
from attest.model.basis import Basis, Evidence
from attest.model.decisions import Plan, PlanKind, PlanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The words that were put before a person, and where."""

    words: str
    place: Place
    evidence: tuple[Evidence, ...]
    rule: str
    before_first_edit: bool


def propose(proposal: Proposal, earlier: list[Plan], budget: TextBudget) -> Plan:
    """Give the revision after `earlier`, with the steps it adds and removes; nobody has answered it yet."""
    kept, cut = budget.take(proposal.words)
    before = earlier[-1].steps if earlier else ()
    steps = steps_of(kept)
    return Plan(
        kind=PlanKind.PROPOSAL,
        revision=len(earlier) + 1,
        text=kept,
        truncated=cut,
        steps=steps,
        steps_added=without(steps, before),
        steps_removed=without(before, steps),
        state=PlanState.PROPOSED,
        reason=None,
        before_first_edit=proposal.before_first_edit,
        ts=proposal.place.ts,
        evidence=proposal.evidence,
        rule=proposal.rule,
        basis=Basis.OBSERVED,
    )
