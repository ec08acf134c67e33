"""Records of Gemini CLI as steps.

A message is written again under its id whenever it grows: each step is given once, at the first record that shows it.
A person's `/rewind` is a record of its own; what it leaves stays among the events, as an abandoned branch.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.accounts import here_of
from attest.capture.gemini.outcome import ENDED, outcome_of, words_of
from attest.capture.gemini.tools import kind_and_arguments
from attest.capture.gemini.words import CANCELLED, injected_kind, is_snapshot, prompt_of
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import MAX_OPEN_CALLS, SessionFacts, Skip, Tokens, TokenSums
from attest.capture.records import below, count_of, field, items_of, maybe_text, text_of, texts_of
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
    Result,
    Step,
    TaskPrompt,
)
from attest.capture.text import moment, preview
from attest.capture.tool_kinds import ToolKind
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.model.basis import Evidence

MAX_MESSAGES = 50_000
MAX_DIRECTORIES = 64
_NOTICES = frozenset({"info", "error", "warning"})


@dataclass(slots=True)
class _Message:
    """What is known of a message so far."""

    first: Evidence
    shown: str
    texts: set[bytes] = member(default_factory=set)
    thoughts: int = 0


@dataclass(slots=True)
class GeminiNormaliser:
    """Turns records into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    results_without_call: list[Evidence] = member(default_factory=list)
    messages: OrderedDict[str, _Message] = member(default_factory=OrderedDict)
    ended: OrderedDict[str, None] = member(default_factory=OrderedDict)
    """Ids of calls whose end was told."""
    by_agent: bool = False
    """True where the whole transcript is that of a sub-agent."""
    interrupted: bool = False
    """True until the agent goes on after it was stopped."""
    plan: str = ""
    """The last Markdown file that was written: a plan is put forward by the name of its file."""

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none."""
        fields, here = record.fields, here_of(record)
        if isinstance(fields.get("$rewindTo"), str):
            return self._rewound(fields["$rewindTo"], here)
        if fields.get("type") == UNROLLED_TYPE:
            return self._header(field(fields, "document"), here, "document")
        if isinstance(fields.get("$set"), dict):
            return self._set(field(fields, "$set"), here, seq)
        if isinstance(fields.get("$patch"), dict):
            return Skip("$patch")
        if maybe_text(fields, "id") is not None:
            return self._message(fields, here, seq)
        if maybe_text(fields, "sessionId") is not None:
            return self._header(fields, here)
        return Skip("(no type)", known=False)

    def _header(self, fields: Fields, here: Evidence, *where: str) -> tuple[Step, ...] | Skip:
        place = Place(
            evidence=below(here, *where),
            ts=moment(fields.get("startTime")),
            native_id=None,
            parent=None,
            sidechain=False,
        )
        steps = self._facts(fields, place)
        kind = maybe_text(fields, "kind")
        return (Notice(place=place, kind="session", text=kind or "", fields={}), *steps)

    def _facts(self, fields: Fields, place: Place) -> list[Step]:
        self.facts.native_id = maybe_text(fields, "sessionId") or self.facts.native_id
        self.by_agent = self.by_agent or fields.get("kind") == "subagent"
        return [
            Granted(place=place, kind="writable-directory", value=name, several=True)
            for name in texts_of(fields, "directories")[:MAX_DIRECTORIES]
        ]

    def _set(self, fields: Fields, here: Evidence, seq: int) -> tuple[Step, ...] | Skip:
        """A change of the session's own members; the whole history where it was compressed, masked or cut."""
        spot = Place(evidence=below(here, "$set"), ts=None, native_id=None, parent=None, sidechain=False)
        found = self._facts(fields, spot)
        for number, message in enumerate(items_of(fields, "messages")):
            if not isinstance(message, dict) or not maybe_text(message, "id"):
                continue
            if message["id"] not in self.messages:
                more = self._message(message, below(here, "$set", "messages", number), seq + len(found))
                found += () if isinstance(more, Skip) else more
        return tuple(found) or Skip("$set")

    def _rewound(self, target: str, here: Evidence) -> tuple[Step, ...]:
        """The message that is named and all behind it are left; where it is not known, all messages are."""
        names = list(self.messages)
        left = names[names.index(target) :] if target in self.messages else names
        first = self.messages[left[0]] if left else _Message(first=here, shown="")
        for name in left:
            del self.messages[name]
        place = Place(evidence=below(here, "$rewindTo"), ts=None, native_id=None, parent=None, sidechain=False)
        return (Abandoned(place=place, first=first.first, text=first.shown),)

    def _message(self, fields: Fields, here: Evidence, seq: int) -> tuple[Step, ...] | Skip:
        name, kind = text_of(fields, "id"), text_of(fields, "type")
        place = Place(
            evidence=here,
            ts=moment(fields.get("timestamp")),
            native_id=name[:128],
            parent=None,
            sidechain=self.by_agent,
        )
        known = self.messages.get(name)
        if known is None:
            known = _Message(first=here, shown="")
            self.messages[name] = known
            if len(self.messages) > MAX_MESSAGES:
                self.messages.popitem(last=False)
        if kind == "gemini":
            found = self._agent(fields, place, known, seq)
        elif kind == "user":
            found = self._user(fields, place, known)
        elif kind in _NOTICES:
            found = self._notice(kind, fields, place, known)
        else:
            return Skip(kind or "(no type)", known=False)
        return tuple(found) or Skip("repeated-record" if known.texts or known.thoughts else "no-content")

    def _fresh(self, known: _Message, text: str) -> bool:
        """Tell whether a text of a message is told for the first time."""
        digest = hashlib.sha256(text.strip().encode("utf-8", "replace")).digest()[:8]
        if not text.strip() or digest in known.texts:
            return False
        known.texts.add(digest)
        return True

    def _user(self, fields: Fields, place: Place, known: _Message) -> list[Step]:
        shown, whole = words_of(fields.get("displayContent")), words_of(fields.get("content"))
        at = "displayContent" if shown.strip() else "content"
        text = shown if shown.strip() else whole
        if not self._fresh(known, text):
            return []
        spot = _below(place, at)
        if is_snapshot(text):
            return [Compaction(place=spot, text=text)]
        kind = injected_kind(text)
        words = prompt_of(text)
        if kind is not None or not words:
            return [Injected(place=spot, kind=kind or "context", text=text)]
        known.shown, self.interrupted = preview(words), False
        if self.by_agent:
            return [TaskPrompt(place=spot, text=words)]
        return [HumanPrompt(place=spot, text=words, carried_plan=None)]

    def _notice(self, kind: str, fields: Fields, place: Place, known: _Message) -> list[Step]:
        text = words_of(fields.get("content"))
        if not self._fresh(known, text):
            return []
        if text.strip() == CANCELLED:
            return [] if self.interrupted else self._stopped(place, during_tool=False)
        return [Notice(place=place, kind="api-error" if kind == "error" else kind, text=text, fields={})]

    def _agent(self, fields: Fields, place: Place, known: _Message, seq: int) -> list[Step]:
        found: list[Step] = []
        thoughts = items_of(fields, "thoughts")
        for number, thought in enumerate(thoughts[known.thoughts :], start=known.thoughts):
            if isinstance(thought, dict):
                words = f"{text_of(thought, 'subject')}\n{text_of(thought, 'description')}".strip()
                found.append(Reasoning(place=_below(place, "thoughts", number), text=words))
        known.thoughts = max(known.thoughts, len(thoughts))
        text = words_of(fields.get("content"))
        if self._fresh(known, text):
            self.interrupted = False
            found.append(AgentText(place=_below(place, "content"), text=text))
        found += self._calls(fields, place, seq + len(found))
        self._count(fields, place)
        return found

    def _count(self, fields: Fields, place: Place) -> None:
        model, tokens = maybe_text(fields, "model"), field(fields, "tokens")
        if model is None:
            return
        self.facts.models.setdefault(model[:256])
        if tokens:
            cached = count_of(tokens, "cached") or 0  # Gemini counts it within the input
            told = Tokens(
                input=max(0, (count_of(tokens, "input") or 0) - cached),
                output=count_of(tokens, "output") or 0,
                cache_read=cached,
            )
            self.tokens.add(model, told, key=place.native_id or "", by_subagent=self.by_agent)

    def _calls(self, fields: Fields, place: Place, seq: int) -> list[Step]:
        """All calls of a message were made before the first of them ended."""
        calls: list[Step] = []
        ends: list[tuple[Call, Fields, Place]] = []
        for number, told in enumerate(items_of(fields, "toolCalls")):
            if not isinstance(told, dict) or not text_of(told, "name"):
                continue
            call_id = text_of(told, "id") or f"{place.native_id}#{number}"
            if call_id in self.ended:
                continue
            spot = _below(place, "toolCalls", number)
            call = self.open_calls.pop(call_id, None)
            if call is None:
                call = self._made(told, call_id, spot, seq + len(calls))
                calls.append(call)
            if text_of(told, "status") in ENDED:
                ends.append((call, told, spot))
            else:
                self._wait(call)
        results: list[Step] = []
        refused = False
        for call, told, spot in ends:
            more = self._ended(call, told, spot, seq + len(calls) + len(results), refused=refused)
            refused = refused or (isinstance(more[0], Result) and more[0].rejected is not None)
            results += more
        return [*calls, *results]

    def _wait(self, call: Call) -> None:
        self.open_calls[call.call_id] = call
        if len(self.open_calls) > MAX_OPEN_CALLS:
            self.open_calls.popitem(last=False)

    def _made(self, told: Fields, call_id: str, place: Place, seq: int) -> Call:
        name = text_of(told, "name")
        self.interrupted = False
        kind, arguments = kind_and_arguments(name, field(told, "args"), text_of(told, "displayName"))
        if kind is ToolKind.WRITE and text_of(arguments, "file_path").endswith(".md"):
            self.plan = text_of(arguments, "content")
        if kind is ToolKind.PLAN:
            arguments = arguments | {"plan": self.plan}
        return Call(place=place, call_id=call_id, tool=name, arguments=arguments, seq=seq, kind=kind)

    def _ended(self, call: Call, told: Fields, place: Place, seq: int, *, refused: bool) -> list[Step]:
        """Of several calls that one refusal stopped, the first was refused by the person; the others did not run."""
        self.ended[call.call_id] = None
        if len(self.ended) > MAX_MESSAGES:
            self.ended.popitem(last=False)
        out = outcome_of(call.kind, told, call.arguments)
        if agent_id := maybe_text(told, "agentId"):
            out.structured["agent_id"] = agent_id
        result = Result(
            place=_below(place, "result") if told.get("result") is not None else place,
            call=call,
            call_id=call.call_id,
            text=out.text,
            is_error=out.is_error,
            rejected=None if refused else out.rejected,
            structured=out.structured,
            seq=seq,
            ending=out.ending,
        )
        steps: list[Step] = [result]
        if out.interrupted and not self.interrupted:
            steps += self._stopped(place, during_tool=True)
        elif out.rejected is not None:
            self.interrupted = True
        if call.tool == "enter_plan_mode" and not out.is_error:
            steps.append(Mode(place=result.place, mode="plan"))
        return steps

    def _stopped(self, place: Place, *, during_tool: bool) -> list[Step]:
        """One act of a person: the calls it stopped and what the interface says of it belong together."""
        self.interrupted = True
        return [Interrupt(place=place, during_tool=during_tool)]


def _below(place: Place, *names: str | int) -> Place:
    return replace(place, evidence=below(place.evidence, *names))
