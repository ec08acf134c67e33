"""The list of events: what happened, in order, with a short look at each."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from dataclasses import field as member
from typing import assert_never

from attest.capture.records import flattened, text_of
from attest.capture.steps import (
    Abandoned,
    AgentText,
    Attachment,
    Call,
    Committed,
    Compaction,
    Granted,
    HumanPrompt,
    Injected,
    Interrupt,
    Mode,
    Notice,
    Reasoning,
    Result,
    Step,
    TaskPrompt,
)
from attest.capture.text import preview
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence
from attest.model.session import Actor, Event, EventKind

MAX_EVENTS = 200_000
"""Events beyond are counted and not kept."""

_SHOWN_ARGUMENTS = ("command", "file_path", "path", "pattern", "url", "query", "description", "prompt", "plan", "skill")


@dataclass(slots=True)
class EventList:
    """Collects events; each step gives exactly one."""

    kept: list[Event] = member(default_factory=list)
    count: int = 0

    def add(self, step: Step) -> None:
        """Add the event of a step."""
        seq = self.count
        self.count += 1
        if seq >= MAX_EVENTS:
            return
        actor, kind, text = _described(step)
        place = step.place
        if place.sidechain and actor is Actor.AGENT:
            actor = Actor.SUBAGENT
        tool, call_id = _tool_of(step)
        evidence = place.evidence
        self.kept.append(
            Event(
                seq=seq,
                native_id=place.native_id,
                parent=sys.intern(place.parent) if place.parent else None,
                ts=place.ts,
                actor=actor,
                kind=kind,
                tool=tool,
                call_id=call_id,
                preview=preview(text),
                evidence=Evidence(
                    record=evidence.record,
                    byte_start=evidence.byte_start,
                    byte_end=evidence.byte_end,
                    pointer=sys.intern(evidence.pointer),
                ),
            )
        )


def _tool_of(step: Step) -> tuple[str | None, str | None]:
    if isinstance(step, Call):
        return sys.intern(step.tool[:128]), step.call_id[:128] or None
    if isinstance(step, Result):
        return (sys.intern(step.call.tool[:128]) if step.call else None), step.call_id[:128] or None
    return None, None


def _described(step: Step) -> tuple[Actor, EventKind, str]:  # noqa: C901, PLR0912  # one case per kind of step
    """Give who acted, what it is, and the text to show."""
    match step:
        case HumanPrompt():
            return Actor.HUMAN, EventKind.PROMPT, step.text
        case Interrupt():
            return Actor.HUMAN, EventKind.INTERRUPT, ""
        case TaskPrompt():
            return Actor.AGENT, EventKind.PROMPT, step.text
        case Injected():
            return Actor.SYSTEM, EventKind.CONTEXT, step.text
        case AgentText():
            return Actor.AGENT, EventKind.MESSAGE, step.text
        case Reasoning():
            return Actor.AGENT, EventKind.REASONING, step.text
        case Call():
            kind = EventKind.PLAN if step.kind is ToolKind.PLAN else EventKind.TOOL_CALL
            return Actor.AGENT, kind, argument_text(step)
        case Result():
            return _described_result(step)
        case Mode():
            return Actor.SYSTEM, EventKind.MODE_CHANGE, step.mode
        case Compaction():
            return Actor.SYSTEM, EventKind.COMPACTION, step.text
        case Attachment():
            return Actor.SYSTEM, EventKind.CONTEXT, f"{step.kind} {flattened(step.fields.get('content'))}"
        case Notice():
            kind = EventKind.ERROR if step.kind == "api-error" else EventKind.NOTICE
            return Actor.SYSTEM, kind, f"{step.kind} {step.text}"
        case Granted():
            return Actor.SYSTEM, EventKind.MODE_CHANGE, f"{step.kind} {step.value}"
        case Abandoned():
            return Actor.HUMAN, EventKind.NOTICE, f"went back {step.text}"
        case Committed():
            return Actor.SYSTEM, EventKind.NOTICE, f"{step.how} {step.oid}"
        case _:
            assert_never(step)


def _described_result(step: Result) -> tuple[Actor, EventKind, str]:
    if step.rejected is not None:
        return Actor.HUMAN, EventKind.REJECTION, step.rejected.reason or ""
    if step.call is not None and step.call.kind is ToolKind.PLAN and not step.is_error:
        return Actor.HUMAN, EventKind.APPROVAL, step.text
    return Actor.TOOL, EventKind.ERROR if step.is_error else EventKind.TOOL_RESULT, step.text


def argument_text(call: Call) -> str:
    """Give what an event shows of a call's arguments: the first of the usual names that has a text."""
    for name in _SHOWN_ARGUMENTS:
        text = text_of(call.arguments, name)
        if text:
            return text
    return ""
