"""One pass over a Claude Code transcript: every line to a record, every record to steps, every step to each rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from attest.capture.accounts import here_of
from attest.capture.assembly import Derived, SharedRules, assemble, read_lines
from attest.capture.check_runs import CheckRuns
from attest.capture.claude_code.access import Accesses
from attest.capture.claude_code.answers import Answers
from attest.capture.claude_code.authority import Authorities
from attest.capture.claude_code.branches import Branches
from attest.capture.claude_code.changes import Changes
from attest.capture.claude_code.checks import Checks
from attest.capture.claude_code.commits import Commits
from attest.capture.claude_code.instructions import InstructionFiles
from attest.capture.claude_code.normalise import Normaliser
from attest.capture.claude_code.plans import Plans
from attest.capture.claude_code.record_types import FORMAT, QUIET_TYPES, SIDE_FILE
from attest.capture.claude_code.usage import SubAgents, Tokens
from attest.capture.lines import Record
from attest.capture.records import maybe_text
from attest.capture.steps import HumanPrompt, Place, Step
from attest.capture.text import target
from attest.model.basis import Basis, Evidence
from attest.model.changes import BaseState
from attest.model.session import Session, Source

__all__ = ["FORMAT", "ClaudeCodeReader", "read_claude_code"]

AGENT = "claude-code"
_KNOWN_TYPES = QUIET_TYPES | {"assistant", "user", "attachment", "system", "permission-mode", "pr-link"}


_NO_BASE = BaseState(commit=None, tree=None, dirty=None, evidence=(), rule="claude-code/base@1", basis=Basis.UNKNOWN)
"""Claude Code's transcripts do not say what commit the work started from."""


