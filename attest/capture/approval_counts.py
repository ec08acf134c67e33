"""Who let each tool call through: only what a record or the mode in force says, never a guess."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime

from attest.capture.records import text_of
from attest.capture.steps import Call, Granted, Mode, Notice, Rejected, Result, Step
from attest.capture.tool_kinds import EDITS, ToolKind
from attest.model.basis import Basis, Evidence
from attest.model.permissions import Approvals, ApprovedBy

MAX_OPEN = 1_024
MAX_SECONDS = 1_000
MAX_PLACES = 32
_ALL_LET_THROUGH = frozenset({"bypassPermissions", "allow-all", "yolo", "never", "yes-always", "NeverConfirm"})
"""Permission modes in which nothing is asked."""
_EDITS_LET_THROUGH = frozenset({"acceptEdits", "autoEdit", "auto_edit"})
_SANDBOXED = frozenset({"workspace-write", "read-only"})
_ASKING_OUTSIDE = frozenset({"on-request", "on-failure"})
"""Modes in which a call that asks for nothing more runs in the sandbox, and nobody is asked."""


@dataclass(slots=True)
class ApprovalCounts:
    """Counts calls by who let them through; each when its result comes, and those without one at the end."""

    agent: str
    """The beginning of the rule's name."""
    mode: str = ""
    sandbox: str = ""
    counts: dict[ApprovedBy, int] = member(default_factory=lambda: dict.fromkeys(ApprovedBy, 0))
    refused: int = 0
    seconds: list[int] = member(default_factory=list)
    places: list[Evidence] = member(default_factory=list)
    open: OrderedDict[str, ApprovedBy] = member(default_factory=OrderedDict)
    decided: OrderedDict[str, tuple[bool, Notice]] = member(default_factory=OrderedDict)
    """Persons' decisions by call, from records of their own."""

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Mode():
                self._mode(step.mode)
            case Granted(kind="permission-mode"):
                self.mode = step.value
            case Granted(kind="sandbox"):
                self.sandbox = step.value
            case Call():
                self._called(step)
            case Notice(kind="tool_decision"):
                self._decision(step)
            case Result(call=Call() as call):
                self._ended(step, call)
            case _:
                return

    def finish(self) -> Approvals:
        """Give the counts."""
        for by in self.open.values():
            self.counts[by] += 1
        self.open.clear()
        return Approvals(
            auto=self.counts[ApprovedBy.AUTO],
            human=self.counts[ApprovedBy.HUMAN],
            human_refused=self.refused,
            sandbox=self.counts[ApprovedBy.SANDBOX],
            unknown=self.counts[ApprovedBy.UNKNOWN],
            seconds=tuple(self.seconds),
            evidence=tuple(self.places),
            rule=f"{self.agent}/approvals@1",
            basis=Basis.OBSERVED,
        )

    def _mode(self, words: str) -> None:
        """A mode's record may name the mode, the sandbox and the network, parted by commas."""
        named = words.split(", ")
        for word in named:
            if word in _SANDBOXED or word == "danger-full-access":
                self.sandbox = word
        self.mode = named[0]

    def _called(self, call: Call) -> None:
        self.open[call.call_id or f"#{call.seq}"] = self._let_through(call)
        if len(self.open) > MAX_OPEN:
            self.counts[self.open.popitem(last=False)[1]] += 1

    def _let_through(self, call: Call) -> ApprovedBy:
        asked = text_of(call.arguments, "asked") not in ("", "use_default")
        if self.mode in _ALL_LET_THROUGH:
            # `never` refuses what the sandbox does not allow: it is the sandbox that lets through.
            return ApprovedBy.SANDBOX if self.mode == "never" and self.sandbox in _SANDBOXED else ApprovedBy.AUTO
        if self.mode in _EDITS_LET_THROUGH and call.kind in EDITS:
            return ApprovedBy.AUTO
        shell = call.kind in (ToolKind.SHELL, ToolKind.PATCH)
        if self.mode in _ASKING_OUTSIDE and self.sandbox in _SANDBOXED and shell and not asked:
            return ApprovedBy.SANDBOX
        return ApprovedBy.UNKNOWN

    def _decision(self, step: Notice) -> None:
        """A record of a decision: `call_id`, `decision` (accept, reject), `source` (a person's begin with `user`)."""
        call_id, source = text_of(step.fields, "call_id"), text_of(step.fields, "source")
        if call_id in self.open and source in ("config", "hook"):
            self.open[call_id] = ApprovedBy.AUTO
        if call_id in self.open and source.startswith("user"):
            self.decided[call_id] = (text_of(step.fields, "decision") != "reject", step)
            if len(self.decided) > MAX_OPEN:
                self.decided.popitem(last=False)

    def _ended(self, step: Result, call: Call) -> None:
        key = call.call_id or f"#{call.seq}"
        by = self.open.pop(key, None)
        if by is None:
            return
        told = self.decided.pop(key, None)
        if isinstance(step.rejected, Rejected):
            self.refused += 1
            self._person(call.place.ts, step.place.ts, step.place.evidence)
        elif told is not None:
            accepted, notice = told
            self.refused += not accepted
            self.counts[ApprovedBy.HUMAN] += accepted
            self._person(call.place.ts, notice.place.ts, notice.place.evidence)
        else:
            self.counts[by] += 1

    def _person(self, asked: datetime | None, answered: datetime | None, evidence: Evidence) -> None:
        if len(self.places) < MAX_PLACES:
            self.places.append(evidence)
        if asked is not None and answered is not None and answered >= asked and len(self.seconds) < MAX_SECONDS:
            self.seconds.append(int((answered - asked).total_seconds()))
