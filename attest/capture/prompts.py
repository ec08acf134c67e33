"""Intent and directions: the prompts of a person, first and later."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.steps import HumanPrompt
from attest.capture.text import TextBudget
from attest.model.decisions import Prompt

MAX_PROMPTS = 10_000


@dataclass(slots=True)
class Prompts:
    """Collects prompts in order."""

    agent: str
    """The beginning of the rules' names."""
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
                rule=f"{self.agent}/intent.{'direction' if self.kept else 'first-prompt'}@1",
                basis=step.basis,
            )
        )
