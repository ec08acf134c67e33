"""Events of OpenHands from 1.0 on as steps: one file per event, joined by the ids of the tool calls.

An event's time is the clock of the machine without an offset, so it is no time that can be compared; it is not taken.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.call_book import CallBook
from attest.capture.lines import Fields, LineFault, Record, parse_line
from attest.capture.normaliser import SessionFacts, Skip, TokenSums
from attest.capture.openhands.outcome import ending_of_command, exit_of, failed_to_end
from attest.capture.openhands.responses import said, tokens_of
from attest.capture.openhands.tools import edit_record, known_call
from attest.capture.records import field, flattened, items_of, maybe_text, text_of
from attest.capture.spots import inside, is_local, place_of
from attest.capture.steps import (
    Call,
    Compaction,
    Granted,
    HumanPrompt,
    Injected,
    Interrupt,
    Notice,
    Place,
    Reasoning,
    Rejected,
    Result,
    Step,
    TaskPrompt,
)
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

MAX_GRANTS = 200
"""Tools and servers of one record."""
_QUIET = frozenset(
    {
        "CondensationRequest",
        "CondensationSummaryEvent",
        "ConversationStateUpdateEvent",
        "TokenEvent",
        "LLMCompletionLogEvent",
        "StreamingDeltaEvent",
    }
)
_NOTICES = frozenset({"ConversationErrorEvent", "HookExecutionEvent", "AgentFinishEvent", "WarningEvent"})
_NO_REASON = "User rejected the action"
"""What stands in place of a reason where the person gave none."""
_SILENT_TOOLS = frozenset({"finish", "think"})


@dataclass(slots=True)
class NormaliserV1:
    """Turns one event after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)

    def __post_init__(self) -> None:
        """Show the calls of the book."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of an event, or why there is none."""
        fields = record.fields
        kind = text_of(fields, "kind")
        place = place_of(record, fields.get("timestamp"), native_id=maybe_text(fields, "id"))
        if self.facts.local_time is None and is_local(fields.get("timestamp")):
            self.facts.local_time = inside(place, "timestamp").evidence
        found = (
            self._container(fields, place) if "type" in fields and not kind else self._event(kind, fields, place, seq)
        )
        if isinstance(found, Skip):
            return found
        return tuple(found) or Skip(kind[:64] or "no-content")

    def _container(self, fields: Fields, place: Place) -> list[Step] | Skip:
        state = field(fields, "state")
        match fields.get("type"):
            case "openhands-conversation":
                return self._conversation(state, inside(place, "state"))
            case "openhands-state":
                return self._state(state, inside(place, "state"))
            case "whereof-unrolled":
                return Skip("whereof-unrolled")
            case _:
                return Skip(text_of(fields, "type")[:64] or "no-event", known=False)

    def _conversation(self, state: Fields, place: Place) -> list[Step]:
        """Who ran where: as it was from the beginning."""
        self.facts.native_id = self.facts.native_id or maybe_text(state, "id")
        self.facts.cwd = self.facts.cwd or maybe_text(field(state, "workspace"), "working_dir")
        agent = field(state, "agent")
        model = text_of(field(agent, "llm"), "model")
        if model:
            self.facts.models.setdefault(model)
        found: list[Step] = [Notice(place=place, kind="conversation", text=model, fields={})]
        for server in list(field(agent, "mcp_config", "mcpServers"))[:MAX_GRANTS]:
            spot = inside(place, "agent", "mcp_config", "mcpServers", server)
            found.append(Granted(place=spot, kind="mcp-server", value=server, several=True))
        return found

    def _state(self, state: Fields, place: Place) -> list[Step]:
        """What held when the state was last written; of earlier times it says nothing."""
        for metrics in [
            *field(state, "stats", "usage_to_metrics").values(),
            *field(state, "stats", "service_to_metrics").values(),
        ]:
            if isinstance(metrics, dict):
                model = text_of(metrics, "model_name") or "unknown"
                told = items_of(metrics, "token_usages")
                usage = field(metrics, "accumulated_token_usage")
                if usage:
                    self.tokens.add(model, tokens_of(usage), messages=max(1, len(told)))
        policy = text_of(field(state, "confirmation_policy"), "kind")
        found: list[Step] = [Notice(place=place, kind="state", text=text_of(state, "execution_status"), fields={})]
        if policy:
            spot = inside(place, "confirmation_policy", "kind")
            found.append(Granted(place=spot, kind="permission-mode", value=policy, several=False))
        return found

    def _event(self, kind: str, fields: Fields, place: Place, seq: int) -> list[Step] | Skip:
        match kind:
            case "MessageEvent":
                return self._message(fields, place)
            case "ActionEvent":
                return self._action(fields, place, seq)
            case "ObservationEvent" | "UserRejectObservation" | "AgentErrorEvent":
                return self._result(kind, fields, place, seq)
            case "SystemPromptEvent":
                return _system(fields, place)
            case "PauseEvent" | "InterruptEvent":
                return [Interrupt(place=place, during_tool=bool(self.open_calls))]
            case "Condensation":
                return [Compaction(place=place, text=text_of(fields, "summary"))]
            case _ if kind in _NOTICES:
                return [Notice(place=place, kind=kind, text=_shown(fields), fields={})]
            case _:
                return Skip(kind[:64] or "no-event", known=kind in _QUIET)

    def _message(self, fields: Fields, place: Place) -> list[Step] | Skip:
        message, source = field(fields, "llm_message"), text_of(fields, "source")
        text, spot = flattened(message.get("content")), inside(place, "llm_message", "content")
        if source == "agent":
            return [*_reasoning(message, inside(place, "llm_message")), *said(text, spot)]
        found: list[Step] = []
        if text.strip():
            if source != "user":
                found.append(Injected(place=spot, kind=source[:32] or "message", text=text))
            elif maybe_text(fields, "sender"):
                found.append(TaskPrompt(place=spot, text=text))  # another agent speaks in the user's place
            else:
                found.append(HumanPrompt(place=spot, text=text, carried_plan=None))
        added = flattened(fields.get("extended_content"))
        if added.strip():
            found.append(Injected(place=inside(place, "extended_content"), kind="skill", text=added))
        return found or Skip("empty-message")

    def _action(self, fields: Fields, place: Place, seq: int) -> list[Step]:
        thought = flattened(fields.get("thought"))
        found = [*_reasoning(fields, place), *said(thought, inside(place, "thought"))]
        tool, told, spot = text_of(fields, "tool_name"), field(fields, "action"), inside(place, "action")
        if tool == "finish":
            return [*found, *said(text_of(told, "message"), inside(spot, "message"))]
        if tool == "think":
            return [*found, Reasoning(place=inside(spot, "thought"), text=text_of(told, "thought"))]
        if not told:
            told, spot = _written_arguments(fields), inside(place, "tool_call")
        call_id = text_of(fields, "tool_call_id") or text_of(fields, "id")
        if self.book.has_seen(call_id):
            return found
        if text_of(told, "kind") == "MCPToolAction":
            kind, arguments = ToolKind.MCP, {"server": "", "tool_name": tool, "arguments": told.get("data")}
        else:
            kind, arguments = known_call(tool, {name: value for name, value in told.items() if name != "kind"})
        call = Call(
            place=spot, call_id=call_id, tool=tool or "(no name)", arguments=arguments, seq=seq + len(found), kind=kind
        )
        self.book.enter(call)
        return [*found, call]

    def _result(self, kind: str, fields: Fields, place: Place, seq: int) -> list[Step] | Skip:
        if text_of(fields, "tool_name") in _SILENT_TOOLS and kind == "ObservationEvent":
            return Skip(f"ObservationEvent/{text_of(fields, 'tool_name')}")
        call_id = text_of(fields, "tool_call_id")
        call = self.book.close(call_id, place.evidence)
        told, rejected, name = field(fields, "observation"), None, "observation"
        text = flattened(told.get("content")) or text_of(told, "output") or text_of(told, "error")
        failed, ran = told.get("is_error") is True or exit_of(told) not in (None, 0, -1), True
        if kind == "UserRejectObservation":
            text, name, ran = text_of(fields, "rejection_reason"), "rejection_reason", False
            if text_of(fields, "rejection_source") in ("", "user"):
                rejected = Rejected(reason=None if text == _NO_REASON else text or None, stop=False)
            failed = rejected is None
        elif kind == "AgentErrorEvent":
            text, name, failed = text_of(fields, "error"), "error", True
        ending = None
        if call is not None and call.kind is ToolKind.SHELL:
            ending = ending_of_command(told, text) if kind == "ObservationEvent" else failed_to_end(text)
        structured = edit_record(told) if call is not None and call.kind in (ToolKind.EDIT, ToolKind.WRITE) else {}
        return [
            Result(
                place=inside(place, name),
                call=call,
                call_id=call_id,
                text=text,
                is_error=failed,
                rejected=rejected,
                structured=structured if ran else {"ran": False},
                seq=seq,
                ending=ending,
            )
        ]


