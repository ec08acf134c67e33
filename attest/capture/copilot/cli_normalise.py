"""From the events of Copilot's session log to steps. VS Code writes transcripts of the same form.

A call is told of three times: asked for in a message, started, completed. The first is the call, the last its result.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as member
from types import MappingProxyType
from typing import Final

from attest.capture.argument_names import shared_arguments
from attest.capture.call_book import CallBook
from attest.capture.copilot.cli_events import NOTICES, QUIET
from attest.capture.copilot.cli_fields import arguments_of, attached, ended_subagent, place_of, shown
from attest.capture.copilot.cli_results import Decisions, result_of
from attest.capture.copilot.cli_usage import Usages
from attest.capture.copilot.tools import kind_of
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import Profile, SessionFacts, Skip, TokenSums
from attest.capture.records import below, field, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    AgentText,
    Attachment,
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
    Step,
    TaskPrompt,
)
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

FORMAT = "copilot-cli/events"
TRANSCRIPT_FORMAT = "copilot-vscode/transcript"
PROFILE = Profile(format=FORMAT, agent="copilot-cli", not_told=("sandbox", "network", "allow-rules"))
TRANSCRIPT_PROFILE = Profile(
    format=TRANSCRIPT_FORMAT,
    agent="copilot-vscode",
    not_told=("permission-mode", "approval-per-call", "sandbox", "network", "exit-codes"),
    exits="none",
)
MAX_ATTACHMENTS = 256
MAX_SUBAGENTS = 4_096
"""Ended sub-agents that wait for the result of their call."""
_OF_A_PERSON = frozenset({"", "user", "human"})
_BY_A_PERSON = frozenset({"user_initiated", "user initiated", "remote_command", "user_abort", "user"})


_Rule = Callable[[Fields, Place, int], list[Step]]
_RULES: Final = MappingProxyType(
    {
        "session.start": "_start",
        "session.model_change": "_model_change",
        "session.mode_changed": "_mode",
        "session.permissions_changed": "_permissions",
        "session.compaction_complete": "_compacted",
        "session.error": "_error",
        "session.shutdown": "_shutdown",
        "user.message": "_user",
        "assistant.message": "_message",
        "assistant.reasoning": "_reasoning",
        "abort": "_abort",
        "tool.execution_start": "_started",
        "tool.execution_complete": "_completed",
        "skill.invoked": "_skill",
        "system.message": "_system",
        "system.notification": "_system",
    }
)
"""The method for each type that has a rule of its own."""
TYPES: Final = NOTICES | QUIET | _RULES.keys()


@dataclass(slots=True)
class CopilotNormaliser:
    """Turns one event after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    decisions: Decisions = member(default_factory=Decisions)
    usages: Usages = member(default_factory=Usages)
    subagents: dict[str, Fields] = member(default_factory=dict)
    """What ended sub-agents told of themselves, by the call that started them."""
    by_user: set[str] = member(default_factory=set)
    """Calls that a person made with the program, not the agent."""
    model: str = ""
    mode: str = ""
    """The permission mode, where the log names one."""
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)

    def __post_init__(self) -> None:
        """Show the book's calls under the names that the shared reader knows."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of an event, or why there is none."""
        name = text_of(record.fields, "type")
        if name not in TYPES:
            return Skip(name[:64] or "(no type)", known=False)
        data = field(record.fields, "data")
        place = place_of(record, data)
        if name in QUIET:
            return Skip(name)
        if name in NOTICES:
            return (self._notice(name, data, place),)
        rule: _Rule = getattr(self, _RULES[name])
        return tuple(rule(data, place, seq)) or Skip(name)

    def _start(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        facts, context = self.facts, field(data, "context")
        if facts.native_id is None:
            facts.native_id = maybe_text(data, "sessionId")
            facts.parent_id = maybe_text(data, "detachedFromSpawningParentSessionId")
            facts.version = maybe_text(data, "copilotVersion")
            version = data.get("version")
            facts.format_version = str(version)[:32] if isinstance(version, int | str) else None
            facts.cwd, facts.branch = maybe_text(context, "cwd"), maybe_text(context, "branch")
            facts.base_commit = maybe_text(context, "headCommit")
            facts.base_evidence = below(place.evidence, "context", "headCommit") if facts.base_commit else None
        self._uses(text_of(data, "selectedModel"))
        cwd = text_of(context, "cwd")
        if not cwd:
            return [Notice(place=place, kind="session.start", text="", fields={})]
        return [Granted(place=inside(place, "context", "cwd"), kind="directory", value=cwd, several=False)]

    def _model_change(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        self._uses(text_of(data, "newModel"))
        return [Notice(place=place, kind="model", text=text_of(data, "newModel"), fields={})]

    def _mode(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        return [Granted(place=place, kind="session-mode", value=text_of(data, "newMode"), several=False)]

    def _permissions(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        self.mode = text_of(data, "mode") or self.mode
        return [Mode(place=place, mode=self.mode)] if text_of(data, "mode") else []

    def _user(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        text, source = text_of(data, "content"), text_of(data, "source")
        spot = inside(place, "content")
        found: list[Step] = []
        if source.startswith("agent-") or place.sidechain:
            found.append(TaskPrompt(place=spot, text=text))
        elif data.get("isAutopilotContinuation") is True:
            found.append(Injected(place=spot, kind="autopilot", text=text))
        elif isinstance(data.get("crossSession"), dict):
            found.append(Injected(place=spot, kind="cross-session", text=text))
        elif source not in _OF_A_PERSON:
            found.append(Injected(place=spot, kind=source[:32], text=text))
        elif text.strip():
            found.append(HumanPrompt(place=spot, text=text, carried_plan=None))
        for number, one in enumerate(items_of(data, "attachments")[:MAX_ATTACHMENTS]):
            if isinstance(one, dict):
                kind = text_of(one, "type")[:32] or "attachment"
                found.append(Attachment(place=inside(place, "attachments", number), kind=kind, fields=attached(one)))
        return found

    def _message(self, data: Fields, place: Place, seq: int) -> list[Step]:
        self._uses(text_of(data, "model"))
        self.usages.message(data, self.model, self.tokens, by_subagent=place.sidechain)
        found: list[Step] = []
        if text_of(data, "reasoningText").strip():
            found.append(Reasoning(place=inside(place, "reasoningText"), text=text_of(data, "reasoningText")))
        if text_of(data, "content").strip():
            found.append(AgentText(place=inside(place, "content"), text=text_of(data, "content")))
        for number, asked in enumerate(items_of(data, "toolRequests")):
            if isinstance(asked, dict) and not self.book.has_seen(text_of(asked, "toolCallId")):
                spot = inside(place, "toolRequests", number)
                found.append(self._call(text_of(asked, "name"), asked, spot, seq + len(found)))
        return found

    def _reasoning(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        text = text_of(data, "content")
        return [Reasoning(place=inside(place, "content"), text=text)] if text.strip() else []

    def _started(self, data: Fields, place: Place, seq: int) -> list[Step]:
        call_id = text_of(data, "toolCallId")
        if call_id in self.by_user:
            return [self._notice("tool.by-user", data, place)]
        if self.book.has_seen(call_id):
            return []
        return [self._call(text_of(data, "toolName"), data, place, seq)]

    def _completed(self, data: Fields, place: Place, seq: int) -> list[Step]:
        call_id = text_of(data, "toolCallId")
        if call_id in self.by_user or (data.get("isUserRequested") is True and call_id not in self.book.open):
            return [self._notice("tool.by-user", data, place)]
        self._uses(text_of(data, "model"))
        call = self.book.close(call_id, place.evidence)
        told = self.subagents.pop(call_id, {})
        return [result_of(data, call, place, decision=self.decisions.of(call_id), told=told, seq=seq)]

    def _abort(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        reason = text_of(data, "reason")
        if reason.lower() in _BY_A_PERSON:
            return [Interrupt(place=place, during_tool=bool(self.book.open))]
        return [Notice(place=place, kind="abort", text=reason, fields=data)]

    def _compacted(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        if data.get("success") is False:
            return [Notice(place=place, kind="compaction-failed", text=text_of(data, "error"), fields={})]
        return [Compaction(place=place, text=text_of(data, "summaryContent"))]

    def _error(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        return [Notice(place=place, kind="api-error", text=text_of(data, "message"), fields=data)]

    def _shutdown(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        self._uses(text_of(data, "currentModel"))
        self.usages.shutdown(data, self.tokens)
        return [Notice(place=place, kind="session.shutdown", text=text_of(data, "shutdownType"), fields=data)]

    def _skill(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        return [Injected(place=inside(place, "content"), kind="skill", text=text_of(data, "content"))]

    def _system(self, data: Fields, place: Place, _seq: int) -> list[Step]:
        kind = text_of(data, "role") or text_of(field(data, "kind"), "type") or "notification"
        return [Injected(place=inside(place, "content"), kind=kind[:32], text=text_of(data, "content"))]

    def _notice(self, name: str, data: Fields, place: Place) -> Notice:
        if name == "permission.requested":
            self.decisions.requested(data)
        elif name == "permission.completed":
            decided = self.decisions.completed(data, self.mode)
            if decided.get("source"):
                return Notice(place=place, kind="tool_decision", text=shown(data), fields=decided)
        elif name == "tool.user_requested":
            self.by_user.add(text_of(data, "toolCallId"))
        elif name in ("subagent.completed", "subagent.failed") and len(self.subagents) < MAX_SUBAGENTS:
            self.subagents[text_of(data, "toolCallId")] = ended_subagent(name, data)
        return Notice(place=place, kind=name, text=shown(data), fields=data)

    def _call(self, tool: str, asked: Fields, place: Place, seq: int) -> Call:
        arguments = arguments_of(asked.get("arguments"))
        server = text_of(asked, "mcpServerName")
        kind = kind_of(tool, arguments, server=server)
        if kind is ToolKind.MCP:
            arguments = {**arguments, "server": server, "tool_name": text_of(asked, "mcpToolName") or tool}
        call = Call(
            place=place,
            call_id=text_of(asked, "toolCallId"),
            tool=tool,
            arguments=shared_arguments(kind, arguments),
            seq=seq,
            kind=kind,
        )
        self.book.enter(call)
        return call

    def _uses(self, model: str) -> None:
        if model:
            self.model = model
            self.facts.models[model[:256]] = None
