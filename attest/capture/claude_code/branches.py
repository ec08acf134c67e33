"""Abandoned branches of the conversation: a person went back and prompted anew from an earlier place."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.steps import HumanPrompt
from attest.capture.text import preview
from attest.model.basis import Basis
from attest.model.decisions import RejectedPath, RejectedPathKind

RULE = "claude-code/rejected.branch@1"
MAX_PROMPTS = 10_000


@dataclass(slots=True)
class Branches:
    """Two prompts of a person with the same parent record: the earlier one and what followed it was left."""

    last: dict[str, HumanPrompt] = member(default_factory=dict)
    left: list[RejectedPath] = member(default_factory=list)

    def feed(self, step: HumanPrompt) -> None:
        """Take one prompt."""
        place = step.place
        if place.parent is None or place.evidence.pointer.startswith("/attachment"):
            return
        earlier = self.last.get(place.parent)
        if earlier is None and len(self.last) >= MAX_PROMPTS:
            return
        small = HumanPrompt(place=place, text=preview(step.text), carried_plan=None)
        self.last[place.parent] = small
        if earlier is None or earlier.place.evidence.record == place.evidence.record:
            return
        self.left.append(
            RejectedPath(
                kind=RejectedPathKind.BRANCH,
                tool=None,
                target=None,
                detail=earlier.text,
                ts=place.ts,
                evidence=(earlier.place.evidence, place.evidence),
                rule=RULE,
                basis=Basis.OBSERVED,
            )
        )
