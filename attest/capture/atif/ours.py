"""What documents written here carry under `extra.whereof`, read back: the events of a step, as they were.

It is a claim like the rest of the document. It decides what kind of event a step is, never that a check passed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from attest.capture.atif.tools import kind_and_arguments
from attest.capture.call_book import CallBook
from attest.capture.lines import Fields
from attest.capture.records import field, flattened, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    Abandoned,
    AgentText,
    Call,
    Compaction,
    Granted,
    HumanPrompt,
    Injected,
    Interrupt,
    Mode,
    Notice,
    Place,
    Reasoning,
    Rejected,
    Result,
    Step,
    TaskPrompt,
)
from attest.capture.tool_kinds import ToolKind

OWN: Final = "whereof"
MAX_EVENTS_OF_STEP: Final = 4_096
WENT_BACK: Final = "went back "
RESULTS: Final = frozenset({"tool_result", "error", "rejection", "approval"})
CALLS: Final = frozenset({"tool_call", "plan"})
_SEVERAL: Final = frozenset({"directory", "allowed-tool", "mcp-server", "writable-directory"})
_GRANTS: Final = _SEVERAL | {
    "entrypoint",
    "sandbox",
    "network",
    "permission-profile",
    "approvals-reviewer",
    "asked-permission",
    "permission-mode",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    step: Fields
    place: Place
    book: CallBook
    found: list[Step]
    seq: int

    def next_seq(self) -> int:
        return self.seq + len(self.found)


def own_events(step: Fields) -> list[Fields]:
    """Give the events that a step of a document written here says it holds; empty for any other step."""
    told = items_of(field(step, "extra", OWN), "events")
    return [one for one in told[:MAX_EVENTS_OF_STEP] if isinstance(one, dict)]


def own_steps(step: Fields, events: list[Fields], place: Place, book: CallBook, *, seq: int) -> tuple[Step, ...]:
    """Give the steps of a step that was written here, one for each of its events, in order."""
    reading = _Reading(step, place, book, [], seq)
    calls, results = (
        iter(enumerate(items_of(step, "tool_calls"))),
        iter(enumerate(items_of(field(step, "observation"), "results"))),
    )
    for event in events:
        kind = text_of(event, "kind")
        spot = _sided(place, event)
        if kind in CALLS:
            number, told = next(calls, (0, None))
            if isinstance(told, dict):
                call = own_call(told, inside(spot, "tool_calls", number), reading.next_seq())
                book.enter(call)
                reading.found.append(call)
        elif kind in RESULTS and not (kind == "error" and text_of(event, "actor") == "system"):
            number, told = next(results, (0, None))
            if isinstance(told, dict):
                reading.found.append(_result(told, kind, inside(spot, "observation", "results", number), reading))
        else:
            reading.found.append(_said(kind, event, step, spot))
    return tuple(reading.found)


def own_call(told: Fields, place: Place, seq: int) -> Call:
    """Give a call; where its arguments do not show what the event showed, that stands beside them."""
    tool = text_of(told, "function_name") or "(no name)"
    kind, arguments = kind_and_arguments(tool, field(told, "arguments"))
    own = field(told, "extra", OWN)
    if text_of(own, "kind") == "plan":
        kind = ToolKind.PLAN
    elif kind is ToolKind.PLAN:
        kind = ToolKind.OTHER
    shown = own.get("shown")
    if isinstance(shown, str):
        arguments = {**arguments, "command": shown} if shown else {}
    call_id = "" if own.get("without_id") is True else text_of(told, "tool_call_id")
    return Call(place=inside(place, "arguments"), call_id=call_id, tool=tool, arguments=arguments, seq=seq, kind=kind)


def _result(told: Fields, kind: str, place: Place, reading: _Reading) -> Result:
    own, text = field(told, "extra", OWN), flattened(told.get("content"))
    call_id = text_of(own, "call_id") or text_of(told, "source_call_id")
    call = reading.book.close(call_id, place.evidence)
    return Result(
        place=inside(place, "content"),
        call=call,
        call_id=call_id,
        text=text,
        is_error=kind == "error",
        rejected=Rejected(reason=text or None, stop=False) if kind == "rejection" else None,
        structured={},
        seq=reading.next_seq(),
    )


def _said(kind: str, event: Fields, step: Fields, place: Place) -> Step:
    spot, text = inside(place, "message"), flattened(step.get("message"))
    actor = text_of(event, "actor")
    match kind:
        case "reasoning":
            return Reasoning(place=inside(place, "reasoning_content"), text=text_of(step, "reasoning_content"))
        case "message":
            return AgentText(place=spot, text=text)
        case "prompt":
            return (
                HumanPrompt(place=spot, text=text, carried_plan=None)
                if actor == "human"
                else TaskPrompt(place=spot, text=text)
            )
        case "notice" if actor == "human":
            return Abandoned(place=spot, first=place.evidence, text=text.removeprefix(WENT_BACK))
        case "notice" | "error":
            name, _, rest = text.partition(" ")
            return Notice(place=spot, kind=name, text=rest, fields={})
        case _:
            return _OTHERS.get(kind, _injected)(spot, text)


def _injected(place: Place, text: str) -> Step:
    return Injected(place=place, kind="context", text=text)


def _mode(place: Place, text: str) -> Step:
    name, _, value = text.partition(" ")
    if name in _GRANTS and value:
        return Granted(place=place, kind=name, value=value, several=name in _SEVERAL)
    return Mode(place=place, mode=text)


_OTHERS: dict[str, Callable[[Place, str], Step]] = {
    "interrupt": lambda place, _: Interrupt(place=place, during_tool=False),
    "compaction": lambda place, text: Compaction(place=place, text=text),
    "mode_change": _mode,
}


def _sided(place: Place, event: Fields) -> Place:
    return Place(
        evidence=place.evidence,
        ts=place.ts,
        native_id=maybe_text(event, "native_id") or place.native_id,
        parent=place.parent,
        sidechain=text_of(event, "actor") == "subagent",
    )
