"""Events of OpenHands up to 0.6x as steps: actions and observations, joined by `cause`.

An event's time is the clock of the machine without an offset, so it is no time that can be compared; it is not taken.
Text that people typed, text that the program asked in their place, and the task of a delegate all have `source: user`:
they are told apart by what stands around them, and by the two sentences that a run without a person answers with.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.call_book import CallBook
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import SessionFacts, Skip, TokenSums
from attest.capture.openhands.context import recalled, task_of
from attest.capture.openhands.outcome import ending_of_command, exit_of, failed_to_end
from attest.capture.openhands.responses import function_arguments, said, thoughts_of, tokens_of
from attest.capture.openhands.tools import edit_record, known_call
from attest.capture.records import field, maybe_text, text_of
from attest.capture.spots import inside, is_local, place_of
from attest.capture.steps import (
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
    TaskPrompt,
)
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

MAX_CAUSES = 4_096
_ACCUMULATED = "(accumulated)"
"""Counts that the program adds up itself; what single responses say is more."""
_OID = re.compile(r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_ANSWERED_FOR_A_PERSON = (
    "Please continue working on the task on whatever approach you think is suitable.",
    "Please continue on whatever approach you think is suitable.",
)
_QUIET_ACTIONS = frozenset({"null", "recall", "condensation_request", "start", "push", "send_pr", "pause", "resume"})
_QUIET_OBSERVATIONS = frozenset({"null", "agent_state_changed", "think", "task_tracking_view", "condense"})
_NOTICES = frozenset({"error", "success", "loop_recovery", "loop_detection", "download", "message", "chat"})
_TOOL_ACTIONS = frozenset(
    {
        "run",
        "run_ipython",
        "read",
        "write",
        "edit",
        "browse",
        "browse_interactive",
        "call_tool_mcp",
        "task_tracking",
        "delegate",
        "search",
        "mcp",
    }
)
_TOOL_OBSERVATIONS = _TOOL_ACTIONS | {"user_rejected"}


@dataclass(slots=True)
class NormaliserV0:
    """Turns one event after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)
    causes: OrderedDict[str, str] = member(default_factory=OrderedDict)
    """By the id of an action: the id of its call."""
    by_people: set[str] = member(default_factory=set)
    """Ids of commands that a person ran beside the agent."""
    delegated: str = ""
    """The id of the action whose delegate is at work."""
    asked_by_program: bool = False
    """True for the resolver and for evaluations: the program composes what is asked."""
    counted_by_response: bool = False

    def __post_init__(self) -> None:
        """Show the calls of the book."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of an event, or why there is none."""
        fields = record.fields
        kind = fields.get("type")
        native = _id(fields.get("id"))
        place = place_of(record, fields.get("timestamp"), native_id=native or None, sidechain=bool(self.delegated))
        if isinstance(kind, str) and "action" not in fields and "observation" not in fields:
            return self._container(kind, fields, place)
        self._usage(fields)
        if self.facts.local_time is None and is_local(fields.get("timestamp")):
            self.facts.local_time = inside(place, "timestamp").evidence
        if isinstance(fields.get("action"), str):
            found = self._action(fields, place, native, seq)
        elif isinstance(fields.get("observation"), str):
            found = self._observation(fields, place, seq)
        else:
            return Skip("no-event", known=False)
        return found if isinstance(found, Skip) else tuple(found) or Skip("no-content")

    def _container(self, kind: str, fields: Fields, place: Place) -> tuple[Step, ...] | Skip:
        if kind == "openhands-output":
            return self._task(field(fields, "output"), inside(place, "output"))
        if kind == "openhands-patch":
            patch = text_of(fields, "git_patch")
            note = Notice(place=inside(place, "git_patch"), kind="final-patch", text="", fields={"patch": patch})
            return (note,) if patch.strip() else Skip("no-patch")
        return Skip(kind[:64], known=kind == "whereof-unrolled")

    def _task(self, fields: Fields, place: Place) -> tuple[Step, ...]:
        self.asked_by_program = True
        for at in (("base_commit",), ("instance", "base_commit")):
            base = text_of(field(fields, *at[:-1]), at[-1])
            if _OID.match(base) and self.facts.base_commit is None:
                self.facts.base_commit, self.facts.base_evidence = base, inside(place, *at).evidence
        return task_of(fields, place)

    def _action(self, fields: Fields, place: Place, native: str, seq: int) -> list[Step] | Skip:
        action, source, args = text_of(fields, "action"), text_of(fields, "source"), field(fields, "args")
        if action in _TOOL_ACTIONS:
            if source == "user":
                self.by_people.add(native)
                words = text_of(args, "command") or text_of(args, "path")
                return [Notice(place=inside(place, "args"), kind="run-by-person", text=words, fields={})]
            return self._call(action, fields, place, native, seq)
        match action:
            case "message" if source == "user":
                return [self._said(text_of(args, "content"), inside(place, "args", "content"))]
            case "message":
                return said(text_of(args, "content") or text_of(fields, "message"), inside(place, "args", "content"))
            case "system":
                return [Injected(place=inside(place, "args", "content"), kind=action, text=text_of(args, "content"))]
            case "think":
                return [Reasoning(place=inside(place, "args", "thought"), text=text_of(args, "thought"))]
            case "finish" | "reject":
                name = next((name for name in ("final_thought", "thought") if text_of(args, name).strip()), "thought")
                words = text_of(args, name) or text_of(fields, "message")
                return said(words, inside(place, "args", name))
            case "condensation" | "summarize":
                return [Compaction(place=inside(place, "args"), text=text_of(args, "summary"))]
            case "change_agent_state":
                return self._state(text_of(args, "agent_state"), place, source)
            case _:
                return Skip(f"action/{action[:48]}", known=action in _QUIET_ACTIONS)

    def _said(self, text: str, place: Place) -> Step:
        if self.delegated:
            return TaskPrompt(place=place, text=text)
        if self.asked_by_program:
            return Injected(place=place, kind="instruction", text=text)
        if text.lstrip().startswith(_ANSWERED_FOR_A_PERSON):
            return Injected(place=place, kind="automatic-answer", text=text)
        return HumanPrompt(place=place, text=text, carried_plan=None)

    def _state(self, state: str, place: Place, source: str) -> list[Step] | Skip:
        if source == "user" and state in ("stopped", "paused"):
            return [Interrupt(place=place, during_tool=bool(self.open_calls))]
        if source == "user" and state in ("user_confirmed", "user_rejected"):
            return [Notice(place=inside(place, "args", "agent_state"), kind=state, text="", fields={})]
        return Skip("action/change_agent_state")

    def _call(self, action: str, fields: Fields, place: Place, native: str, seq: int) -> list[Step] | Skip:  # noqa: PLR0917
        meta, args = field(fields, "tool_call_metadata"), field(fields, "args")
        call_id = text_of(meta, "tool_call_id") or (f"event-{native}" if native else "")
        self._caused(native, call_id)
        if call_id and self.book.has_seen(call_id):
            return Skip("repeated-call")  # told of again once a person had confirmed it
        found = thoughts_of(fields, place)
        tool = text_of(meta, "function_name") or (text_of(args, "name") if action == "call_tool_mcp" else "") or action
        kind, arguments = self._arguments(action, tool, args, meta)
        call = Call(
            place=inside(place, "args"),
            call_id=call_id,
            tool=tool,
            arguments=arguments,
            seq=seq + len(found),
            kind=kind,
        )
        self.book.enter(call)
        if action == "delegate":
            self.delegated = native
        return [*found, call]

    def _arguments(self, action: str, tool: str, args: Fields, meta: Fields) -> tuple[ToolKind, Fields]:
        """An early form of the edit action left its arguments to the message of the model, which is kept beside it."""
        if action == "edit" and not text_of(args, "command") and not text_of(args, "content"):
            args = {**args, **function_arguments(meta)}
        if action in ("read", "write", "call_tool_mcp", "delegate"):
            return known_call(action, args)
        if action == "edit":
            return known_call("edit", args)
        return known_call(tool if action in ("run", "mcp") and tool != "mcp" else action, args)

    def _caused(self, native: str, call_id: str) -> None:
        if native:
            self.causes[native] = call_id
            if len(self.causes) > MAX_CAUSES:
                self.causes.popitem(last=False)

    def _observation(self, fields: Fields, place: Place, seq: int) -> list[Step] | Skip:
        name, extras = text_of(fields, "observation"), field(fields, "extras")
        cause = _id(fields.get("cause"))
        if name == "delegate" and cause == self.delegated:
            self.delegated = ""
            place = place_of_main(place)
        if cause in self.by_people:
            return [Notice(place=place, kind="run-by-person", text=text_of(fields, "content"), fields={})]
        if name == "recall":
            self.facts.cwd = self.facts.cwd or maybe_text(extras, "repo_directory")
            return recalled(fields, place)
        known = self.causes.get(cause, text_of(field(fields, "tool_call_metadata"), "tool_call_id"))
        if name in _TOOL_OBSERVATIONS or (name in ("error", "success") and known in self.open_calls):
            return [self._result(name, fields, place, known, seq)]
        if name in _NOTICES:
            return [Notice(place=inside(place, "content"), kind=name, text=text_of(fields, "content"), fields={})]
        return Skip(f"observation/{name[:48]}", known=name in _QUIET_OBSERVATIONS)

    def _result(self, name: str, fields: Fields, place: Place, call_id: str, seq: int) -> Result:  # noqa: PLR0917
        extras, text = field(fields, "extras"), text_of(fields, "content")
        call = self.book.close(call_id, place.evidence)
        self._directory(extras)
        ending, code = None, exit_of(extras) if name == "run" else None
        if call is not None and call.kind is ToolKind.SHELL:
            ending = ending_of_command(extras, text) if name == "run" else failed_to_end(text)
        return Result(
            place=inside(place, "content"),
            call=call,
            call_id=call_id,
            text=text,
            is_error=name == "error" or code not in (None, 0, -1) or (name != "run" and text.startswith("ERROR:")),
            rejected=Rejected(reason=None, stop=False) if name == "user_rejected" else None,
            structured=edit_record({**extras, "content": text}) if name == "edit" else {},
            seq=seq,
            ending=ending,
        )

    def _directory(self, extras: Fields) -> None:
        self.facts.cwd = self.facts.cwd or maybe_text(field(extras, "metadata"), "working_dir")

    def _usage(self, fields: Fields) -> None:
        response = field(fields, "tool_call_metadata", "model_response")
        model = text_of(response, "model")
        if model and "action" in fields and len(self.facts.models) < 64:
            self.facts.models.setdefault(model)
        usage, key = field(response, "usage"), text_of(response, "id")
        if usage and key and "action" in fields:
            self.counted_by_response = True
            self.tokens.withdraw(_ACCUMULATED)
            self.tokens.add(model or "unknown", tokens_of(usage), key=key, by_subagent=bool(self.delegated))
            return
        total = field(fields, "llm_metrics", "accumulated_token_usage")
        if total and not self.counted_by_response:
            self.tokens.add(text_of(total, "model") or "unknown", tokens_of(total), key=_ACCUMULATED)


def place_of_main(place: Place) -> Place:
    """Give the place as one of the main agent."""
    return Place(evidence=place.evidence, ts=place.ts, native_id=place.native_id, parent=place.parent, sidechain=False)


def _id(value: object) -> str:
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
