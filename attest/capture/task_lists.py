"""The agent's own lists of tasks, and their revisions. Shared by every reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.steps import Call, Result
from attest.model.basis import Basis
from attest.model.decisions import Plan, PlanKind, PlanState

MAX_PLANS = 2_000
MAX_STEPS = 200


@dataclass(slots=True)
class TaskLists:
    """Collects revisions. A list with the same tasks is progress, not a revision."""

    agent: str
    """The beginning of the rules' names."""
    kept: list[Plan] = member(default_factory=list)

    def add(  # one list, how it came about, and what was said with it
        self,
        steps: tuple[str, ...],
        call: Call,
        result: Call | Result,
        *,
        before_first_edit: bool,
        text: str = "",
        joins: bool = False,
    ) -> None:
        """Add one list as a call set it; `text` is what the agent said with it.

        `result` is the call again where the format holds no results. `joins`: the call goes on with the list of the
        call before, so that both make one revision.
        """
        joins = joins and bool(self.kept)
        earlier = self.kept[:-1] if joins else self.kept
        before = earlier[-1].steps if earlier else ()
        steps = steps[:MAX_STEPS]
        if not steps or steps == (self.kept[-1].steps if self.kept else ()) or len(self.kept) >= MAX_PLANS:
            return
        made = Plan(
            kind=PlanKind.TASK_LIST,
            revision=len(earlier) + 1,
            text=text,
            truncated=False,
            steps=steps,
            steps_added=without(steps, before),
            steps_removed=without(before, steps),
            state=PlanState.PROPOSED,
            reason=None,
            before_first_edit=before_first_edit,
            ts=result.place.ts,
            evidence=tuple(dict.fromkeys((call.place.evidence, result.place.evidence))),
            rule=f"{self.agent}/plan.task-list@2",
            basis=Basis.OBSERVED,
        )
        if joins:
            first = self.kept.pop()
            made = replace(made, ts=first.ts, evidence=first.evidence, before_first_edit=first.before_first_edit)
        self.kept.append(made)

    def finish(self) -> tuple[Plan, ...]:
        """Give the revisions; all but the last are superseded."""
        return tuple(
            replace(plan, state=PlanState.SUPERSEDED) if place < len(self.kept) - 1 else plan
            for place, plan in enumerate(self.kept)
        )


def without(steps: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Give the steps that are not among the others."""
    known = set(others)
    return tuple(step for step in steps if step not in known)
