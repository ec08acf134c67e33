"""The agent's own task lists: `TodoWrite`, and `TaskCreate` with `TaskUpdate`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import field, items_of, text_of
from attest.capture.steps import Call, HumanPrompt, Result, Step
from attest.capture.task_lists import MAX_STEPS, TaskLists
from attest.capture.text import target

_CREATED = re.compile(r"\ATask #(\w{1,32}) created")
_OF_TASKS = frozenset({"TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "ToolSearch"})
"""Between calls of these a list that is being put together is not finished."""


@dataclass(slots=True)
class Tasks:
    """Keeps the current list. Tasks that are created one right after the other make one version of it."""

    lists: TaskLists = member(default_factory=lambda: TaskLists("claude-code"))
    subjects: dict[str, str] = member(default_factory=dict)
    """Subject by task id, or by the call where no id is recorded."""
    creating: bool = False

    def feed(self, step: Step, *, before_first_edit: bool) -> None:
        """Take one step."""
        match step:
            case Result(call=Call() as call) if not step.place.sidechain:
                self._result(step, call, before_first_edit=before_first_edit)
                self.creating = self.creating and call.tool in _OF_TASKS
            case HumanPrompt():
                self.creating = False
            case _:
                return

    def _result(self, result: Result, call: Call, *, before_first_edit: bool) -> None:
        if result.is_error or result.rejected is not None:
            return
        joins = False
        match call.tool:
            case "TodoWrite":
                todos = items_of(call.arguments, "todos")
                steps = tuple(target(text_of(item, "content")) for item in todos if isinstance(item, dict))
            case "TaskCreate" if self._created(result, call):
                joins, self.creating = self.creating, True
                steps = tuple(self.subjects.values())
            case "TaskUpdate" if self._updated(call):
                steps = tuple(self.subjects.values())
            case _:
                return
        self.lists.add(steps[:MAX_STEPS], call, result, before_first_edit=before_first_edit, joins=joins)

    def _created(self, result: Result, call: Call) -> bool:
        subject = target(text_of(call.arguments, "subject"))
        if not subject or len(self.subjects) >= MAX_STEPS:
            return False
        found = _CREATED.match(result.text)
        name = text_of(field(result.structured, "task"), "id") or (found[1] if found else "")
        self.subjects[name or result.call_id] = subject
        return True

    def _updated(self, call: Call) -> bool:
        """Tell whether the list itself changed: a task taken out or put into other words. A new state is progress."""
        name, subject = text_of(call.arguments, "taskId"), target(text_of(call.arguments, "subject"))
        if name not in self.subjects:
            return False
        if call.arguments.get("status") == "deleted":
            del self.subjects[name]
            return True
        if not subject or subject == self.subjects[name]:
            return False
        self.subjects[name] = subject
        return True
