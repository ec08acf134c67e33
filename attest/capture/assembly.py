"""What every reader does alike: the rules that need no format, and putting a `Session` together.

This is the one place where a rule is added that all formats share (constraints, approvals, out-of-scope edits, ...):

* a rule that is fed with steps becomes a member of `SharedRules` and is called in `SharedRules.feed`, which every
  reader calls once for each step, before its own rules; what it derived is put into the `Session` in `assemble`;
* a rule that needs what other rules derived (changes, checks, commands) takes it from the finished `Session` in
  `assemble`, which every reader calls last.

`Call.kind` says what a tool does. Readers of Claude Code and Codex set it like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.accounts import Accounts
from attest.capture.constraint_list import constraints_of
from attest.capture.course_of import course_of
from attest.capture.events import MAX_EVENTS, EventList
from attest.capture.file_sets_of import file_sets_of
from attest.capture.limits import full_own, full_shared, with_full_later
from attest.capture.overrides import Overrides
from attest.capture.permissions_of import permissions_of
from attest.capture.prompts import Prompts
from attest.capture.steps import Call, Compaction, HumanPrompt, Step
from attest.capture.text import TextBudget
from attest.capture.trail import Trail
from attest.model.access import Access, Authority
from attest.model.basis import Basis, Evidence
from attest.model.changes import BaseState, Change, Instructions, ObservedCommit, ObservedPullRequest
from attest.model.checks import Check
from attest.model.decisions import Answer, Override, Plan, RejectedPath
from attest.model.session import Session, Source
from attest.model.usage import SubAgent, Usage


@dataclass(slots=True)
class SharedRules:
    """The rules that are the same for every format, and the accounts of records and events."""

    agent: str
    """The beginning of the rules' names."""
    budget: TextBudget = member(default_factory=TextBudget)
    accounts: Accounts = member(default_factory=Accounts)
    events: EventList = member(default_factory=EventList)
    prompts: Prompts = member(init=False)
    overrides: Overrides = member(init=False)
    trail: Trail = member(init=False)

    def __post_init__(self) -> None:
        """Give the rules that keep texts one budget."""
        self.prompts = Prompts(self.agent, self.budget)
        self.overrides = Overrides(self.agent, self.budget)
        self.trail = Trail(self.agent)

    def feed(self, step: Step) -> int:
        """Take one step, and give the `seq` of its event."""
        seq = self.events.count
        self.events.add(step)
        if isinstance(step, HumanPrompt):
            self.prompts.feed(step, seq)
        elif isinstance(step, Compaction):
            self.accounts.gap("compaction", step.place.evidence)
        self.overrides.feed(step)
        self.trail.feed(step, seq)
        return seq

    def close(self, length: int, *, ended_with_newline: bool) -> None:
        """Count what turned out to be missing once the last line, of `length` bytes of transcript, was read."""
        self.accounts.size_bytes = length
        if self.accounts.last_bad and not ended_with_newline:
            self.accounts.gap("truncated-tail", None)
        if self.events.count > MAX_EVENTS:
            self.accounts.gap("limit", None)

    def unjoined(self, calls: Iterable[Call], results: Iterable[Evidence]) -> None:
        """Count calls that have no result, and results that have no call."""
        for call in calls:
            self.accounts.gap("call-without-result", call.place.evidence)
        for evidence in results:
            self.accounts.gap("result-without-call", evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What a format's own rules derived; names and meaning as in `Session`."""

    source: Source
    native_id: str | None
    parent_id: str | None
    cwd: str | None
    branch: str | None
    models: tuple[str, ...]
    plans: tuple[Plan, ...]
    answers: tuple[Answer, ...]
    overrides: tuple[Override, ...]
    rejected_paths: tuple[RejectedPath, ...]
    checks: tuple[Check, ...]
    access: tuple[Access, ...]
    authority: Authority
    changes: tuple[Change, ...]
    commits: tuple[ObservedCommit, ...]
    pull_requests: tuple[ObservedPullRequest, ...]
    instructions: tuple[Instructions, ...]
    base: BaseState
    subagents: tuple[SubAgent, ...]
    usage: tuple[Usage, ...]
    count_full: bool = False
    """True where the format's own rules do not count their full lists themselves."""


def assemble(shared: SharedRules, own: Derived) -> Session:
    """Give the session from what the shared rules and the format's own rules derived."""
    times = [event.ts for event in shared.events.kept if event.ts is not None]
    prompts = shared.prompts.kept
    for _ in range(full_shared(shared) + (full_own(own) if own.count_full else 0)):
        shared.accounts.gap("limit", None)
    session = Session(
        source=own.source,
        native_id=own.native_id,
        parent_id=own.parent_id,
        started=min(times, default=None),
        ended=max(times, default=None),
        cwd=own.cwd,
        branch=own.branch,
        models=own.models,
        head=shared.accounts.head.hex(),
        counts=shared.accounts.counts(shared.events.count),
        gaps=shared.accounts.known_gaps(),
        events=tuple(shared.events.kept),
        intent=prompts[0] if prompts else None,
        directions=tuple(prompts[1:]),
        plans=own.plans,
        answers=own.answers,
        overrides=own.overrides,
        rejected_paths=own.rejected_paths,
        checks=own.checks,
        access=own.access,
        authority=own.authority,
        changes=own.changes,
        commits=own.commits,
        pull_requests=own.pull_requests,
        instructions=own.instructions,
        base=own.base,
        subagents=own.subagents,
        usage=own.usage,
        basis=Basis.REPORTED,
    )
    return _with_course(session, shared.trail)


def _with_course(session: Session, trail: Trail) -> Session:
    """Add what follows from the finished session and from what the trail remembers."""
    constraints = constraints_of(session, trail)
    whole = replace(
        session,
        constraints=constraints,
        course=course_of(session, trail, constraints),
        permissions=permissions_of(session, trail),
        files=file_sets_of(session, trail.agent),
    )
    return replace(whole, gaps=with_full_later(whole))


def read_lines(lines: Iterable[bytes], take: Callable[[int, int, bytes], None]) -> tuple[int, bool]:
    """Give every line, without its line end, to `take(index, byte_start, line)`.

    Returns: the bytes of the transcript, and whether its last line is ended.
    """
    start = 0
    newline = True
    for index, line in enumerate(lines):
        newline = line.endswith(b"\n")
        take(index, start, line.rstrip(b"\r\n"))
        start += len(line) + (0 if newline else 1)
    return start - (0 if newline else 1), newline
