"""A session: one run of a coding agent, as a reader derived it from the bytes of one transcript.

A `Session` is a pure function of those bytes and of the reader's rule versions. It claims nothing about records that
are not in the transcript: whether the transcript is whole is never known from the transcript alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.access import Access, Authority
from attest.model.basis import Basis, Evidence
from attest.model.changes import BaseState, Change, Instructions, ObservedCommit, ObservedPullRequest
from attest.model.checks import Check
from attest.model.constraints import Constraint
from attest.model.course import Course
from attest.model.decisions import Answer, Override, Plan, Prompt, RejectedPath
from attest.model.file_sets import FileSets
from attest.model.permissions import Permissions
from attest.model.usage import SubAgent, Usage

PREVIEW_CHARS = 200
"""An event shows at most this many characters of its text."""


class Actor(StrEnum):
    """Who acted in an event."""

    HUMAN = "human"
    AGENT = "agent"
    TOOL = "tool"
    SYSTEM = "system"
    """The agent's program, a hook, a command, or text injected into the conversation."""
    SUBAGENT = "subagent"


class EventKind(StrEnum):
    """What an event is."""

    PROMPT = "prompt"
    MESSAGE = "message"
    REASONING = "reasoning"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    APPROVAL = "approval"
    REJECTION = "rejection"
    INTERRUPT = "interrupt"
    PLAN = "plan"
    MODE_CHANGE = "mode_change"
    COMPACTION = "compaction"
    CONTEXT = "context"
    """Text put into the conversation by a program: hooks, reminders, command output, attachments."""
    NOTICE = "notice"
    """A record of the agent's program about itself."""
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, in the order of the transcript."""

    seq: int
    """Counted from 0."""
    native_id: str | None
    parent: str | None
    """The format's own ids; None where the record has none."""
    ts: datetime | None
    actor: Actor
    kind: EventKind
    tool: str | None
    call_id: str | None
    """Joins a tool call and its result; None for other kinds."""
    preview: str
    """At most `PREVIEW_CHARS` characters, control characters replaced."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What wrote the transcript, as the bytes show it."""

    agent: str
    """Such as `claude-code`."""
    agent_version: str | None
    format: str
    format_version: str | None
    """None: the format carries no version of its own."""
    label_claimed: str | None
    """What the caller said the format was; the reader does not rely on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often something of a name was met."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Every record of the transcript is accounted for: `records` = `with_events` + all of `skipped`."""

    records: int
    """Lines that are not blank."""
    with_events: int
    """Records that gave at least one event."""
    events: int
    bytes: int
    bad_lines: int
    """Records that are not one JSON object within the reader's limits; also in `skipped`."""
    unknown_types: tuple[Tally, ...]
    """Record types the reader does not know; also in `skipped`."""
    skipped: tuple[Tally, ...]
    """Records without an event, by reason or type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that is known to be missing."""

    kind: str
    """`bad-line`, `oversized-line`, `truncated-tail`, `dropped-record`, `orphan-parent`, `call-without-result`,
    `result-without-call`, `compaction`, `subagent-transcript`, `local-time` (times have no
    offset), `other-conversation` (the source holds one
    more, which is not read), `limit` (a list is full: events, changes, texts, ...; once for each)."""
    count: int
    evidence: tuple[Evidence, ...]
    """Bounded: the first places; empty where there is no place to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All that was derived from one transcript."""

    source: Source
    native_id: str | None
    """The agent's own session id; where a transcript holds several, the last (a resumed session copies history)."""
    parent_id: str | None
    """The session this one was resumed or forked from, where the transcript shows it."""
    started: datetime | None
    ended: datetime | None
    cwd: str | None
    branch: str | None
    """As first recorded."""
    models: tuple[str, ...]
    """As reported by the agent's program, in order of first use."""
    head: str
    """SHA-256 chain over the record lines (`extend_head`): a dropped or changed line gives another head."""
    counts: Counts
    gaps: tuple[Gap, ...]
    events: tuple[Event, ...]
    intent: Prompt | None
    """None: the transcript holds no prompt of a person."""
    directions: tuple[Prompt, ...]
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
    """Those the transcript shows. An agent loads more without a trace: empty does not mean none were in force."""
    base: BaseState
    subagents: tuple[SubAgent, ...]
    usage: tuple[Usage, ...]
    basis: Basis
    """Of the session as a whole: `reported`, because the runner controls the transcript, until something outside agrees."""
    constraints: tuple[Constraint, ...] | None = None
    course: Course | None = None
    permissions: Permissions | None = None
    files: FileSets | None = None
    """The last four: None where the session was recorded before these were derived. Not known, never none."""
