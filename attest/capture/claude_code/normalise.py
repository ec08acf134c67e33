"""From records to steps and events: which record is a person, which a program, which a tool."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.accounts import here_of
from attest.capture.claude_code.convention import (
    INTERRUPT_MARKERS,
    carried_plan,
    injected_kind,
    rejection_reason,
    split_interrupt,
    without_reminders,
)
from attest.capture.claude_code.tools import kind_of
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import MAX_OPEN_CALLS
from attest.capture.records import field, flattened, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    AgentText,
    Attachment,
    Call,
    Compaction,
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
from attest.capture.text import moment
from attest.model.basis import Evidence


@dataclass(slots=True)
class Normaliser:
    """Turns one record after the other into steps. Holds only the calls that still wait for a result."""

    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    seen_calls: set[str] = member(default_factory=set)
    results_without_call: list[Evidence] = member(default_factory=list)
    next_seq: int = 0

    def steps(self, record: Record) -> tuple[Step, ...]:
        """Give the steps of a record; none for a record that says nothing of its own."""
        fields = record.fields
        place = _place(record)
        match fields.get("type"):
            case "assistant":
                found = self._assistant(fields, place)
            case "user":
                found = self._user(fields, place)
            case "attachment":
                found = _attachment(fields, place)
            case "system":
                found = _system(fields, place)
            case "permission-mode":
                mode = maybe_text(fields, "permissionMode")
                found = [Mode(place=inside(place, "permissionMode"), mode=mode)] if mode else []
            case "pr-link":
                found = [Notice(place=place, kind="pr-link", text=text_of(fields, "prUrl"), fields=fields)]
            case _:
                found = []
        self.next_seq += len(found)
        return tuple(found)

    def _assistant(self, fields: Fields, place: Place) -> list[Step]:
        message = field(fields, "message")
        if fields.get("isApiErrorMessage") is True:
            text = flattened(message.get("content"))
            return [Notice(place=inside(place, "message", "content"), kind="api-error", text=text, fields={})]
        content = message.get("content")
        if isinstance(content, str):
            return [AgentText(place=inside(place, "message", "content"), text=content)]
        found: list[Step] = []
        for number, block in enumerate(items_of(message, "content")):
            if isinstance(block, dict):
                self._agent_block(block, inside(place, "message", "content", number), found)
        return found

    def _agent_block(self, block: Fields, place: Place, found: list[Step]) -> None:
        match block.get("type"):
            case "text":
                if text_of(block, "text").strip():
                    found.append(AgentText(place=place, text=text_of(block, "text")))
            case "thinking":
                found.append(Reasoning(place=place, text=text_of(block, "thinking")))
            case "redacted_thinking":
                found.append(Reasoning(place=place, text=""))
            case "tool_use" | "server_tool_use":
                call_id, tool = text_of(block, "id"), text_of(block, "name")
                if not tool or (call_id and call_id in self.seen_calls):
                    return
                call = Call(
                    place=place,
                    call_id=call_id,
                    tool=tool,
                    arguments=field(block, "input"),
                    seq=self.next_seq + len(found),
                    kind=kind_of(tool),
                )
                self.seen_calls.add(call_id)
                self.open_calls[call_id] = call
                if len(self.open_calls) > MAX_OPEN_CALLS:
                    self.open_calls.popitem(last=False)
                found.append(call)
            case _:
                return

    def _user(self, fields: Fields, place: Place) -> list[Step]:
        content = field(fields, "message").get("content")
        found: list[Step] = []
        mode = maybe_text(fields, "permissionMode")
        if mode:
            found.append(Mode(place=inside(place, "permissionMode"), mode=mode))
        if isinstance(content, str):
            for step in _user_texts(fields, content, inside(place, "message", "content")):
                _append_text(found, step)
            return found
        if not isinstance(content, list):
            return found
        for number, block in enumerate(content):
            if not isinstance(block, dict):
                continue
            spot = inside(place, "message", "content", number)
            if block.get("type") == "tool_result":
                found.append(self._result(block, fields, spot, len(found)))
            elif block.get("type") == "text" and text_of(block, "text").strip():
                for step in _user_texts(fields, text_of(block, "text"), spot):
                    _append_text(found, step)
        return found

    def _result(self, block: Fields, fields: Fields, place: Place, offset: int) -> Result:
        call_id = text_of(block, "tool_use_id")
        call = self.open_calls.pop(call_id, None)
        if call is None and len(self.results_without_call) < MAX_OPEN_CALLS:
            self.results_without_call.append(place.evidence)
        text = flattened(block.get("content"))
        is_error = block.get("is_error") is True
        rejected = None
        told = fields.get("toolUseResult")
        refused = isinstance(told, str) and told.startswith(("User rejected", "Error: The user doesn't want"))
        note = rejection_reason(text) if is_error or refused else None
        if note is not None:
            rejected = Rejected(stop=note[0], reason=note[1])
        return Result(
            place=place,
            call=call,
            call_id=call_id,
            text=text,
            is_error=is_error,
            rejected=rejected,
            structured=field(fields, "toolUseResult"),
            seq=self.next_seq + offset,
        )


def _append_text(found: list[Step], step: Step) -> None:
    """Join the text blocks of one prompt: a person sends one prompt per record."""
    last = found[-1] if found else None
    if isinstance(step, HumanPrompt) and isinstance(last, HumanPrompt):
        found[-1] = HumanPrompt(place=last.place, text=f"{last.text}\n{step.text}", carried_plan=last.carried_plan)
    else:
        found.append(step)


def _user_texts(fields: Fields, text: str, place: Place) -> list[Step]:
    """Give the steps of a text in a prompt's place: words may stand right behind the marker of an interrupt."""
    marker, words = split_interrupt(text)
    parts = [part for part in (marker, words) if part is not None and part.strip()]
    return [_user_text(fields, part, place) for part in parts or [text]]


