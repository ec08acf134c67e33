"""One pass over a Codex rollout: every line to a record, every record to steps, every step to each rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.accounts import here_of
from attest.capture.assembly import Derived, SharedRules, assemble, read_lines
from attest.capture.check_runs import CheckRuns
from attest.capture.codex.access import Accesses
from attest.capture.codex.authority import Authorities
from attest.capture.codex.changes import Changes
from attest.capture.codex.commits import Commits
from attest.capture.codex.decisions import Decisions
from attest.capture.codex.identity import Identity
from attest.capture.codex.instructions import InstructionFiles
from attest.capture.codex.normalise import Normaliser, at
from attest.capture.codex.plans import Plans
from attest.capture.codex.record_types import TYPES
from attest.capture.codex.runs import Run, Runs
from attest.capture.codex.subagents import SubAgents
from attest.capture.codex.usage import Tokens
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import Skip
from attest.capture.records import field, maybe_text, text_of, texts_of
from attest.capture.shell import split_command
from attest.capture.steps import AgentText, Call, Compaction, Mode, Notice, Place, Step
from attest.capture.text import moment
from attest.capture.tree_changes import changes_the_tree
from attest.model.session import Session, Source

FORMAT = "codex/jsonl"
AGENT = "codex"


@dataclass(slots=True)
class _Rules:
    """Everything that is derived, rule by rule."""

    decisions: Decisions
    plans: Plans
    checks: CheckRuns = member(default_factory=lambda: CheckRuns(AGENT))
    runs: Runs = member(default_factory=Runs)
    access: Accesses = member(default_factory=Accesses)
    changes: Changes = member(default_factory=Changes)
    commits: Commits = member(default_factory=Commits)
    authority: Authorities = member(default_factory=Authorities)
    subagents: SubAgents = member(default_factory=SubAgents)
    instructions: InstructionFiles = member(default_factory=InstructionFiles)
    tokens: Tokens = member(default_factory=Tokens)


class CodexReader:
    """Feeds the rules; `line` for each line in order, then `finish` once."""

    def __init__(self, label_claimed: str | None) -> None:
        self._label = label_claimed
        self._shared, self._identity = SharedRules(AGENT), Identity()
        self._accounts, self._events = self._shared.accounts, self._shared.events
        self._normaliser = Normaliser()
        self._rules = _Rules(Decisions(self._shared.budget), Plans(self._shared.budget))

    def line(self, index: int, byte_start: int, line: bytes) -> None:
        """Take one line, without its line end."""
        record = self._accounts.take(index, byte_start, line)
        if record is None:
            return
        name = self._accounts.known_type(record, TYPES)
        if name is None:
            return
        found = self._steps(name, field(record.fields, "payload"), _place(record))
        if isinstance(found, Skip):
            (self._accounts.skip if found.known else self._accounts.not_known)(found.name)
            return
        self._accounts.with_events += 1
        for step in found:
            self._step(step)

    def _steps(self, name: str, payload: Fields, place: Place) -> tuple[Step, ...] | Skip:
        match name:
            case "session_meta":
                if not self._identity.meta(payload, place.evidence):
                    return Skip("repeated-session-meta")
                self._rules.access.reached.worktree = self._rules.checks.cwd = self._identity.cwd
                self._rules.changes.states.worktree = self._identity.cwd
                return self._own(Notice(place=place, kind=name, text=text_of(payload, "originator"), fields={}))
            case "turn_context":
                return self._turn(payload, place)
            case "compacted":
                return self._own(Compaction(place=place, text=text_of(payload, "message")))
            case "world_state":
                return Skip(name)
            case _:
                if payload.get("type") == "token_count":
                    self._rules.tokens.count(payload)
                return self._normaliser.steps(name, payload, place)

    def _turn(self, payload: Fields, place: Place) -> tuple[Step, ...]:
        spot = at(place)
        self._rules.tokens.turn(text_of(payload, "model"))
        self._rules.authority.turn(payload, spot, self._events.count)
        self._normaliser.reviewer = maybe_text(payload, "approvals_reviewer")
        self._normaliser.asks = payload.get("approval_policy") != "never"
        current = self._rules.authority.grants.current
        words = ", ".join(current[name] for name in ("permission-mode", "sandbox", "network") if name in current)
        return self._own(Mode(place=spot, mode=words))

    def _own(self, step: Step) -> tuple[Step, ...]:
        self._normaliser.next_seq += 1
        return (step,)

    def _step(self, step: Step) -> None:
        seq, rules = self._shared.feed(step), self._rules
        if isinstance(step, AgentText):
            rules.checks.claim(step)
        elif isinstance(step, Call):
            for number, command in enumerate(texts_of(step.arguments, "commands")):
                rules.checks.started(step, command, background=False, key=_key(step, number))
        rules.plans.feed(step, before_first_edit=not rules.decisions.edited)
        rules.decisions.feed(step)
        if rules.changes.feed(step, seq):
            rules.checks.edited()
            rules.decisions.edited = True
        ended = rules.runs.feed(step)
        if ended is not None:
            self._ended(ended)
        rules.access.feed(step)
        rules.authority.feed(step, seq)
        rules.subagents.feed(step)
        rules.instructions.feed(step)

    def _ended(self, run: Run) -> None:
        if run.ran and any(
            changes_the_tree(one, self._rules.checks.cwd) for line in run.commands for one in split_command(line)
        ):
            self._rules.checks.edited()
        for number in range(len(run.commands)):
            if run.ran:
                self._rules.checks.ended(_key(run.call, number), run.ending_of(number), run.evidence)
            else:
                self._rules.checks.did_not_run(_key(run.call, number))
        self._rules.access.ended(run)
        self._rules.changes.ended(run)
        self._rules.commits.ended(run)

    def finish(self, length: int, *, ended_with_newline: bool) -> Session:
        """Give the session."""
        rules, identity = self._rules, self._identity
        subagents = rules.subagents.finish()
        self._shared.close(length, ended_with_newline=ended_with_newline)
        self._shared.unjoined(self._normaliser.open_calls.values(), self._normaliser.results_without_call)
        for one in subagents:
            self._accounts.gap("subagent-transcript", one.evidence[0])
        overrides = self._shared.overrides.finish()
        return assemble(
            self._shared,
            Derived(
                source=self._source(),
                native_id=identity.native_id,
                parent_id=identity.parent_id,
                cwd=identity.cwd,
                branch=identity.branch,
                models=tuple(rules.tokens.models),
                plans=(*rules.plans.finish(), *rules.decisions.task_lists.finish()),
                answers=tuple(rules.decisions.answers),
                overrides=overrides,
                rejected_paths=rules.changes.finish(self._shared.overrides.each()),
                checks=rules.checks.finish(),
                access=rules.access.reached.finish(),
                authority=rules.authority.finish(),
                changes=tuple(rules.changes.kept),
                commits=tuple(rules.commits.kept),
                pull_requests=(),
                instructions=tuple(rules.instructions.kept.values()),
                base=identity.base(),
                subagents=subagents,
                usage=rules.tokens.finish(),
                count_full=True,
            ),
        )

    def _source(self) -> Source:
        return Source(
            agent=AGENT,
            agent_version=self._identity.version,
            format=FORMAT,
            format_version=None,
            label_claimed=self._label,
        )


def _key(call: Call, number: int) -> str:
    """Name one of the command lines of a call: those of a script may end each for itself."""
    return f"{call.call_id}#{number}"


def _place(record: Record) -> Place:
    payload = field(record.fields, "payload")
    return Place(
        evidence=here_of(record),
        ts=moment(record.fields.get("timestamp")),
        native_id=maybe_text(payload, "id") if record.fields.get("type") == "response_item" else None,
        parent=None,
        sidechain=False,
    )


def read_codex(lines: Iterable[bytes], *, label_claimed: str | None) -> Session:
    """Give the session of a rollout. See `attest.capture.reader.read_session`."""
    reader = CodexReader(label_claimed)
    length, newline = read_lines(lines, reader.line)
    return reader.finish(length, ended_with_newline=newline)
