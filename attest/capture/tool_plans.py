"""Plans put before a person, the agent's own task lists, and questions that a person answered, by `Call.kind`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.plan_steps import steps_of
from attest.capture.proposals import Proposal, propose
from attest.capture.records import items_of, maybe_text, text_of, texts_of
from attest.capture.steps import Call, Result, Step
from attest.capture.task_lists import MAX_PLANS, TaskLists
from attest.capture.text import TextBudget, target
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Basis
from attest.model.decisions import Answer, Plan, PlanState

MAX_ANSWERS = 2_000
MAX_OPTIONS = 16


@dataclass(slots=True)
class ToolPlans:
    """Collects revisions of plans and task lists. Where a format holds no results, a call alone counts."""

    agent: str
    """The beginning of the rules' names."""
    budget: TextBudget
    results: bool
    task_lists: TaskLists = member(init=False)
    proposals: list[Plan] = member(default_factory=list)
    waiting: dict[str, int] = member(default_factory=dict)
    edited: bool = False
    """True once a file was changed."""
    full: bool = False

    def __post_init__(self) -> None:
        """Name the rules of task lists after the agent."""
        self.task_lists = TaskLists(self.agent)

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(kind=ToolKind.PLAN) if not step.place.sidechain:
                self._propose(step)
            case Result(call=Call(kind=ToolKind.PLAN)):
                self._decided(step)
            case Call(kind=ToolKind.TASKS) if not self.results and not step.place.sidechain:
                self._tasks(step, step)
            case Result(call=Call(kind=ToolKind.TASKS) as call, is_error=False, rejected=None):
                if not step.place.sidechain:
                    self._tasks(call, step)
            case _:
                return

    def finish(self) -> tuple[Plan, ...]:
        """Give all revisions, proposals first."""
        last = len(self.proposals) - 1
        proposals = (
            replace(plan, state=PlanState.SUPERSEDED) if plan.state is PlanState.PROPOSED and place < last else plan
            for place, plan in enumerate(self.proposals)
        )
        return (*proposals, *self.task_lists.finish())

    def _tasks(self, call: Call, step: Call | Result) -> None:
        tasks = tuple(map(target, texts_of(call.arguments, "tasks")))
        said = self.budget.take(text_of(call.arguments, "explanation"))[0]
        self.task_lists.add(tasks, call, step, before_first_edit=not self.edited, text=said)
        self.full = self.full or len(self.task_lists.kept) >= MAX_PLANS

    def _propose(self, call: Call) -> None:
        if len(self.proposals) >= MAX_PLANS:
            self.full = True
            return
        self.waiting[call.call_id] = len(self.proposals)
        proposal = Proposal(
            words=text_of(call.arguments, "plan"),
            place=call.place,
            evidence=(call.place.evidence,),
            rule=f"{self.agent}/plan.proposal@1",
            before_first_edit=not self.edited,
        )
        self.proposals.append(propose(proposal, self.proposals, self.budget))

    def _decided(self, result: Result) -> None:
        place = self.waiting.pop(result.call_id, None)
        if place is None:
            return
        plan, state, reason = self.proposals[place], PlanState.PROPOSED, None
        text = maybe_text(result.structured, "plan")
        if text and not plan.text:
            kept, cut = self.budget.take(text)
            plan = replace(plan, text=kept, truncated=cut, steps=steps_of(kept))
        if result.rejected is not None:
            state, reason = PlanState.REJECTED, result.rejected.reason
        elif not result.is_error:
            state = PlanState.APPROVED
        self.proposals[place] = replace(
            plan, state=state, reason=reason, evidence=(*plan.evidence, result.place.evidence)
        )


@dataclass(slots=True)
class ToolAnswers:
    """Collects answered questions. One that was not answered is not one."""

    agent: str
    """The beginning of the rules' names."""
    budget: TextBudget
    kept: list[Answer] = member(default_factory=list)
    full: bool = False

    def feed(self, step: Step) -> None:
        """Take one step. Answers stand in the result's `questions`, or in those of the call."""
        match step:
            case Result(call=Call(kind=ToolKind.ASK) as call, is_error=False, rejected=None):
                told = items_of(step.structured, "questions") or items_of(call.arguments, "questions")
                for question in told:
                    if isinstance(question, dict) and text_of(question, "answer"):
                        self._add(question, step, call)
            case _:
                return

    def _add(self, question: dict[str, object], step: Result, call: Call) -> None:
        if len(self.kept) >= MAX_ANSWERS:
            self.full = True
            return
        self.kept.append(
            Answer(
                question=self.budget.take(text_of(question, "question"))[0],
                options=tuple(map(target, texts_of(question, "options")))[:MAX_OPTIONS],
                answer=self.budget.take(text_of(question, "answer"))[0],
                ts=step.place.ts,
                evidence=(step.place.evidence, call.place.evidence),
                rule=f"{self.agent}/question.answered@1",
                basis=Basis.OBSERVED,
            )
        )
