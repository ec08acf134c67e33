"""From records to steps: which record is a person, which a program, which a tool, and which only repeats another."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.codex.calls import STDIN_TOOL, arguments_of, tool_of
from attest.capture.codex.convention import (
    ToolOutput,
    injected_kind,
    is_interrupt,
    not_started,
    refused,
    refused_by_person,
    tool_output,
    words_of,
)
from attest.capture.codex.items import arguments_of_item, legacy_event
from attest.capture.codex.record_types import NOTICES, QUIET_EVENTS, QUIET_ITEMS
from attest.capture.codex.tools import kind_of
from attest.capture.lines import Fields
from attest.capture.normaliser import MAX_OPEN_CALLS, Skip
from attest.capture.records import field, flattened, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    AgentText,
    Call,
    Compaction,
    HumanPrompt,
    Injected,
    Interrupt,
    Notice,
    Place,
    Reasoning,
    Rejected,
    Result,
    Step,
)
from attest.model.basis import Evidence

MAX_TOLD = 100_000
"""Ids of calls that are remembered, to know one that another record tells of again."""
_CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call"})
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output", "tool_search_output"})
_PATCH_FAILED = "apply_patch verification failed"


@dataclass(slots=True)
class Normaliser:
    """Turns one record after the other into steps."""

    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    seen_calls: set[str] = member(default_factory=set)
    results_without_call: list[Evidence] = member(default_factory=list)
    reviewer: str | None = None
    """Who reviews approvals, as the turn says."""
    next_seq: int = 0
    last: dict[str, tuple[str, str]] = member(default_factory=dict)
    """By role: the record type and text of a message whose repetition in the other form has not come yet."""
    reviewing: bool = False
    asks: bool = True
    """False where the turn says that nobody is asked."""
    told: set[str] = member(default_factory=set)
    """Items whose patch, command or MCP call was told."""
    interrupted: str = ""
    """The record type that told of an interrupt which the other form has not repeated yet."""

    def steps(self, kind: str, payload: Fields, place: Place) -> tuple[Step, ...] | Skip:
        """Give the steps of a conversation item or event, or why there is none."""
        name = text_of(payload, "type")
        found = self._item(name, payload, place) if kind == "response_item" else self._event(name, payload, place)
        if isinstance(found, Skip):
            return found
        self.next_seq += len(found)
        return tuple(found) or Skip(f"{kind}/{name[:48]}")

    def _item(self, name: str, payload: Fields, place: Place) -> list[Step] | Skip:
        if name == "message":
            return self._message(payload, place)
        if name == "reasoning":
            texts = [*items_of(payload, "summary"), *items_of(payload, "content")]
            return [Reasoning(place=place, text=flattened(texts))]
        if name in _CALLS:
            return self._call(name, payload, place)
        if name in _OUTPUTS:
            return [self._result(payload, at(place, "output"))]
        if name in ("compaction", "compaction_summary"):
            return [Compaction(place=place, text="")]
        return Skip(f"response_item/{name[:48]}", known=name in QUIET_ITEMS)

    def _event(self, name: str, payload: Fields, place: Place) -> list[Step] | Skip:
        match name:
            case "user_message":
                return self._user(text_of(payload, "message"), at(place, "message"), "event_msg")
            case "agent_message":
                return self._agent(text_of(payload, "message"), at(place, "message"), "event_msg")
            case "turn_aborted" if payload.get("reason") == "interrupted":
                return self._interrupt(place, "event_msg")
            case "turn_aborted":
                return [Notice(place=place, kind=name, text=text_of(payload, "reason"), fields={})]
            case "entered_review_mode" | "exited_review_mode":
                self.reviewing = name == "entered_review_mode"
            case _:
                pass
        if name == "item_completed":
            return self._completed(payload, place)
        if name in ("patch_apply_end", "mcp_tool_call_end") and self._again(text_of(payload, "call_id")):
            return Skip("repeated-item")
        if name in NOTICES:
            return [Notice(place=place, kind=name, text=_shown(payload), fields=payload)]
        return Skip(f"event_msg/{name[:48]}", known=name in QUIET_EVENTS)

    def _completed(self, payload: Fields, place: Place) -> list[Step] | Skip:
        """An item of newer rollouts tells what an event of its own told before: it is read as that event."""
        item = field(payload, "item")
        event = legacy_event(item)
        if event is None:
            return [Notice(place=at(place, "item"), kind="item_completed", text=_shown(item), fields=payload)]
        name, fields = event
        call_id = text_of(item, "id")
        if self._again(call_id):
            return Skip("repeated-item")
        found: list[Step] = [Notice(place=at(place, "item"), kind=name, text=_shown(item), fields=fields)]
        if (
            item.get("status") == "declined"
            and call_id not in self.seen_calls
            and self.asks
            and self.reviewer in (None, "user")
        ):
            found += self._declined(item, at(place, "item"), len(found))
        return found

    def _declined(self, item: Fields, place: Place, offset: int) -> list[Step]:
        """A call inside a script of code mode that a person refused has no records of its own but this."""
        tool, arguments = arguments_of_item(item)
        call_id = text_of(item, "id")
        call = Call(place=place, call_id=call_id, tool=tool, arguments=arguments, seq=self.next_seq + offset)
        result = Result(
            place=place,
            call=call,
            call_id=call_id,
            text="",
            is_error=True,
            rejected=Rejected(stop=False, reason=None),
            structured={"exit": None, "running": None, "ran": False},
            seq=self.next_seq + offset + 1,
        )
        return [call, result]

    def _again(self, item_id: str) -> bool:
        """Tell whether an item was told of before, in this form or the older one."""
        if not item_id or item_id in self.told:
            return bool(item_id)
        if len(self.told) < MAX_TOLD:
            self.told.add(item_id)
        return False

    def _message(self, payload: Fields, place: Place) -> list[Step] | Skip:
        role, spot = text_of(payload, "role"), at(place, "content")
        if role == "assistant":
            return self._agent(flattened(payload.get("content")), spot, "response_item")
        if role != "user":
            return [Injected(place=spot, kind=role[:32] or "message", text=flattened(payload.get("content")))]
        found: list[Step] = []
        person: list[str] = []
        for number, block in enumerate(items_of(payload, "content")):
            text = text_of(block, "text") if isinstance(block, dict) else ""
            if is_interrupt(text):
                more = self._interrupt(at(spot, number), "response_item")
                found += (
                    [Injected(place=at(spot, number), kind="turn_aborted", text=text)]
                    if isinstance(more, Skip)
                    else more
                )
            elif (kind := injected_kind(text)) is not None:
                found.append(Injected(place=at(spot, number), kind=kind, text=text))
            elif text.strip():
                person.append(text)
        if not person:
            return found
        said = self._user("\n".join(person), spot, "response_item")
        if isinstance(said, Skip):
            return found or said
        return [*found, *said]

    def _user(self, text: str, place: Place, form: str) -> list[Step] | Skip:
        """A prompt is recorded as an item and as an event: whichever comes first is the prompt."""
        kind, words = injected_kind(text), words_of(text)
        if self.reviewing and form == "event_msg":
            kind = "review"
        if kind is not None or not words:
            return [Injected(place=place, kind=kind or "context", text=text)] if text.strip() else Skip("empty-message")
        if self._repeats("user", form, words):
            return Skip("repeated-message")
        return [HumanPrompt(place=place, text=words, carried_plan=None)]

    def _agent(self, text: str, place: Place, form: str) -> list[Step] | Skip:
        if not text.strip():
            return Skip("empty-message")
        if self._repeats("assistant", form, text.strip()):
            return Skip("repeated-message")
        return [AgentText(place=place, text=text)]

    def _repeats(self, role: str, form: str, words: str) -> bool:
        earlier = self.last.get(role)
        if earlier is not None and earlier[0] != form and earlier[1] == words:
            del self.last[role]
            return True
        self.last[role] = (form, words)
        return False

    def _interrupt(self, place: Place, form: str) -> list[Step] | Skip:
        if self.interrupted and self.interrupted != form:
            self.interrupted = ""
            return Skip("repeated-interrupt")
        self.interrupted = form
        return [Interrupt(place=place, during_tool=False)]

    def _call(self, name: str, payload: Fields, place: Place) -> list[Step] | Skip:
        self.interrupted = ""
        call_id = text_of(payload, "call_id")
        tool = tool_of(payload) or name.removesuffix("_call")
        if call_id and call_id in self.seen_calls:
            return Skip("repeated-call")
        arguments = field(payload, "action") if name == "web_search_call" else arguments_of(tool, payload)
        kind = kind_of(tool, arguments)
        call = Call(place=place, call_id=call_id, tool=tool, arguments=arguments, seq=self.next_seq, kind=kind)
        if call_id:
            self.seen_calls.add(call_id)
            self.open_calls[call_id] = call
            if len(self.open_calls) > MAX_OPEN_CALLS:
                self.open_calls.popitem(last=False)
        return [call]

    def _result(self, payload: Fields, place: Place) -> Result:
        call_id = text_of(payload, "call_id")
        call = self.open_calls.pop(call_id, None)
        if call is None and len(self.results_without_call) < MAX_OPEN_CALLS:
            self.results_without_call.append(place.evidence)
        told = payload.get("output")
        text = text_of(told, "content") if isinstance(told, dict) else flattened(told)
        output = tool_output(text)
        rejected = None
        if not output.headed and self.asks and refused(text) and refused_by_person(text, self.reviewer):
            rejected = Rejected(stop=False, reason=None)
        return Result(
            place=place,
            call=call,
            call_id=call_id,
            text=output.text,
            is_error=_failed(output, told, text),
            rejected=rejected,
            structured=_structured(output, call),
            seq=self.next_seq,
        )


def _failed(output: ToolOutput, told: object, text: str) -> bool:
    if isinstance(told, dict) and told.get("success") is False:
        return True
    return output.exit not in (None, 0) or (not output.headed and (not_started(text) or text.startswith(_PATCH_FAILED)))


def _structured(output: ToolOutput, call: Call | None) -> Fields:
    """What the rules read of an outcome: `exit`, `running` and whether the tool ran at all."""
    ran = output.headed or not not_started(output.text)
    code = None if call is not None and call.tool == "exec" else output.exit
    found: Fields = {"exit": code, "running": output.running, "ran": ran}
    if call is not None and call.tool == STDIN_TOOL:
        found["continues"] = str(call.arguments.get("session_id"))
    return found


def _shown(payload: Fields) -> str:
    code = payload.get("exit_code")
    return f"exit {code}" if isinstance(code, int) else (maybe_text(payload, "message") or "")


def at(place: Place, *names: str | int) -> Place:
    """Give the place further inside the payload of the same record."""
    return inside(place, *names) if place.evidence.pointer else inside(place, "payload", *names)
