"""What a format's own file gives to the shared reader: records as steps, facts of the session, and tokens."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Protocol

from attest.capture.lines import Record
from attest.capture.steps import Call, Step
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

MAX_OPEN_CALLS = 512
"""Calls that wait for their result; the oldest is forgotten first."""
MAX_TOKEN_KEYS = 4_096


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a record gives no step."""

    name: str
    known: bool = True
    """False for a record type that the reader does not know: it is counted among the unknown ones too."""
    gap: str = ""
    """The kind of gap that the record tells of, as in `attest.model.session.Gap`; empty for none."""


@dataclass(slots=True)
class SessionFacts:
    """What the records say of the session as a whole. None: they do not say."""

    native_id: str | None = None
    parent_id: str | None = None
    cwd: str | None = None
    branch: str | None = None
    version: str | None = None
    """Of the agent's program."""
    format_version: str | None = None
    base_commit: str | None = None
    base_evidence: Evidence | None = None
    models: dict[str, None] = member(default_factory=dict)
    """In order of first use."""
    local_time: Evidence | None = None
    """The first time without an offset: which moment it was is not known, so no event has one. It is a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of one message; absent numbers are 0."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass(slots=True)
class TokenSums:
    """Adds up tokens; a message told of again under the same key replaces what was told before."""

    sums: dict[tuple[str, bool], list[int]] = member(default_factory=dict)
    """By (model, by a sub-agent): messages, input, output, cache read, cache write."""
    last: OrderedDict[str, tuple[tuple[str, bool], tuple[int, ...]]] = member(default_factory=OrderedDict)

    def add(self, model: str, tokens: Tokens, *, key: str = "", by_subagent: bool = False, messages: int = 1) -> None:
        """Count one message, or several at once. `key` is the format's own id of the message, empty where it has none."""
        self.withdraw(key)
        told = (
            (model[:256], by_subagent),
            (messages, tokens.input, tokens.output, tokens.cache_read, tokens.cache_write),
        )
        self._count(*told, sign=1)
        if key:
            self.last[key] = told
            if len(self.last) > MAX_TOKEN_KEYS:
                self.last.popitem(last=False)

    def withdraw(self, key: str) -> None:
        """Take back what was counted under a key, if it is still remembered."""
        if key and key in self.last:
            self._count(*self.last.pop(key), sign=-1)

    def _count(self, who: tuple[str, bool], amounts: tuple[int, ...], *, sign: int) -> None:
        sums = self.sums.setdefault(who, [0] * len(amounts))
        for place, amount in enumerate(amounts):
            sums[place] += sign * amount


class Normaliser(Protocol):
    """Turns one record after the other into steps. Pure; holds only what it must remember of earlier records."""

    facts: SessionFacts
    tokens: TokenSums
    open_calls: OrderedDict[str, Call]
    """Calls without a result so far, at most `MAX_OPEN_CALLS`: those left at the end are a gap."""
    results_without_call: list[Evidence]

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none. `seq` is the `seq` of its first step's event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the shared rules need to know of a format."""

    format: str
    """Such as `gemini/jsonl`."""
    agent: str
    """Such as `gemini-cli`; the beginning of the rules' names."""
    not_told: tuple[str, ...]
    """What the format does not say of authority: `permission-mode`, `approval-per-call`, `sandbox`, `network`, ..."""
    says_whether_edits_happened: bool = True
    """False where the format holds no results: a call that changes a file is then `reported`, not `observed`."""
    exits: str = "native"
    """`native`: an `Ending.exit` is what the agent's program recorded; `none`: the format has no exit codes at all."""


ToolTable = Mapping[str, ToolKind]
"""Tool names of one agent and what they do."""
