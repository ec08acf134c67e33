"""Plans and their revisions: proposals to a person, plans that a prompt carries, and the agent's own task lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.plan_steps import steps_of
from attest.capture.records import below, items_of, maybe_text, text_of
from attest.capture.steps import Call, HumanPrompt, Result, Step
from attest.capture.task_lists import MAX_PLANS, MAX_STEPS, TaskLists, without
from attest.capture.text import TextBudget, target
from attest.model.basis import Basis, Evidence
from attest.model.decisions import Plan, PlanKind, PlanState

RULE_PROPOSAL = "claude-code/plan.exit-plan-mode@1"
RULE_CARRIED = "claude-code/plan.carried-by-prompt@1"

_PLAN_FILE = re.compile(r"(?:\A|/)\.claude/plans/[^/]+\.md\Z")
_EDITS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


def is_plan_file(path: str) -> bool:
    """Tell whether a path lies in the agent's own plan store."""
    return _PLAN_FILE.search(path) is not None


@dataclass(slots=True)
class Plans:
    """Collects revisions; each proposal waits for its answer."""

    budget: TextBudget
    proposals: list[Plan] = member(default_factory=list)
    task_lists: TaskLists = member(default_factory=lambda: TaskLists("claude-code"))
    edited: bool = False
    waiting: dict[str, int] = member(default_factory=dict)
    calls: dict[int, str] = member(default_factory=dict)
    tasks: dict[str, str] = member(default_factory=dict)
    plan_file: str = ""

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(tool="ExitPlanMode"):
                self._propose(step)
            case Result(call=Call(tool="ExitPlanMode")):
                self._answer(step)
            case Result(call=Call(tool="TodoWrite") as call, is_error=False):
                self._todo(step, call)
            case Result(call=Call(tool="TaskCreate") as call, is_error=False):
                self._task(step, call)
            case Result(call=Call() as call, is_error=False) if call.tool in _EDITS:
                path = text_of(call.arguments, "file_path")
                if is_plan_file(path):
                    self.plan_file = text_of(call.arguments, "content") or self.plan_file
                else:
                    self.edited = True
            case HumanPrompt(carried_plan=str() as words):
                self._carried(step, words)
            case _:
                return

    def finish(self, approved: dict[str, Evidence]) -> tuple[Plan, ...]:
        """Give all revisions, proposals first. `approved`: calls whose plan a later prompt carried."""
        proposals = list(self.proposals)
        for place, plan in enumerate(proposals):
            prompt = approved.get(self.calls.get(place, ""))
            if prompt is not None:
                proposals[place] = replace(
                    plan, state=PlanState.APPROVED, reason=None, evidence=(*plan.evidence, prompt)
                )
            elif plan.state is PlanState.PROPOSED and place + 1 < len(proposals):
                proposals[place] = replace(plan, state=PlanState.SUPERSEDED)
        return (*proposals, *self.task_lists.finish())

    def _propose(self, call: Call) -> None:
        text = text_of(call.arguments, "plan") or self.plan_file
        if call.place.sidechain or len(self.proposals) >= MAX_PLANS:
            return
        self.waiting[call.call_id] = len(self.proposals)
        self.calls[len(self.proposals)] = call.call_id
        evidence = below(call.place.evidence, "input", "plan") if call.arguments.get("plan") else call.place.evidence
        self._add_proposal(text, call, evidence, RULE_PROPOSAL)

    def _answer(self, result: Result) -> None:
        place = self.waiting.pop(result.call_id, None)
        if place is None:
            return
        plan = self.proposals[place]
        text = maybe_text(result.structured, "plan")
        if text and not plan.text:
            kept, cut = self.budget.take(text)
            plan = replace(plan, text=kept, truncated=cut, steps=steps_of(kept))
        state, reason = plan.state, None
        if result.rejected is not None:
            state, reason = PlanState.REJECTED, result.rejected.reason
        elif not result.is_error:
            state = PlanState.APPROVED
        self.proposals[place] = replace(
            plan, state=state, reason=reason, evidence=(*plan.evidence, result.place.evidence)
        )

    def _carried(self, prompt: HumanPrompt, words: str) -> None:
        """A plan in a prompt that is the last proposal is its approval; any other is a revision of its own."""
        if self.proposals and _same(self.proposals[-1].text, words):
            return
        if len(self.proposals) >= MAX_PLANS:
            return
        self._add_proposal(words, prompt, prompt.place.evidence, RULE_CARRIED)
        self.proposals[-1] = replace(self.proposals[-1], state=PlanState.APPROVED)

    def _add_proposal(self, text: str, step: Call | HumanPrompt, evidence: Evidence, rule: str) -> None:
        kept, cut = self.budget.take(text)
        before = self.proposals[-1].steps if self.proposals else ()
        steps = steps_of(kept)
        self.proposals.append(
            Plan(
                kind=PlanKind.PROPOSAL,
                revision=len(self.proposals) + 1,
                text=kept,
                truncated=cut,
                steps=steps,
                steps_added=without(steps, before),
                steps_removed=without(before, steps),
                state=PlanState.PROPOSED,
                reason=None,
                before_first_edit=not self.edited,
                ts=step.place.ts,
                evidence=(evidence,),
                rule=rule,
                basis=Basis.OBSERVED,
            )
        )

    def _todo(self, result: Result, call: Call) -> None:
        todos = items_of(call.arguments, "todos")
        steps = tuple(target(text_of(item, "content")) for item in todos if isinstance(item, dict))[:MAX_STEPS]
        self._add_list(steps, result, call)

    def _task(self, result: Result, call: Call) -> None:
        subject = target(text_of(call.arguments, "subject"))
        if not subject or len(self.tasks) >= MAX_STEPS:
            return
        self.tasks[result.call_id] = subject
        self._add_list(tuple(self.tasks.values()), result, call)

    def _add_list(self, steps: tuple[str, ...], result: Result, call: Call) -> None:
        if not result.place.sidechain:
            self.task_lists.add(steps, call, result, before_first_edit=not self.edited)


def _same(left: str, right: str) -> bool:
    return " ".join(left.split()) == " ".join(right.split())
