"""Plans that Codex put before a person in plan mode: `<proposed_plan>` in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.proposals import Proposal, propose
from attest.capture.records import field, text_of
from attest.capture.steps import AgentText, HumanPrompt, Notice, Place, Step
from attest.capture.task_lists import MAX_PLANS
from attest.capture.text import TextBudget
from attest.model.decisions import Plan, PlanState

RULE = "codex/plan.proposed@1"
_OPEN, _CLOSE = "<proposed_plan>", "</proposed_plan>"
_ACCEPTED = re.compile(r"\Aimplement the plan\b[.!]?\s*\Z", re.IGNORECASE)
"""What the interface sends when a person accepts the plan."""


@dataclass(slots=True)
class Plans:
    """Collects proposals. The same words again (a plan is recorded in more than one form) are the same proposal."""

    budget: TextBudget
    proposals: list[Plan] = member(default_factory=list)

    def feed(self, step: Step, *, before_first_edit: bool) -> None:
        """Take one step."""
        match step:
            case AgentText() if _OPEN in step.text:
                for words in _proposed(step.text):
                    self._propose(words, step.place, before_first_edit=before_first_edit)
            case Notice(kind="item_completed") if field(step.fields, "item").get("type") == "Plan":
                words = text_of(field(step.fields, "item"), "text").strip()
                self._propose(words, step.place, before_first_edit=before_first_edit)
            case HumanPrompt() if self.proposals and _ACCEPTED.match(step.text.strip()):
                last = self.proposals[-1]
                evidence = (*last.evidence, step.place.evidence)
                self.proposals[-1] = replace(last, state=PlanState.APPROVED, evidence=evidence)
            case _:
                return

    def finish(self) -> tuple[Plan, ...]:
        """Give the proposals in order."""
        last = len(self.proposals) - 1
        return tuple(
            replace(plan, state=PlanState.SUPERSEDED) if plan.state is PlanState.PROPOSED and place < last else plan
            for place, plan in enumerate(self.proposals)
        )

    def _propose(self, words: str, place: Place, *, before_first_edit: bool) -> None:
        known = self.proposals[-1] if self.proposals else None
        if not words or len(self.proposals) >= MAX_PLANS or (known is not None and known.text.split() == words.split()):
            return
        proposal = Proposal(
            words=words, place=place, evidence=(place.evidence,), rule=RULE, before_first_edit=before_first_edit
        )
        self.proposals.append(propose(proposal, self.proposals, self.budget))


def _proposed(text: str) -> list[str]:
    """Give the plans of a text; one that is not closed is none."""
    found: list[str] = []
    start = text.find(_OPEN)
    while start >= 0 and len(found) < MAX_PLANS:
        end = text.find(_CLOSE, start)
        if end < 0:
            break
        found.append(text[start + len(_OPEN) : end].strip())
        start = text.find(_OPEN, end)
    return found
