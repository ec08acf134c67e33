"""From the unrolled chat sessions of VS Code to steps.

A request's rounds hold the calls with their arguments, its parts what the interface showed of them: the parts come
first and are kept for the rounds. Without rounds, which other agents in VS Code do not write, the parts are all there is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import field as member
from types import MappingProxyType
from typing import Final

from attest.capture.accounts import here_of
from attest.capture.argument_names import shared_arguments
from attest.capture.call_book import CallBook
from attest.capture.copilot.cli_fields import arguments_of
from attest.capture.copilot.tools import kind_of
from attest.capture.copilot.vscode_invocations import Invocation
from attest.capture.copilot.vscode_parts import (
    QUIET_PARTS,
    TOLD_IN_ROUNDS,
    attachments_of,
    edited_files,
    mode_steps,
    part_steps,
)
from attest.capture.copilot.vscode_values import text_of_tool_result, words_of
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import Profile, SessionFacts, Skip, Tokens, TokenSums
from attest.capture.records import below, count_of, field, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    Abandoned,
    AgentText,
    Call,
    HumanPrompt,
    Injected,
    Interrupt,
    Notice,
    Place,
    Reasoning,
    Result,
    Step,
)
from attest.capture.text import moment_of_ms
from attest.capture.tool_kinds import ToolKind
from attest.capture.unroll.copilot_vscode import FORMAT
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.model.basis import Evidence

PROFILE: Final = Profile(
    format=FORMAT,
    agent="copilot-vscode",
    not_told=("permission-mode", "sandbox", "network", "allow-rules", "directory"),
)
MAX_INVOCATIONS: Final = 4_096
"""Of one request."""
_CANCELLED: Final = 2
_QUIET: Final = frozenset({"replaced", "unapplied", "requests"})


@dataclass(slots=True)
class VsCodeNormaliser:
    """Turns one line after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    invocations: list[Invocation] = member(default_factory=list)
    """Of the request at hand, not yet joined to a call."""
    joined: dict[str, Invocation] = member(default_factory=dict)
    rounds: int = 0
    model: str = ""
    place: Place | None = None
    """Of the request at hand."""
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
        rule: _Rule = getattr(self, _RULES[name])
        found = rule(record, self._place(record), seq)
        return found if isinstance(found, Skip) else tuple(found) or Skip(name)

    def _place(self, record: Record) -> Place:
        evidence = below(here_of(record), "value")
        if self.place is None:
            return Place(evidence=evidence, ts=None, native_id=None, parent=None, sidechain=False)
        at = self.place
        return Place(evidence=evidence, ts=at.ts, native_id=at.native_id, parent=at.parent, sidechain=False)

    def _header(self, record: Record, _place: Place, _seq: int) -> Skip:
        document, facts = field(record.fields, "document"), self.facts
        facts.native_id = maybe_text(document, "sessionId")
        version = document.get("version")
        facts.format_version = str(version) if isinstance(version, int) else None
        repository = field(document, "repoData")
        facts.branch = maybe_text(repository, "localBranch")
        facts.base_commit = maybe_text(repository, "localHeadCommit")
        if facts.base_commit:
            facts.base_evidence = below(here_of(record), "document", "repoData", "localHeadCommit")
        return Skip(UNROLLED_TYPE)

    def _request(self, record: Record, place: Place, _seq: int) -> list[Step]:
        value = field(record.fields, "value")
        self.rounds = count_of(record.fields, "rounds") or 0
        self.invocations, self.joined = [], {}
        self.facts.version = self.facts.version or maybe_text(field(value, "agent"), "extensionVersion")
        self._uses(text_of(value, "modelId"))
        place = Place(
            evidence=place.evidence,
            ts=moment_of_ms(value.get("timestamp")),
            native_id=maybe_text(value, "requestId"),
            parent=None,
            sidechain=False,
        )
        self.place = place
        text = text_of(field(value, "message"), "text")
        spot = inside(place, "message", "text")
        found: list[Step] = list(mode_steps(value, place))
        if value.get("isSystemInitiated") is True:
            found.append(Injected(place=spot, kind="system-initiated", text=text))
        elif text.strip():
            found.append(HumanPrompt(place=spot, text=text, carried_plan=None))
        found += attachments_of(value, place)
        found += edited_files(value, place)
        if value.get("isHidden") is True or isinstance(value.get("shouldBeRemovedOnSend"), dict):
            found.append(Abandoned(place=place, first=spot.evidence, text=text))
        return found

    def _part(self, record: Record, place: Place, seq: int) -> list[Step] | Skip:
        value = record.fields.get("value")
        if not isinstance(value, dict):
            return Skip("part/(no object)", known=False)
        kind = text_of(value, "kind")
        if kind == "toolInvocationSerialized":
            return self._invocation(Invocation(value), place, seq)
        if self.rounds and kind in TOLD_IN_ROUNDS:
            return Skip("told-in-round")
        if kind in QUIET_PARTS:
            return Skip(f"part/{kind}")
        found = part_steps(value, place, seq, self.book)
        return Skip(f"part/{kind[:48]}", known=False) if found is None else found

    def _invocation(self, one: Invocation, place: Place, seq: int) -> list[Step] | Skip:
        if self.rounds and not one.sidechain:
            if len(self.invocations) < MAX_INVOCATIONS:
                self.invocations.append(replace(one, place=place))
            return Skip("told-in-round")
        place = Place(
            evidence=place.evidence, ts=place.ts, native_id=one.call_id or None, parent=None, sidechain=one.sidechain
        )
        call = self._call(one.tool, one.arguments(), one.call_id, place, seq)
        return [call, self._result(call.call_id, "", place, seq + 1, one)]

    def _round(self, record: Record, place: Place, seq: int) -> list[Step]:
        value = field(record.fields, "value")
        found: list[Step] = []
        thought = words_of(field(value, "thinking").get("text"))
        if thought.strip():
            found.append(Reasoning(place=inside(place, "thinking"), text=thought))
        if text_of(value, "response").strip():
            found.append(AgentText(place=inside(place, "response"), text=text_of(value, "response")))
        for number, asked in enumerate(items_of(value, "toolCalls")):
            if not isinstance(asked, dict):
                continue
            tool, call_id = text_of(asked, "name"), text_of(asked, "id")
            shown = self._shown(call_id)
            arguments = arguments_of(asked.get("arguments"))
            if shown is not None and shown.was_edited():
                arguments = {**arguments, "command": shown.command()}
            spot = inside(place, "toolCalls", number)
            found.append(self._call(tool, arguments, call_id, spot, seq + len(found)))
        return found

    def _shown(self, call_id: str) -> Invocation | None:
        """Join a call to what the interface showed of it, by the id; older versions show another id: then nothing is joined."""
        for place, one in enumerate(self.invocations):
            if one.call_id and one.call_id.split("__vscode", 1)[0] == call_id.split("__vscode", 1)[0]:
                self.joined[call_id] = self.invocations.pop(place)
                return self.joined[call_id]
        return None

    def _tool_result(self, record: Record, place: Place, seq: int) -> list[Step]:
        call_id = text_of(record.fields, "id")
        text = text_of_tool_result(record.fields.get("value"))
        shown = self.joined.pop(call_id, None)
        found: list[Step] = []
        decided = shown.decided() if shown is not None else None
        if shown is not None and shown.place is not None and decided is not None:
            told = {"call_id": call_id, "decision": "accept", "source": decided}
            found.append(Notice(place=shown.place, kind="tool_decision", text=decided, fields=told))
        return [*found, self._result(call_id, text, place, seq + len(found), shown)]

    def _result(self, call_id: str, text: str, place: Place, seq: int, shown: Invocation | None) -> Result:  # noqa: PLR0917
        call = self.book.close(call_id, place.evidence)
        rejected = shown.rejected() if shown is not None else None
        structured: Fields = {"ran": rejected is None}
        if shown is not None and shown.was_edited():
            structured["userModified"] = True
        failed = shown is not None and bool(shown.fields.get("resultError"))
        is_shell = call is not None and call.kind is ToolKind.SHELL
        return Result(
            place=place,
            call=call,
            call_id=call_id,
            text=text,
            is_error=failed,
            rejected=rejected,
            structured=structured,
            seq=seq,
            ending=shown.ending(text) if is_shell and shown is not None and rejected is None else None,
        )

    def _outcome(self, record: Record, place: Place, seq: int) -> list[Step]:
        found = self._refused(place, seq)
        value = field(record.fields, "value")
        metadata = field(value, "metadata")
        prompt, output = count_of(metadata, "promptTokens"), count_of(metadata, "outputTokens")
        if prompt is not None or output is not None:
            self.tokens.add(self.model or "(not told)", Tokens(input=prompt or 0, output=output or 0))
        state, error = field(record.fields, "state"), field(value, "errorDetails")
        if state.get("isCanceled") is True or field(state, "modelState").get("value") == _CANCELLED:
            found.append(Interrupt(place=place, during_tool=bool(self.book.open)))
        elif error:
            found.append(Notice(place=place, kind="api-error", text=text_of(error, "message"), fields=error))
        return found

    def _refused(self, place: Place, seq: int) -> list[Step]:
        """A call that a person refused may have no outcome of its own."""
        refused = [call_id for call_id, one in self.joined.items() if one.rejected() and call_id in self.book.open]
        return [
            self._result(call_id, "", place, seq + number, self.joined.pop(call_id))
            for number, call_id in enumerate(refused)
        ]

    def _call(self, tool: str, arguments: Fields, call_id: str, place: Place, seq: int) -> Call:  # noqa: PLR0917
        kind = kind_of(tool, arguments)
        if kind is ToolKind.MCP:
            arguments = {**arguments, "server": "", "tool_name": tool}
        call = Call(
            place=place,
            call_id=call_id,
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


_Rule = Callable[[Record, Place, int], list[Step] | Skip]
_RULES: Final = MappingProxyType(
    {
        UNROLLED_TYPE: "_header",
        "request": "_request",
        "part": "_part",
        "round": "_round",
        "tool-result": "_tool_result",
        "result": "_outcome",
    }
)
