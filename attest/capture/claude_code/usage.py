"""Tokens per model, and sub-agents."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import Fields
from attest.capture.records import count_of, field, maybe_text, text_of
from attest.capture.steps import Call, Result, Step
from attest.capture.text import preview
from attest.model.basis import Basis, Evidence
from attest.model.usage import SubAgent, Usage

RULE_USAGE = "claude-code/usage.message@1"
RULE_SUBAGENT = "claude-code/subagent.call@2"
RULE_FILE = "claude-code/subagent.file@1"
MAX_SUBAGENTS = 2_000
MAX_OPEN_MESSAGES = 4_096
SYNTHETIC_MODEL = "<synthetic>"
"""The name Claude Code writes for messages that no model made."""

_FIELDS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_TOOLS = frozenset({"Task", "Agent"})


@dataclass(slots=True)
class Tokens:
    """Adds up usage; an API message that spans several lines counts once, by its last line."""

    models: dict[str, None] = member(default_factory=dict)
    sums: dict[tuple[str, bool], list[int]] = member(default_factory=dict)
    last: dict[str, tuple[tuple[str, bool], tuple[int, ...]]] = member(default_factory=dict)

    def feed(self, fields: Fields) -> None:
        """Take one record."""
        message = field(fields, "message")
        model, usage = maybe_text(message, "model"), field(message, "usage")
        if model is None or model == SYNTHETIC_MODEL or fields.get("type") != "assistant":
            return
        model = model[:256]
        self.models.setdefault(model)
        if not usage:
            return
        key = (model, fields.get("isSidechain") is True)
        amounts = tuple(count_of(usage, name) or 0 for name in _FIELDS)
        native = text_of(message, "id")
        if native and native in self.last:
            self._add(*self.last.pop(native), sign=-1)
        self._add(key, amounts, sign=1)
        if native:
            self.last[native] = (key, amounts)
            if len(self.last) > MAX_OPEN_MESSAGES:
                del self.last[next(iter(self.last))]

    def _add(self, key: tuple[str, bool], amounts: tuple[int, ...], *, sign: int) -> None:
        sums = self.sums.setdefault(key, [0] * (len(_FIELDS) + 1))
        for place, amount in enumerate((1, *amounts)):
            sums[place] += sign * amount

    def finish(self) -> tuple[Usage, ...]:
        """Give the sums per model, main conversation and sub-agents apart."""
        return tuple(
            Usage(
                model=model,
                messages=sums[0],
                input_tokens=sums[1],
                output_tokens=sums[2],
                cache_read_tokens=sums[3],
                cache_write_tokens=sums[4],
                by_subagents=side,
                rule=RULE_USAGE,
                basis=Basis.REPORTED,
            )
            for (model, side), sums in self.sums.items()
            if sums[0]
        )


@dataclass(slots=True)
class SubAgents:
    """Collects work handed to other agents: by calls, and by files of agents that no call names (workflows)."""

    calls: dict[str, tuple[Call, Result | None]] = member(default_factory=dict)
    files: dict[str, tuple[Fields, Evidence]] = member(default_factory=dict)
    """By agent id: the marker of its own file."""
    sidechain_seen: bool = False
    """True once records of a sub-agent stood in the transcript itself, as older versions write them."""

    def feed(self, step: Step) -> None:
        """Take one step."""
        self.sidechain_seen = self.sidechain_seen or (step.place.sidechain and not self.files)
        if isinstance(step, Call) and step.tool in _TOOLS and len(self.calls) < MAX_SUBAGENTS:
            self.calls[step.call_id] = (_small(step), None)
        elif isinstance(step, Result) and step.call_id in self.calls:
            self.calls[step.call_id] = (self.calls[step.call_id][0], _small_result(step))

    def own_file(self, marker: Fields, here: Evidence) -> str:
        """Note that the records of an agent follow; give its id."""
        name = text_of(marker, "id")
        if len(self.files) < MAX_SUBAGENTS:
            self.files[name] = (marker, here)
        return name

    def finish(self) -> tuple[SubAgent, ...]:
        """Give the sub-agents in order of their calls, then those that only a file tells of."""
        found = [self._one(call, result) for call, result in self.calls.values()]
        named = {one.native_id for one in found} | {
            name for name, (marker, _) in self.files.items() if text_of(marker, "toolUseID") in self.calls
        }
        return (*found, *(_of_file(name, *told) for name, told in self.files.items() if name not in named))

    def _one(self, call: Call, result: Result | None) -> SubAgent:
        told = result.structured if result else {}
        evidence: tuple[Evidence, ...] = (call.place.evidence, *((result.place.evidence,) if result else ()))
        rejected = result is not None and result.rejected is not None
        failed = result is not None and result.is_error
        native = maybe_text(told, "agentId") or next(
            (name for name, (marker, _) in self.files.items() if text_of(marker, "toolUseID") == call.call_id), None
        )
        own = self.files.get(native or "")
        return SubAgent(
            native_id=native,
            kind=maybe_text(call.arguments, "subagent_type"),
            task=text_of(call.arguments, "task"),
            status="rejected" if rejected else "error" if failed else maybe_text(told, "status"),
            tokens=count_of(told, "totalTokens"),
            tool_uses=count_of(told, "totalToolUseCount"),
            transcript_present=own is not None or self.sidechain_seen,
            ts=call.place.ts,
            evidence=(*evidence, own[1]) if own is not None else evidence,
            rule=RULE_SUBAGENT,
            basis=Basis.OBSERVED,
        )


def _of_file(name: str, marker: Fields, here: Evidence) -> SubAgent:
    kind = maybe_text(marker, "agentType")
    return SubAgent(
        native_id=name,
        kind=preview(kind) if kind else None,
        task=preview(text_of(marker, "description")),
        status=None,
        tokens=None,
        tool_uses=None,
        transcript_present=True,
        ts=None,
        evidence=(here,),
        rule=RULE_FILE,
        basis=Basis.OBSERVED,
    )


def _small(call: Call) -> Call:
    """Keep of a call only what is shown, so that long tasks are not held."""
    words = text_of(call.arguments, "description") or text_of(call.arguments, "prompt")
    kept = {"task": preview(words), "subagent_type": preview(text_of(call.arguments, "subagent_type"))}
    return Call(place=call.place, call_id=call.call_id, tool=call.tool, arguments=kept, seq=call.seq)


def _small_result(result: Result) -> Result:
    names = ("agentId", "status", "totalTokens", "totalToolUseCount")
    kept = {name: result.structured[name] for name in names if name in result.structured}
    return Result(
        place=result.place,
        call=None,
        call_id=result.call_id,
        text="",
        is_error=result.is_error,
        rejected=result.rejected,
        structured=kept,
        seq=result.seq,
    )
