"""Questions the agent asked through its dialogue, and what a person answered."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import field, items_of, text_of
from attest.capture.steps import Call, Result, Step
from attest.capture.text import TextBudget, target
from attest.model.basis import Basis, Evidence
from attest.model.decisions import Answer

RULE = "claude-code/question.answered@1"
MAX_ANSWERS = 2_000
MAX_OPTIONS = 16


@dataclass(slots=True)
class Answers:
    """Collects answered questions. A question that timed out or was declined has no answer and is not one."""

    budget: TextBudget
    kept: list[Answer] = member(default_factory=list)

    def feed(self, step: Step) -> None:
        """Take one step."""
        if not isinstance(step, Result) or step.call is None or step.call.tool != "AskUserQuestion":
            return
        if step.is_error or step.rejected is not None:
            return
        questions = {
            text_of(item, "question"): item
            for item in items_of(step.call.arguments, "questions")
            if isinstance(item, dict)
        }
        for question, answer in field(step.structured, "answers").items():
            text = (
                answer if isinstance(answer, str) else ", ".join(map(str, answer)) if isinstance(answer, list) else ""
            )
            if text and len(self.kept) < MAX_ANSWERS:
                options = items_of(questions.get(question, {}), "options")
                self._add(step, step.call, question=question, text=text, options=options)

    def _add(self, step: Result, call: Call, *, question: str, text: str, options: list[object]) -> None:
        labels = (text_of(option, "label") for option in options if isinstance(option, dict))
        self.kept.append(
            Answer(
                question=self.budget.take(question)[0],
                options=tuple(target(label) for label in labels)[:MAX_OPTIONS],
                answer=self.budget.take(text)[0],
                ts=step.place.ts,
                evidence=(_at_answers(step.place.evidence), call.place.evidence),
                rule=RULE,
                basis=Basis.OBSERVED,
            )
        )


def _at_answers(evidence: Evidence) -> Evidence:
    return Evidence(
        record=evidence.record,
        byte_start=evidence.byte_start,
        byte_end=evidence.byte_end,
        pointer="/toolUseResult/answers",
    )
