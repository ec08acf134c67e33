"""From spans of the GenAI conventions to steps, in the order in which the spans began.

An agent's invocation gives the prompt, a model's call the words and the tools asked for, a tool's execution the outcome.
The conventions know no permission and no refusal. Whether a `user` message is of a person they do not say either: the
prompt of an agent that nothing invoked is taken as one, `reported`; `observed` where the program says who began it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.accounts import here_of
from attest.capture.call_book import CallBook
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import SessionFacts, Skip, Tokens, TokenSums
from attest.capture.otlp.executions import call_of, execution_of, result_of_message, result_of_span
from attest.capture.otlp.messages import Message, Seen, messages_of
from attest.capture.otlp.values import attributes_of, number_of, time_of
from attest.capture.records import below, field, items_of, maybe_text, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    AgentText,
    Call,
    HumanPrompt,
    Injected,
    Notice,
    Place,
    Reasoning,
    Step,
    TaskPrompt,
)
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.model.basis import Basis, Evidence

MAX_SPANS: Final = 500_000
"""Spans remembered as those below an invocation."""
_MODEL_CALLS: Final = frozenset({"chat", "text_completion", "generate_content"})
_INVOKES: Final = frozenset({"invoke_agent", "invoke_workflow"})
_OTHERS: Final = frozenset({"create_agent", "execute_hook", "plan", "load_skill", "read_skill_resource"})
_QUIET: Final = frozenset({"embeddings", "retrieval", "create_memory", "search_memory", "update_memory"})
_FAILED: Final = 2
_ELSEWHERE: Final = "other-conversation"
"""The source holds another conversation too, which is not part of this record."""
_DETAILS: Final = "gen_ai.client.inference.operation.details"


@dataclass(slots=True)
class GenAiNormaliser:
    """Turns one line after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    seen: Seen = member(default_factory=Seen)
    depths: dict[str, int] = member(default_factory=dict)
    """By span: how many invocations of agents it lies in."""
    prompts: set[str] = member(default_factory=set)
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)

    def __post_init__(self) -> None:
        """Show the book's calls under the names that the shared reader knows."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a line, or why there is none."""
        name = text_of(record.fields, "type")
        value = field(record.fields, "value")
        if name == "span":
            return self._span(record, value, seq)
        if name == "log":
            return self._log(record, value, seq)
        if name == UNROLLED_TYPE:
            self.facts.native_id = maybe_text(field(record.fields, "document"), "conversation")
        elif name == "resource":
            self._resource(attributes_of(value))
        if name == _ELSEWHERE:
            return Skip(name, gap=name)
        return Skip(name[:64] or "(no type)", known=name in (UNROLLED_TYPE, "resource", "other"))

    def _resource(self, attributes: Fields) -> None:
        self.facts.version = self.facts.version or maybe_text(attributes, "service.version")

    def _span(self, record: Record, span: Fields, seq: int) -> tuple[Step, ...] | Skip:
        attributes = attributes_of(span)
        name = text_of(attributes, "gen_ai.operation.name") or text_of(span, "name").split(" ", 1)[0]
        depth = self._depth(span, invokes=name in _INVOKES)
        place = Place(
            evidence=below(here_of(record), "value"),
            ts=time_of(span.get("startTimeUnixNano")),
            native_id=maybe_text(span, "spanId"),
            parent=maybe_text(span, "parentSpanId"),
            sidechain=depth > 1,
        )
        if name in _INVOKES:
            return tuple(self._invoked(span, attributes, place))
        if name in _MODEL_CALLS:
            return tuple(self._model_call(span, attributes, place, seq, within=depth > 0)) or Skip(f"span/{name}")
        if name == "execute_tool":
            return tuple(self._executed(span, attributes, place, seq))
        if name in _OTHERS:
            return (Notice(place=place, kind=name, text=text_of(span, "name"), fields=attributes),)
        return Skip(f"span/{name[:48]}" if name in _QUIET else "span/not-of-an-agent")

    def _depth(self, span: Fields, *, invokes: bool) -> int:
        depth = self.depths.get(text_of(span, "parentSpanId"), 0) + invokes
        if len(self.depths) < MAX_SPANS:
            self.depths[text_of(span, "spanId")] = depth
        return depth

    def _invoked(self, span: Fields, attributes: Fields, place: Place) -> list[Step]:
        self._facts(attributes, place)
        new = self.seen.new(messages_of(attributes.get("gen_ai.input.messages")))
        words = [one.text for one in new if one.role == "user" and one.text.strip()]
        said = [text_of(attributes_of(event), "content") for event in _events(span, "user_message")]
        words = [text for text in said if text.strip()] or words
        if not words and text_of(attributes, "copilot_chat.user_request").strip():
            words = [text_of(attributes, "copilot_chat.user_request")]
        found: list[Step] = [Notice(place=place, kind="invoke_agent", text=text_of(span, "name"), fields={})]
        for text in words:
            self.prompts.add(text.strip())
            found.append(self._prompt(text, attributes, place, told=bool(said)))
        if _has_failed(span):
            found.append(_error(span, attributes, place))
        return found

    def _prompt(self, text: str, attributes: Fields, place: Place, *, told: bool) -> Step:
        if place.sidechain:
            return TaskPrompt(place=place, text=text)
        initiator = text_of(attributes, "copilot_chat.initiator_type")
        if initiator not in ("", "user"):
            return Injected(place=place, kind=initiator[:32], text=text)
        basis = Basis.OBSERVED if told or initiator else Basis.REPORTED
        return HumanPrompt(place=place, text=text, carried_plan=None, basis=basis)

    def _model_call(  # a span and where it stands
        self, span: Fields, attributes: Fields, place: Place, seq: int, *, within: bool
    ) -> list[Step]:
        self._facts(attributes, place)
        self._tokens(attributes, place)
        found: list[Step] = []
        for message in self.seen.new(messages_of(attributes.get("gen_ai.input.messages"))):
            found += self._told(message, place, seq + len(found), within=within)
        output = messages_of(attributes.get("gen_ai.output.messages"))
        self.seen.new(output)
        for message in output:
            found += self._said(message, place, seq + len(found))
        if _has_failed(span):
            found.append(_error(span, attributes, place))
        return found

    def _told(self, message: Message, place: Place, seq: int, *, within: bool) -> list[Step]:
        """A message that the model was given."""
        if message.role in ("system", "developer"):
            return [Injected(place=place, kind=message.role, text=message.text)]
        if message.role == "user" and message.text.strip() and message.text.strip() not in self.prompts:
            if within:
                return [Injected(place=place, kind="context", text=message.text)]
            self.prompts.add(message.text.strip())
            return [HumanPrompt(place=place, text=message.text, carried_plan=None, basis=Basis.REPORTED)]
        answers = [one for one in message.parts if text_of(one, "type") == "tool_call_response"]
        return [
            result_of_message(one, self.book, place, seq + number)
            for number, one in enumerate(one for one in answers if text_of(one, "id") in self.book.open)
        ]

    def _said(self, message: Message, place: Place, seq: int) -> list[Step]:
        """A message of the model."""
        found: list[Step] = []
        for part in message.parts:
            kind = text_of(part, "type")
            text = text_of(part, "content") or text_of(part, "text")
            if kind == "tool_call" and not self.book.has_seen(text_of(part, "id")):
                found.append(call_of(part, self.book, place, seq + len(found)))
            elif kind in ("reasoning", "thinking") and text.strip():
                found.append(Reasoning(place=place, text=text))
            elif kind in ("", "text") and text.strip():
                found.append(AgentText(place=place, text=text))
        return found

    def _executed(self, span: Fields, attributes: Fields, place: Place, seq: int) -> list[Step]:
        found: list[Step] = []
        execution = execution_of(span, attributes)
        if execution.call_id not in self.book.open:
            if self.book.has_seen(execution.call_id):
                return [Notice(place=place, kind="execute_tool", text=execution.tool, fields={})]
            found.append(call_of(execution.as_part(), self.book, place, seq, attributes=attributes))
        ended = Place(
            evidence=place.evidence,
            ts=time_of(span.get("endTimeUnixNano")),
            native_id=place.native_id,
            parent=place.parent,
            sidechain=place.sidechain,
        )
        found.append(result_of_span(execution, self.book, ended, seq + len(found), failed=_has_failed(span)))
        return found

    def _log(self, record: Record, log: Fields, seq: int) -> tuple[Step, ...] | Skip:
        attributes = attributes_of(log)
        name = text_of(log, "eventName") or text_of(attributes, "event.name")
        if name != _DETAILS:
            return Skip("log")
        place = Place(
            evidence=below(here_of(record), "value"),
            ts=time_of(log.get("timeUnixNano") or log.get("observedTimeUnixNano")),
            native_id=None,
            parent=maybe_text(log, "spanId"),
            sidechain=self.depths.get(text_of(log, "spanId"), 0) > 1,
        )
        within = self.depths.get(text_of(log, "spanId"), 0) > 0
        found = self._model_call({}, attributes, inside(place, "attributes"), seq, within=within)
        return tuple(found) or Skip("log")

    def _facts(self, attributes: Fields, place: Place) -> None:
        facts = self.facts
        for name in ("gen_ai.response.model", "gen_ai.request.model"):
            if text_of(attributes, name):
                facts.models[text_of(attributes, name)[:256]] = None
                break
        facts.branch = facts.branch or maybe_text(attributes, "copilot_chat.repo.head_branch_name")
        commit = maybe_text(attributes, "copilot_chat.repo.head_commit_hash")
        if commit and facts.base_commit is None:
            facts.base_commit, facts.base_evidence = commit, place.evidence

    def _tokens(self, attributes: Fields, place: Place) -> None:
        """The conventions' input holds what was read from and written to the cache."""
        whole, output = (number_of(attributes, f"gen_ai.usage.{name}_tokens") for name in ("input", "output"))
        if whole is None and output is None:
            return
        read = number_of(attributes, "gen_ai.usage.cache_read.input_tokens") or 0
        write = number_of(attributes, "gen_ai.usage.cache_creation.input_tokens") or 0
        model = text_of(attributes, "gen_ai.response.model") or text_of(attributes, "gen_ai.request.model")
        self.tokens.add(
            model or "(not told)",
            Tokens(input=max(0, (whole or 0) - read - write), output=output or 0, cache_read=read, cache_write=write),
            key=place.native_id or "",
            by_subagent=place.sidechain,
        )


def _events(span: Fields, name: str) -> list[Fields]:
    return [one for one in items_of(span, "events") if isinstance(one, dict) and text_of(one, "name") == name]


def _has_failed(span: Fields) -> bool:
    code = field(span, "status").get("code")
    return code in (_FAILED, "STATUS_CODE_ERROR", "ERROR")


def _error(span: Fields, attributes: Fields, place: Place) -> Notice:
    text = text_of(field(span, "status"), "message") or text_of(attributes, "error.type")
    return Notice(place=place, kind="api-error", text=text, fields={})
