"""What the later rules need of the steps and no list of the session holds: commands, instructions, conflicts, permissions.

Fed once per step by `SharedRules`; everything is bounded, and a full list is counted in `full`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.approval_counts import ApprovalCounts
from attest.capture.conflicts import Conflicts
from attest.capture.demands import Demand, demands_in
from attest.capture.dependencies import added_dependencies
from attest.capture.shell import SimpleCommand, split_command
from attest.capture.shown_instructions import shown_instructions
from attest.capture.steps import Call, Injected, Place, Result, Step
from attest.capture.text import preview
from attest.capture.tool_arguments import commands_of, did_run
from attest.capture.tool_kinds import EDITS, ToolKind
from attest.model.checks import Mask

_TAG = re.compile(r"<[^<>]{0,200}>")
MAX_RAN: Final = 20_000
"""Simple commands kept."""
MAX_WORDS: Final = 32
MAX_COMMAND_CHARS: Final = 16 * 1024 * 1024
"""The words of all commands together."""
MAX_SHOWN: Final = 64
"""Texts of standing instructions whose demands are kept."""
MAX_ADDED: Final = 1_000
MAX_SLASHES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One simple command that was run."""

    argv: tuple[str, ...]
    """Bounded, each word shortened."""
    certain: bool
    """False where it stands behind something that may have kept it from running."""
    failed: bool
    place: Place
    """Of the call."""
    seq: int
    """Of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDemand:
    """A demand of an instruction file, where its text was shown."""

    demand: Demand
    place: Place
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedDependency:
    """A dependency that an edit of a manifest added."""

    name: str
    place: Place
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slash:
    """A command of the agent's own interface that a person gave, such as `/commit`."""

    words: str
    place: Place
    seq: int


@dataclass(slots=True)
class Trail:
    """Collects what happened, in order."""

    agent: str
    """The beginning of the rules' names."""
    ran: list[Ran] = member(default_factory=list)
    shown: list[ShownDemand] = member(default_factory=list)
    added: list[AddedDependency] = member(default_factory=list)
    slashes: list[Slash] = member(default_factory=list)
    conflicts: Conflicts = member(init=False)
    approvals: ApprovalCounts = member(init=False)
    texts: set[bytes] = member(default_factory=set)
    chars_left: int = MAX_COMMAND_CHARS
    full: set[str] = member(default_factory=set)

    def __post_init__(self) -> None:
        """Give the parts their name."""
        self.conflicts = Conflicts(self.agent)
        self.approvals = ApprovalCounts(self.agent)

    def feed(self, step: Step, seq: int) -> None:
        """Take one step; `seq` is that of its event."""
        self.approvals.feed(step)
        text = shown_instructions(step)
        if text:
            self._instructions(text, step.place, seq)
        match step:
            case Injected(kind="command-name") | Injected(kind="command-message"):
                self._slash(step, seq)
            case Result(call=Call() as call, rejected=None):
                self._result(step, call)
            case _:
                return

    def _instructions(self, text: str, place: Place, seq: int) -> None:
        mark = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        if mark in self.texts:
            return
        if len(self.texts) >= MAX_SHOWN:
            self.full.add("instructions")
            return
        self.texts.add(mark)
        self.shown += [ShownDemand(demand=one, place=place, seq=seq) for one in demands_in(text)]

    def _slash(self, step: Injected, seq: int) -> None:
        if len(self.slashes) < MAX_SLASHES:
            self.slashes.append(Slash(words=preview(_TAG.sub(" ", step.text[:4_096])), place=step.place, seq=seq))
        else:
            self.full.add("slashes")

    def _result(self, step: Result, call: Call) -> None:
        if call.kind is ToolKind.SHELL and did_run(step) and not step.text.startswith("<tool_use_error>"):
            for line in commands_of(call):
                self._line(line, step, call)
        elif call.kind in EDITS and not step.is_error:
            self.conflicts.edited(call, step)
            for name in added_dependencies(call, step):
                self._dependency(name, call)

    def _line(self, line: str, step: Result, call: Call) -> None:
        for place, simple in enumerate(split_command(line)):
            if len(self.ran) >= MAX_RAN or self.chars_left <= 0:
                self.full.add("commands")
                return
            if not simple.argv:
                continue
            ran = Ran(
                argv=tuple(preview(word) for word in simple.argv[:MAX_WORDS]),
                certain=(place == 0 or not step.is_error) and not _may_not_run(simple),
                failed=step.is_error,
                place=call.place,
                seq=call.seq,
            )
            self.chars_left -= sum(map(len, ran.argv))
            self.ran.append(ran)
            self.conflicts.ran(ran.argv, step, call)

    def _dependency(self, name: str, call: Call) -> None:
        if len(self.added) < MAX_ADDED:
            self.added.append(AddedDependency(name=preview(name), place=call.place, seq=call.seq))
        else:
            self.full.add("dependencies")


def _may_not_run(simple: SimpleCommand) -> bool:
    return Mask.CONTROL in simple.masks or Mask.TRUNCATION in simple.masks
