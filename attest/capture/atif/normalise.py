"""Steps of an ATIF document as steps of ours.

The format has no exit codes, permissions or rejections, and "user" is whatever its writer put there: a person, a
benchmark's task, text of a program. What a document written here carries under `extra` is read back as events; exit
codes in it are somebody's copy, so no check passes by them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.atif.ours import OWN, own_events, own_steps
from attest.capture.atif.tools import kind_and_arguments
from attest.capture.call_book import CallBook
from attest.capture.claude_code.convention import injected_kind
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import SessionFacts, Skip, Tokens, TokenSums
from attest.capture.records import count_of, field, flattened, items_of, maybe_text, text_of
from attest.capture.spots import inside, is_local, place_of
from attest.capture.steps import (
    AgentText,
    Call,
    Compaction,
    Granted,
    HumanPrompt,
    Injected,
    Notice,
    Place,
    Reasoning,
    Result,
    Step,
    TaskPrompt,
)
from attest.model.basis import Evidence

MAX_TOOLS = 500
_TOTALS = "(totals)"
"""What the document says of itself as a whole counts only where its steps say nothing."""


@dataclass(slots=True)
class AtifNormaliser:
    """Turns one record after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    book: CallBook = member(default_factory=CallBook)
    open_calls: OrderedDict[str, Call] = member(init=False)
    results_without_call: list[Evidence] = member(init=False)
    models: dict[str, str] = member(default_factory=dict)
    """By trajectory: the model of steps that name none."""
    agent: str = ""

    def __post_init__(self) -> None:
        """Show the calls of the book."""
        self.open_calls, self.results_without_call = self.book.open, self.book.unjoined

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none."""
        fields = record.fields
        match fields.get("type"):
            case "whereof-unrolled":
                self._root(field(fields, "document"))
                return tuple(_tools(field(fields, "document", "agent"), record)) or Skip("whereof-unrolled")
            case "atif-trajectory":
                model = text_of(field(fields, "document", "agent"), "model_name")
                self.models[text_of(fields, "trajectory")] = model
                return Skip("atif-trajectory")
            case "atif-step":
                step, of = field(fields, "step"), text_of(fields, "trajectory")
                given = step.get("step_id")
                native = f"{of}/{given}" if of else str(given) if isinstance(given, int) else None
                place = place_of(record, step.get("timestamp"), native_id=native, sidechain=bool(of))
                if self.facts.local_time is None and is_local(step.get("timestamp")):
                    self.facts.local_time = inside(place, "step", "timestamp").evidence
                return self._step(step, inside(place, "step"), of, seq)
            case _:
                return Skip(text_of(fields, "type")[:64] or "no-step", known=False)

    def _root(self, document: Fields) -> None:
        agent = field(document, "agent")
        self.agent = text_of(agent, "name")
        self.facts.native_id = maybe_text(document, "session_id") or maybe_text(document, "trajectory_id")
        self.facts.format_version = maybe_text(document, "schema_version")
        version = " ".join(text for text in (self.agent, text_of(agent, "version")) if text)
        self.facts.version = version or None
        self.models[""] = text_of(agent, "model_name")
        final = field(document, "final_metrics")
        if final:
            tokens = _tokens(final, "total_prompt_tokens", "total_cached_tokens", "total_completion_tokens")
            self.tokens.add(self.models[""] or "unknown", tokens, key=_TOTALS)
        own = field(document, "extra", OWN)
        self.facts.cwd, self.facts.branch = maybe_text(own, "cwd"), maybe_text(own, "branch")

    def _step(self, step: Fields, place: Place, of: str, seq: int) -> tuple[Step, ...] | Skip:
        if step.get("is_copied_context") is True:
            return Skip("copied-context")
        events = own_events(step)
        if events:
            return own_steps(step, events, place, self.book, seq=seq) or Skip("empty-step")
        source = text_of(step, "source")
        if source == "agent":
            self._count(step, of)
            found = self._agent(step, place, seq)
        else:
            found = self._said(step, source, place)
            found += self._results(step, place, [], seq + len(found))
        return tuple(found) or Skip("empty-step")

    def _count(self, step: Fields, of: str) -> None:
        model = text_of(step, "model_name") or self.models.get(of, "") or self.models.get("", "")
        if model and len(self.facts.models) < 64:
            self.facts.models.setdefault(model)
        metrics = field(step, "metrics")
        if not metrics:
            return
        tokens = _tokens(metrics, "prompt_tokens", "cached_tokens", "completion_tokens")
        self.tokens.withdraw(_TOTALS)
        calls = count_of(step, "llm_call_count") or 1
        self.tokens.add(model or "unknown", tokens, by_subagent=bool(of), messages=calls)

    def _said(self, step: Fields, source: str, place: Place) -> list[Step]:
        text, spot = flattened(step.get("message")), inside(place, "message")
        if source == "user":
            kind = injected_kind(text) if self.agent == "claude-code" else None
            if kind is not None:
                return [Injected(place=spot, kind=kind, text=text)]
            if place.sidechain:
                return [TaskPrompt(place=spot, text=text)]
            return [HumanPrompt(place=spot, text=text, carried_plan=None)] if text.strip() else []
        if field(step, "extra", "context_management"):
            return [Compaction(place=spot, text=text)]
        return [Injected(place=spot, kind=source[:32] or "message", text=text)] if text.strip() else []

    def _agent(self, step: Fields, place: Place, seq: int) -> list[Step]:
        found: list[Step] = []
        if text_of(step, "reasoning_content").strip():
            spot = inside(place, "reasoning_content")
            found.append(Reasoning(place=spot, text=text_of(step, "reasoning_content")))
        text = flattened(step.get("message"))
        if text.strip():
            found.append(AgentText(place=inside(place, "message"), text=text))
        calls: list[Call] = []
        for number, told in enumerate(items_of(step, "tool_calls")):
            if isinstance(told, dict):
                call = _call(told, inside(place, "tool_calls", number), seq + len(found))
                self.book.enter(call)
                calls.append(call)
                found.append(call)
        return [*found, *self._results(step, place, calls, seq + len(found))]

    def _results(self, step: Fields, place: Place, calls: list[Call], seq: int) -> list[Step]:
        found: list[Step] = []
        for number, told in enumerate(items_of(field(step, "observation"), "results")):
            if not isinstance(told, dict):
                continue
            spot = inside(place, "observation", "results", number)
            text = flattened(told.get("content"))
            call_id = text_of(told, "source_call_id")
            if not call_id and len(calls) == 1 and calls[0].call_id in self.open_calls:
                call_id = calls[0].call_id
            if not call_id:
                found.append(Notice(place=spot, kind="observation", text=text, fields={}))
                continue
            call = self.book.close(call_id, spot.evidence)
            found.append(_result(told, text, call, call_id, place=inside(spot, "content"), seq=seq + len(found)))
        return found


def _tools(agent: Fields, record: Record) -> Iterator[Step]:
    """The tools that an agent was given are what it may do."""
    place = inside(place_of(record, None), "document", "agent", "tool_definitions")
    for number, tool in enumerate(items_of(agent, "tool_definitions")[:MAX_TOOLS]):
        told = tool if isinstance(tool, dict) else {}
        name = text_of(field(told, "function"), "name") or text_of(told, "name")
        if name:
            yield Granted(place=inside(place, number), kind="allowed-tool", value=name, several=True)


def _tokens(metrics: Fields, whole: str, cached: str, out: str) -> Tokens:
    """Give tokens. Those of the prompt hold the cached ones; here they are taken out."""
    read = count_of(metrics, cached) or 0
    write = count_of(field(metrics, "extra"), "cache_creation_input_tokens") or 0
    fresh = max(0, (count_of(metrics, whole) or 0) - read - write)
    return Tokens(input=fresh, output=count_of(metrics, out) or 0, cache_read=read, cache_write=write)


def _call(told: Fields, place: Place, seq: int) -> Call:
    tool = text_of(told, "function_name") or "(no name)"
    kind, arguments = kind_and_arguments(tool, field(told, "arguments"))
    return Call(
        place=inside(place, "arguments"),
        call_id=text_of(told, "tool_call_id"),
        tool=tool,
        arguments=arguments,
        seq=seq,
        kind=kind,
    )


def _result(  # the members of a result
    told: Fields, text: str, call: Call | None, call_id: str, *, place: Place, seq: int
) -> Result:
    extra = field(told, "extra")
    failed = extra.get("is_error") is True
    agents = items_of(told, "subagent_trajectory_ref")
    first = agents[0] if agents and isinstance(agents[0], dict) else {}
    name = text_of(first, "trajectory_id") or text_of(first, "session_id")
    return Result(
        place=place,
        call=call,
        call_id=call_id,
        text=text,
        is_error=failed,
        rejected=None,
        structured={"agent_id": name, "transcript_present": bool(text_of(first, "trajectory_id"))} if agents else {},
        seq=seq,
    )