def _user_text(fields: Fields, text: str, place: Place) -> Step:
    """Decide who wrote a text in a prompt's place; everything that is not plainly a person is not a person."""
    if fields.get("isCompactSummary") is True:
        return Compaction(place=place, text=text)
    stripped = text.strip()
    if stripped in INTERRUPT_MARKERS:
        return Interrupt(place=place, during_tool=INTERRUPT_MARKERS[stripped])
    if fields.get("isMeta") is True:
        return Injected(place=place, kind="meta", text=text)
    origin = field(fields, "origin").get("kind")
    if origin not in (None, "human"):
        return Injected(place=place, kind=str(origin)[:64], text=text)
    if place.sidechain:
        return TaskPrompt(place=place, text=text)
    kind = injected_kind(text)
    if kind is not None and without_reminders(text) and injected_kind(without_reminders(text)) is None:
        kind = None  # a reminder stands before the words of a person
    words = without_reminders(text)
    if kind is not None or not words:
        return Injected(place=place, kind=kind or "system-reminder", text=text)
    return HumanPrompt(place=place, text=words, carried_plan=maybe_text(fields, "planContent") or carried_plan(words))


def _attachment(fields: Fields, place: Place) -> list[Step]:
    body = field(fields, "attachment")
    kind = text_of(body, "type") or "unknown"
    spot = inside(place, "attachment")
    if kind == "queued_command" and _is_human_queue(body):
        words = without_reminders(flattened(body.get("prompt")))
        if words and injected_kind(words) is None and not place.sidechain:
            return [HumanPrompt(place=inside(spot, "prompt"), text=words, carried_plan=None)]
    return [Attachment(place=spot, kind=kind, fields=body)]


def _is_human_queue(body: Fields) -> bool:
    """Tell whether a queued command is a prompt a person typed while the agent worked."""
    origin = field(body, "origin").get("kind")
    return body.get("isMeta") is not True and origin in (None, "human") and body.get("commandMode") in (None, "prompt")


def _system(fields: Fields, place: Place) -> list[Step]:
    kind = text_of(fields, "subtype") or "system"
    text = text_of(fields, "content")
    if kind in ("compact_boundary", "microcompact_boundary"):
        return [Compaction(place=place, text=text)]
    return [Notice(place=place, kind=kind, text=text, fields=fields)]


def _place(record: Record) -> Place:
    fields = record.fields
    return Place(
        evidence=here_of(record),
        ts=moment(fields.get("timestamp")),
        native_id=maybe_text(fields, "uuid"),
        parent=maybe_text(fields, "parentUuid") or maybe_text(fields, "logicalParentUuid"),
        sidechain=fields.get("isSidechain") is True,
    )
