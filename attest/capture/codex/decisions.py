"""The agent's task list (`update_plan`), and what a person answered to its questions (`request_user_input`)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field, items_of, text_of, texts_of
from attest.capture.steps import Call, Result, Step
from attest.capture.task_lists import TaskLists
from attest.capture.text import TextBudget, target
from attest.model.basis import Basis
from attest.model.decisions import Answer

RULE_ANSWER = "codex/question.answered@1"
MAX_ANSWERS = 2_000
MAX_OPTIONS = 16


@dataclass(slots=True)
class Decisions:
    """Collects revisions of the task list, and answers."""

    budget: TextBudget
    task_lists: TaskLists = member(default_factory=lambda: TaskLists("codex"))
    answers: list[Answer] = member(default_factory=list)
    edited: bool = False

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Result(call=Call(tool="update_plan") as call, is_error=False, rejected=None):
                tasks = items_of(call.arguments, "plan")
                steps = tuple(target(text_of(item, "step")) for item in tasks if isinstance(item, dict))
                said = self.budget.take(text_of(call.arguments, "explanation"))[0]
                self.task_lists.add(steps, call, step, before_first_edit=not self.edited, text=said)
            case Result(call=Call(tool="request_user_input") as call, is_error=False, rejected=None):
                self._answers(step, call)
            case _:
                return

    def _answers(self, step: Result, call: Call) -> None:
        told = parse_line(step.text.encode("utf-8", "replace"))
        given: Fields = {} if isinstance(told, LineFault) else field(told, "answers")
        for question in items_of(call.arguments, "questions"):
            if not isinstance(question, dict) or len(self.answers) >= MAX_ANSWERS:
                continue
            answer = ", ".join(texts_of(field(given, text_of(question, "id")), "answers"))
            if not answer:
                continue
            labels = (text_of(one, "label") for one in items_of(question, "options") if isinstance(one, dict))
            self.answers.append(
                Answer(
                    question=self.budget.take(text_of(question, "question"))[0],
                    options=tuple(target(label) for label in labels)[:MAX_OPTIONS],
                    answer=self.budget.take(answer)[0],
                    ts=step.place.ts,
                    evidence=(step.place.evidence, call.place.evidence),
                    rule=RULE_ANSWER,
                    basis=Basis.OBSERVED,
                )
            )