class ClaudeCodeReader:
    """Feeds the rules; `line` for each line in order, then `finish` once."""

    def __init__(self, label_claimed: str | None) -> None:
        self._label = label_claimed
        self._shared = SharedRules(AGENT)
        self._shared.overrides.reason_at = ("content",)
        self._shared.overrides.modified_at = "/toolUseResult"
        self._accounts = self._shared.accounts
        self._normaliser = Normaliser()
        self._plans, self._answers = Plans(self._shared.budget), Answers(self._shared.budget)
        self._runs = CheckRuns(AGENT)
        self._checks, self._access, self._changes = Checks(self._runs), Accesses(), Changes()
        self._commits, self._authority, self._branches = Commits(), Authorities(), Branches()
        self._tokens, self._subagents, self._instructions = Tokens(), SubAgents(), InstructionFiles()
        self._uuids: set[str] = set()
        self._side: str | None = None
        """The sub-agent whose own file the records are from; None in the transcript itself."""
        self._facts: dict[str, str] = {}

    def line(self, index: int, byte_start: int, line: bytes) -> None:
        """Take one line, without its line end."""
        record = self._accounts.take(index, byte_start, line)
        if record is not None:
            self._record(record)

    def _record(self, record: Record) -> None:
        accounts, fields = self._accounts, record.fields
        if fields.get("type") == SIDE_FILE:
            self._side_file(record)
            return
        if self._side is not None:
            fields = {**fields, "isSidechain": True}
            record = replace(record, fields=fields)
        name = accounts.known_type(record, _KNOWN_TYPES)
        if name is None:
            return
        native = maybe_text(fields, "uuid")
        if native is not None and native in self._uuids:
            accounts.skip("repeated-record")
            return
        self._note(fields)
        self._branches.note(fields)
        self._tokens.feed(fields)
        steps = self._normaliser.steps(record)
        if native is not None:
            self._link(fields, native, here_of(record))
        if not steps:
            accounts.skip(name)
            return
        accounts.with_events += 1
        for step in steps:
            self._step(step)

    def _side_file(self, record: Record) -> None:
        """From here on the records are those of a sub-agent's own file; none, where the file is only named."""
        if record.fields.get("leftOut"):
            self._accounts.gap("limit" if "id" not in record.fields else "subagent-transcript", here_of(record))
        else:
            self._side = self._subagents.own_file(record.fields, here_of(record))
        self._accounts.skip(SIDE_FILE)

    def _step(self, step: Step) -> None:
        seq = self._shared.feed(step)
        if isinstance(step, HumanPrompt):
            self._branches.feed(step)
        self._context(step.place, seq)
        self._plans.feed(step)
        self._answers.feed(step)
        if self._changes.feed(step, seq):
            self._runs.edited(step.place.ts)
        self._checks.feed(step)
        self._access.feed(step)
        self._commits.feed(step)
        self._authority.feed(step, seq)
        self._subagents.feed(step)
        self._instructions.feed(step)

    def _context(self, place: Place, seq: int) -> None:
        for kind, name in (("directory", "cwd"), ("entrypoint", "entrypoint")):
            if name in self._facts and kind not in self._authority.grants.current:
                self._authority.grants.state(kind, self._facts[name], place, seq)

    def _link(self, fields: dict[str, object], native: str, here: Evidence) -> None:
        parent = maybe_text(fields, "parentUuid")
        if parent is not None and parent not in self._uuids:
            self._accounts.gap("orphan-parent", here)
        self._uuids.add(native)

    def _note(self, fields: dict[str, object]) -> None:
        """Keep the first directory and branch, the last session id and version."""
        for name in ("cwd", "gitBranch", "entrypoint"):
            value = maybe_text(fields, name)
            if value is not None:
                self._facts.setdefault(name, target(value))
        for name in ("sessionId", "version"):
            value = maybe_text(fields, name)
            if value is not None:
                if name == "sessionId" and self._facts.get(name, value) != value:
                    self._facts["parent"] = self._facts[name]
                self._facts[name] = target(value)
        self._access.reached.worktree = self._runs.cwd = self._changes.states.worktree = self._facts.get("cwd")

    def finish(self, length: int, *, ended_with_newline: bool) -> Session:
        """Give the session."""
        subagents = self._subagents.finish()
        self._shared.close(length, ended_with_newline=ended_with_newline)
        self._shared.unjoined(self._normaliser.open_calls.values(), self._normaliser.results_without_call)
        for one in subagents:
            if not one.transcript_present:
                self._accounts.gap("subagent-transcript", one.evidence[0])
        if self._branches.full:
            self._accounts.gap("limit", None)
        overrides = self._shared.overrides.finish()
        return assemble(
            self._shared,
            Derived(
                source=self._source(),
                native_id=self._facts.get("sessionId"),
                parent_id=self._facts.get("parent"),
                cwd=self._facts.get("cwd"),
                branch=self._facts.get("gitBranch"),
                models=tuple(self._tokens.models),
                plans=self._plans.finish(self._shared.overrides.approved_plans),
                answers=tuple(self._answers.kept),
                overrides=overrides,
                rejected_paths=self._changes.finish(self._shared.overrides.each(), self._branches.left()),
                checks=self._runs.finish(by_time=self._side is not None),
                access=self._access.reached.finish(),
                authority=self._authority.finish(),
                changes=tuple(self._changes.kept),
                commits=tuple(self._commits.kept),
                pull_requests=tuple(self._commits.pull_requests.values()),
                instructions=tuple(self._instructions.kept.values()),
                base=_NO_BASE,
                subagents=subagents,
                usage=self._tokens.finish(),
                count_full=True,
            ),
        )

    def _source(self) -> Source:
        return Source(
            agent=AGENT,
            agent_version=self._facts.get("version"),
            format=FORMAT,
            format_version=None,
            label_claimed=self._label,
        )


def read_claude_code(lines: Iterable[bytes], *, label_claimed: str | None) -> Session:
    """Give the session of a transcript. See `attest.capture.reader.read_session`."""
    reader = ClaudeCodeReader(label_claimed)
    length, newline = read_lines(lines, reader.line)
    return reader.finish(length, ended_with_newline=newline)