def _system(fields: Fields, place: Place) -> list[Step]:
    """The tools that an agent has are what it may do: each is granted, from the beginning."""
    prompt = text_of(field(fields, "system_prompt"), "text")
    found: list[Step] = [Injected(place=inside(place, "system_prompt", "text"), kind="system", text=prompt)]
    added = text_of(field(fields, "dynamic_context"), "text")
    if added.strip():
        found.append(Injected(place=inside(place, "dynamic_context", "text"), kind="context", text=added))
    for number, tool in enumerate(items_of(fields, "tools")[:MAX_GRANTS]):
        name = _tool_name(tool) if isinstance(tool, dict) else ""
        if name:
            found.append(Granted(place=inside(place, "tools", number), kind="allowed-tool", value=name, several=True))
    return found


def _tool_name(tool: Fields) -> str:
    return text_of(tool, "name") or text_of(tool, "title") or text_of(field(tool, "function"), "name")


def _reasoning(fields: Fields, place: Place) -> list[Step]:
    text, spot = text_of(fields, "reasoning_content"), inside(place, "reasoning_content")
    if not text.strip():
        blocks = [one for one in items_of(fields, "thinking_blocks") if isinstance(one, dict)]
        text, spot = "\n".join(text_of(one, "thinking") for one in blocks), inside(place, "thinking_blocks")
    return [Reasoning(place=spot, text=text)] if text.strip() else []


def _written_arguments(fields: Fields) -> Fields:
    """Give the arguments as the model wrote them: the program could not make an action of them."""
    call = field(fields, "tool_call")
    words = text_of(call, "arguments") or text_of(field(call, "function"), "arguments")
    told = parse_line(words.encode("utf-8", "replace"))
    return {} if isinstance(told, LineFault) else told


def _shown(fields: Fields) -> str:
    return (
        text_of(fields, "detail") or text_of(fields, "error") or text_of(fields, "message") or text_of(fields, "code")
    )
