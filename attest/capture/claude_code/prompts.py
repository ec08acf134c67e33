"""Intent and directions: the prompts of a person, first and later."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.claude_code.steps import HumanPrompt
from attest.capture.text import TextBudget
from attest.model.basis import Basis
from attest.model.decisions import Prompt

RULE_INTENT = "claude-code/intent.first-prompt@1"
RULE_DIRECTION = "claude-code/intent.direction@1"
MAX_PROMPTS = 10_000


@dataclass(slots=True)
class Prompts:
    """Collects prompts in order."""

    budget: TextBudget
    kept: list[Prompt] = member(default_factory=list)

    def feed(self, step: HumanPrompt, seq: int) -> None:
        """Add one prompt."""
        if len(self.kept) >= MAX_PROMPTS:
            return
        text, cut = self.budget.take(step.text)
        self.kept.append(
            Prompt(
                text=text,
                truncated=cut,
                ts=step.place.ts,
                event=seq,
                evidence=(step.place.evidence,),
                rule=RULE_DIRECTION if self.kept else RULE_INTENT,
                basis=Basis.OBSERVED,
            )
        )
