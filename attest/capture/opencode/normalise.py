"""From OpenCode's sessions, messages and parts to steps. Sub-agents are sessions of their own, below the first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as member
from types import MappingProxyType
from typing import Final

from attest.capture.accounts import here_of
from attest.capture.argument_names import shared_arguments
from attest.capture.call_book import CallBook
from attest.capture.file_uris import path_of
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import SessionFacts, Skip, Tokens, TokenSums
from attest.capture.opencode.results import result_of
from attest.capture.opencode.tools import TOOLS
from attest.capture.records import below, count_of, field, items_of, maybe_text, text_of, texts_of
from attest.capture.spots import inside
from attest.capture.steps import (
    Abandoned,
    AgentText,
    Attachment,
    Call,
    Compaction,
    Granted,
    HumanPrompt,
    Injected,
    Interrupt,
    Notice,
    Place,
    Reasoning,
    Step,
    TaskPrompt,
)
from attest.capture.text import moment_of_ms
from attest.capture.tool_kinds import ToolKind
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.model.basis import Evidence

MAX_RULES: Final = 500
_ABORTED: Final = "MessageAbortedError"
_QUIET_PARTS: Final = frozenset({"step-start", "snapshot", "compaction"})
_QUIET: Final = frozenset({"todo", "unreadable", "session-diff", "told-in-message"})


@dataclass(slots=True)
class OpenCodeNormaliser:
    """Turns one line after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    sessions: frozenset[str] = frozenset()
    reverted: str = ""
    """The message from which on a person took everything back."""
    message: Fields = member(default_factory=dict)
    """The message at hand."""
    reads: str = "messages"
    mode: str = ""
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)

    def __post_init__(self) -> None:
        """Show the book's calls under the names that the shared reader knows."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a line, or why there is none."""
        name = text_of(record.fields, "type")
        if name not in _RULES:
            return Skip(name[:64] or "(no type)", known=name in _QUIET)
        value = field(record.fields, "value")
        rule: _Rule = getattr(self, _RULES[name])
        found = rule(value, self._place(record, value), seq)
        return found if isinstance(found, Skip) else tuple(found) or Skip(name)

    def _place(self, record: Record, value: Fields) -> Place:
        session = text_of(record.fields, "session")
        time = field(value, "time")
        start = field(field(value, "state"), "time").get("start") or time.get("start") or time.get("created")
        start = start or value.get("time_created")
        start = start or field(self.message, "time").get("created")
        name = "document" if record.fields.get("type") == UNROLLED_TYPE else "value"
        return Place(
            evidence=below(here_of(record), name),
            ts=moment_of_ms(start),
            native_id=maybe_text(value, "id"),
            parent=maybe_text(value, "parentID") or maybe_text(value, "messageID"),
            sidechain=bool(session) and session != self.facts.native_id,
        )

    def _header(self, _value: Fields, _place: Place, _seq: int) -> Skip:
        return Skip(UNROLLED_TYPE)

    def _session(self, value: Fields, place: Place, _seq: int) -> list[Step]:
        facts = self.facts
        if facts.native_id is not None and facts.native_id != text_of(value, "id"):
            return [Notice(place=place, kind="child-session", text=text_of(value, "id"), fields={})]
        facts.native_id = maybe_text(value, "id")
        self.sessions = frozenset(texts_of(value, "whereof-sessions"))
        self.reads = text_of(value, "whereof-reads") or "messages"
        facts.parent_id = maybe_text(value, "parentID") or maybe_text(value, "parent_id")
        facts.cwd, facts.version = maybe_text(value, "directory"), maybe_text(value, "version")
        self.reverted = text_of(field(value, "revert"), "messageID")
        return self._rules(value.get("permission"), inside(place, "permission"))

    def _permission(self, value: Fields, place: Place, _seq: int) -> list[Step]:
        return self._rules(value.get("data"), inside(place, "data"))

    def _rules(self, told: object, place: Place) -> list[Step]:
        """Rules that let a tool through without asking are authority; the others are none."""
        found: list[Step] = []
        for number, rule in enumerate(told[:MAX_RULES] if isinstance(told, list) else ()):
            if isinstance(rule, dict) and text_of(rule, "action") == "allow":
                value = f"{text_of(rule, 'permission')}({text_of(rule, 'pattern')})"
                found.append(Granted(place=inside(place, number), kind="allowed-tool", value=value, several=True))
        return found

    def _message(self, value: Fields, place: Place, _seq: int) -> list[Step]:
        self.message = value
        found: list[Step] = []
        if self.reverted and text_of(value, "id") == self.reverted and not place.sidechain:
            found.append(Abandoned(place=place, first=place.evidence, text=""))
        if text_of(value, "role") == "assistant":
            self._uses(text_of(value, "providerID"), text_of(value, "modelID"))
            self._count(value, text_of(value, "id"), place)
            self.facts.cwd = self.facts.cwd or maybe_text(field(value, "path"), "cwd")
        mode = text_of(value, "agent") or text_of(value, "mode")
        if mode and mode != self.mode and not place.sidechain:
            self.mode = mode
            found.append(Granted(place=place, kind="session-mode", value=mode, several=False))
        return found

    def _message_end(self, value: Fields, place: Place, _seq: int) -> list[Step]:
        error = field(value, "error")
        if text_of(error, "name") == _ABORTED:
            return [Interrupt(place=place, during_tool=bool(self.book.open))] if not place.sidechain else []
        text = text_of(field(error, "data"), "message") or text_of(error, "message") or text_of(error, "name")
        return [Notice(place=place, kind="api-error", text=text, fields=error)]

    def _part(self, value: Fields, place: Place, seq: int) -> list[Step] | Skip:
        kind = text_of(value, "type")
        match kind:
            case "text":
                return self._text(value, place)
            case "reasoning":
                text = text_of(value, "text")
                return [Reasoning(place=inside(place, "text"), text=text)] if text.strip() else []
            case "tool":
                return self._tool(text_of(value, "tool"), text_of(value, "callID"), value, place, seq=seq)
            case "file":
                return [_attached(value, place)]
            case "subtask" | "agent" | "retry" | "patch":
                return [_notice(kind, value, place)]
            case "step-finish":
                self.tokens.withdraw(text_of(self.message, "id"))
                self._count(value, text_of(value, "id"), place)
                return Skip("part/step-finish")
            case _:
                return Skip(f"part/{kind[:48]}", known=kind in _QUIET_PARTS)

    def _text(self, value: Fields, place: Place) -> list[Step]:
        text, spot = text_of(value, "text") or text_of(value, "content"), inside(place, "text")
        by_program = value.get("synthetic") is True or value.get("ignored") is True
        if not text.strip():
            return []
        if text_of(self.message, "role") == "user":
            if by_program:
                return [Injected(place=spot, kind="synthetic", text=text)]
            if place.sidechain:
                return [TaskPrompt(place=spot, text=text)]
            return [HumanPrompt(place=spot, text=text, carried_plan=None)]
        if self.message.get("summary") is True:
            return [Compaction(place=spot, text=text)]
        return [Injected(place=spot, kind="synthetic", text=text) if by_program else AgentText(place=spot, text=text)]

    def _tool(self, tool: str, call_id: str, value: Fields, place: Place, *, seq: int) -> list[Step]:
        """A part holds the call and, once it ended, its outcome."""
        state = field(value, "state")
        told = state.get("input")
        arguments: Fields = told if isinstance(told, dict) else {"input": told} if isinstance(told, str) else {}
        kind = TOOLS.get(tool, ToolKind.OTHER)
        spot = inside(place, "state", "input")
        call = Call(
            place=spot,
            call_id=call_id or text_of(value, "id"),
            tool=tool,
            arguments=shared_arguments(kind, arguments),
            seq=seq,
            kind=kind,
        )
        self.book.enter(call)
        if text_of(state, "status") not in ("completed", "error"):
            return [call]
        end = field(state, "time").get("end") or field(value, "time").get("completed")
        ended = Place(
            evidence=below(place.evidence, "state"),
            ts=moment_of_ms(end) or place.ts,
            native_id=place.native_id,
            parent=place.parent,
            sidechain=place.sidechain,
        )
        self.book.close(call.call_id, ended.evidence)
        return [call, result_of(state, call, ended, seq=seq + 1, sessions=self.sessions)]

    def _entry(self, value: Fields, place: Place, seq: int) -> list[Step] | Skip:
        """A record of the newer form, which holds a message whole."""
        if self.reads == "messages":
            return Skip("told-in-message")
        kind = text_of(value, "type")
        match kind:
            case "user":
                text, spot = text_of(value, "text"), inside(place, "text")
                person: Step = HumanPrompt(place=spot, text=text, carried_plan=None)
                found: list[Step] = [TaskPrompt(place=spot, text=text) if place.sidechain else person]
                return found + [_attached(one, place) for one in items_of(value, "files") if isinstance(one, dict)]
            case "synthetic":
                return [Injected(place=inside(place, "text"), kind="synthetic", text=text_of(value, "text"))]
            case "assistant":
                return self._assistant(value, place, seq)
            case "compaction":
                return [Compaction(place=inside(place, "summary"), text=text_of(value, "summary"))]
            case "shell" | "agent-switched" | "model-switched":
                return [_notice(kind, value, place)]
            case _:
                return Skip(f"entry/{kind[:48]}", known=False)

    def _assistant(self, value: Fields, place: Place, seq: int) -> list[Step]:
        model = field(value, "model")
        self.message = {"role": "assistant", "id": text_of(value, "id"), "time": field(value, "time")}
        self._uses(text_of(model, "providerID"), text_of(model, "id") or text_of(model, "modelID"))
        self._count(value, text_of(value, "id"), place)
        found: list[Step] = []
        for number, one in enumerate(items_of(value, "content")):
            if not isinstance(one, dict):
                continue
            spot, at = inside(place, "content", number), seq + len(found)
            if text_of(one, "type") == "tool":
                found += self._tool(text_of(one, "name"), text_of(one, "id"), one, spot, seq=at)
            elif text_of(one, "type") == "reasoning" and text_of(one, "text").strip():
                found.append(Reasoning(place=spot, text=text_of(one, "text")))
            elif text_of(one, "type") == "text":
                found += self._text(one, spot)
        if field(value, "error"):
            found += self._message_end(value, place, seq + len(found))
        return found

    def _uses(self, provider: str, model: str) -> None:
        if model:
            self.facts.models[f"{provider}/{model}"[:256] if provider else model[:256]] = None

    def _count(self, value: Fields, key: str, place: Place) -> None:
        told = field(value, "tokens")
        if not told or not any(isinstance(one, int | float) and one for one in (told.get("input"), told.get("output"))):
            return
        cache = field(told, "cache")
        model = next(reversed(self.facts.models), "(not told)") if self.facts.models else "(not told)"
        self.tokens.add(
            model,
            Tokens(
                input=count_of(told, "input") or 0,
                output=(count_of(told, "output") or 0) + (count_of(told, "reasoning") or 0),
                cache_read=count_of(cache, "read") or 0,
                cache_write=count_of(cache, "write") or 0,
            ),
            key=key,
            by_subagent=place.sidechain,
        )


_Rule = Callable[[Fields, Place, int], list[Step] | Skip]
_RULES: Final = MappingProxyType(
    {
        UNROLLED_TYPE: "_header",
        "session": "_session",
        "permission": "_permission",
        "message": "_message",
        "message-end": "_message_end",
        "part": "_part",
        "entry": "_entry",
    }
)


def _attached(value: Fields, place: Place) -> Attachment:
    path = path_of(field(value, "source")) or path_of(value.get("url")) or text_of(value, "filename")
    return Attachment(place=place, kind="file", fields={"file_path": path, "path": path, "content": path})


def _notice(kind: str, value: Fields, place: Place) -> Notice:
    names = ("command", "prompt", "description", "name", "hash", "agent")
    text = next((text_of(value, name) for name in names if text_of(value, name)), "")
    return Notice(place=place, kind=kind, text=text, fields=value)
