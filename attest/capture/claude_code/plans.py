"""Plans and their revisions: proposals to a person, plans that a prompt carries, and plans that only their file holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.claude_code.convention import edited_plan
from attest.capture.claude_code.tasks import Tasks
from attest.capture.plan_steps import steps_of
from attest.capture.proposals import Proposal, propose
from attest.capture.records import below, items_of, maybe_text, text_of
from attest.capture.steps import Call, HumanPrompt, Place, Result, Step
from attest.capture.task_lists import MAX_PLANS
from attest.capture.text import TextBudget
from attest.model.basis import Evidence
from attest.model.decisions import Plan, PlanState

RULE_PROPOSAL = "claude-code/plan.exit-plan-mode@2"
RULE_CARRIED = "claude-code/plan.carried-by-prompt@1"
RULE_EDITED = "claude-code/plan.edited-by-person@1"
RULE_FILE = "claude-code/plan.file@1"

_PLAN_FILE = re.compile(r"(?:\A|/)\.claude/plans/[^/]+\.md\Z")
_EDITS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


def is_plan_file(path: str) -> bool:
    """Tell whether a path lies in the agent's own plan store."""
    return _PLAN_FILE.search(path) is not None


@dataclass(slots=True)
class Plans:
    """Collects revisions; each proposal waits for its answer.

    A proposal in the very words of the one before is that proposal once more. Writes to the plan's file are drafts of the
    next proposal; in a session that proposes none, they are the plan.
    """

    budget: TextBudget
    proposals: list[Plan] = member(default_factory=list)
    drafts: list[Plan] = member(default_factory=list)
    tasks: Tasks = member(default_factory=Tasks)
    edited: bool = False
    waiting: dict[str, int] = member(default_factory=dict)
    calls: dict[int, str] = member(default_factory=dict)
    plan_file: str = ""

    def feed(self, step: Step) -> None:
        """Take one step."""
        self.tasks.feed(step, before_first_edit=not self.edited)
        match step:
            case Call(tool="ExitPlanMode"):
                self._propose(step)
            case Result(call=Call(tool="ExitPlanMode")):
                self._answer(step)
            case Result(call=Call() as call, is_error=False) if call.tool in _EDITS:
                if is_plan_file(text_of(call.arguments, "file_path")):
                    self._draft(step, call)
                else:
                    self.edited = True
            case HumanPrompt(carried_plan=str() as words):
                self._carried(step, words)
            case _:
                return

    def finish(self, approved: dict[str, Evidence]) -> tuple[Plan, ...]:
        """Give all revisions, proposals first. `approved`: calls whose plan a later prompt carried."""
        proposals = list(self.proposals) or self.drafts
        for place, plan in enumerate(proposals):
            prompt = approved.get(self.calls.get(place, ""))
            if prompt is not None:
                proposals[place] = replace(
                    plan, state=PlanState.APPROVED, reason=None, evidence=(*plan.evidence, prompt)
                )
            elif plan.state is PlanState.PROPOSED and place + 1 < len(proposals):
                proposals[place] = replace(plan, state=PlanState.SUPERSEDED)
        return (*proposals, *self.tasks.lists.finish())

    def _propose(self, call: Call) -> None:
        text = text_of(call.arguments, "plan") or self.plan_file
        if call.place.sidechain or len(self.proposals) >= MAX_PLANS:
            return
        evidence = below(call.place.evidence, "input", "plan") if call.arguments.get("plan") else call.place.evidence
        if text and self.proposals and _same(self.proposals[-1].text, text):
            last = self.proposals[-1]
            self.proposals[-1] = replace(last, state=PlanState.PROPOSED, evidence=(*last.evidence, evidence))
        else:
            self._add(self.proposals, text, call.place, evidence=(evidence,), rule=RULE_PROPOSAL)
        self.waiting[call.call_id] = len(self.proposals) - 1
        self.calls[len(self.proposals) - 1] = call.call_id

    def _answer(self, result: Result) -> None:
        place = self.waiting.pop(result.call_id, None)
        if place is None:
            return
        plan = self.proposals[place]
        text = maybe_text(result.structured, "plan")
        changed = edited_plan(result.text) if result.rejected is None else None
        if text and not plan.text and changed is None:
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
        if changed is not None and not _same(changed, plan.text):
            self._edited(changed, result, place)

    def _edited(self, words: str, result: Result, place: int) -> None:
        """A person changed the plan and approved what it became: a revision of its own."""
        self.proposals[place] = replace(self.proposals[place], state=PlanState.SUPERSEDED)
        self._add(self.proposals, words, result.place, evidence=(result.place.evidence,), rule=RULE_EDITED)
        self.proposals[-1] = replace(self.proposals[-1], state=PlanState.APPROVED)

    def _carried(self, prompt: HumanPrompt, words: str) -> None:
        """A plan in a prompt that is the last proposal is its approval; any other is a revision of its own."""
        if self.proposals and _same(self.proposals[-1].text, words):
            return
        self._add(self.proposals, words, prompt.place, evidence=(prompt.place.evidence,), rule=RULE_CARRIED)
        self.proposals[-1] = replace(self.proposals[-1], state=PlanState.APPROVED)

    def _draft(self, result: Result, call: Call) -> None:
        """Follow the text of the plan's file."""
        before = self.plan_file
        if call.tool == "Write":
            self.plan_file = text_of(call.arguments, "content")
        for one in [edit for edit in items_of(call.arguments, "edits") if isinstance(edit, dict)] or [call.arguments]:
            old, new = text_of(one, "old_string"), text_of(one, "new_string")
            if old and call.tool != "Write":
                self.plan_file = self.plan_file.replace(old, new, -1 if one.get("replace_all") is True else 1)
        if call.place.sidechain or self.proposals or (self.drafts and _same(before, self.plan_file)):
            return
        evidence = (call.place.evidence, result.place.evidence)
        self._add(self.drafts, self.plan_file, result.place, evidence=evidence, rule=RULE_FILE)

    def _add(self, to: list[Plan], text: str, place: Place, *, evidence: tuple[Evidence, ...], rule: str) -> None:
        if len(to) >= MAX_PLANS:
            return
        proposal = Proposal(words=text, place=place, evidence=evidence, rule=rule, before_first_edit=not self.edited)
        to.append(propose(proposal, to, self.budget))


def _same(left: str, right: str) -> bool:
    return " ".join(left.split()) == " ".join(right.split())
