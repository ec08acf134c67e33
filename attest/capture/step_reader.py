"""One pass over the lines of any format that has a `Normaliser`: lines to records, records to steps, steps to rules.

A format that is read here gives a `Profile` and a `Normaliser`, nothing else. Rules that all formats share, those of
Claude Code and Codex included, are added in `assembly.py`; the rules here need `Call.kind` and the shared arguments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.access_list import AccessList
from attest.capture.accounts import here_of
from attest.capture.assembly import Derived, SharedRules, assemble, read_lines
from attest.capture.check_runs import CheckRuns
from attest.capture.grant_list import GrantList
from attest.capture.lines import Record
from attest.capture.normaliser import Normaliser, Profile, Skip
from attest.capture.records import DROPPED_TYPE
from attest.capture.rejected_paths import refused_proposals
from attest.capture.steps import Call, Place, Step
from attest.capture.text import target
from attest.capture.tool_access import ToolAccess
from attest.capture.tool_authority import ToolAuthority, ToolInstructions, ToolSubAgents
from attest.capture.tool_changes import ToolChanges
from attest.capture.tool_checks import ToolChecks, ToolCommits
from attest.capture.tool_kinds import ToolKind
from attest.capture.tool_plans import ToolAnswers, ToolPlans
from attest.model.basis import Basis
from attest.model.changes import BaseState
from attest.model.decisions import Override, RejectedPath
from attest.model.session import Session, Source
from attest.model.usage import SubAgent, Usage


def read_with(
    profile: Profile, normaliser: Normaliser, lines: Iterable[bytes], *, label_claimed: str | None
) -> Session:
    """Give the session of a transcript of the profile's format, in one pass. See `attest.capture.reader.read_session`.

    Every record is accounted for: it gives steps, or the normaliser says why not. Every limit that is reached is a
    gap `limit`.
    """
    reader = StepReader(profile, normaliser, label_claimed)
    length, newline = read_lines(lines, reader.line)
    return reader.finish(length, ended_with_newline=newline)


@dataclass(slots=True)
class _Rules:
    """The rules that read `Call.kind`."""

    access: ToolAccess
    authority: ToolAuthority
    changes: ToolChanges
    checks: ToolChecks
    commits: ToolCommits
    plans: ToolPlans
    answers: ToolAnswers
    subagents: ToolSubAgents
    instructions: ToolInstructions
    not_proposals: set[str] = member(default_factory=set)
    """Names of tools that ask a person something: a refused question is no rejected path."""

    def full(self) -> int:
        """Count the rules that reached a limit."""
        several = (self.access, self.authority, self.changes, self.checks, self.commits, self.plans, self.answers)
        return sum(rule.full for rule in several) + self.subagents.full


def _rules(profile: Profile, shared: SharedRules) -> _Rules:
    agent, budget, results = profile.agent, shared.budget, profile.says_whether_edits_happened
    return _Rules(
        access=ToolAccess(AccessList(agent), results),
        authority=ToolAuthority(GrantList(agent)),
        changes=ToolChanges(agent, results),
        checks=ToolChecks(CheckRuns(agent)),
        commits=ToolCommits(agent),
        plans=ToolPlans(agent, budget, results),
        answers=ToolAnswers(agent, budget),
        subagents=ToolSubAgents(agent),
        instructions=ToolInstructions(agent),
    )


class StepReader:
    """Feeds the rules; `line` for each line in order, then `finish` once."""

    def __init__(self, profile: Profile, normaliser: Normaliser, label_claimed: str | None) -> None:
        self._profile, self._normaliser, self._label = profile, normaliser, label_claimed
        self._shared = SharedRules(profile.agent)
        self._rules = _rules(profile, self._shared)

    def line(self, index: int, byte_start: int, line: bytes) -> None:
        """Take one line, without its line end."""
        accounts = self._shared.accounts
        record = accounts.take(index, byte_start, line)
        if record is None:
            return
        if record.fields.get("type") == DROPPED_TYPE:
            accounts.gap("dropped-record", here_of(record))
            accounts.skip(DROPPED_TYPE)
            return
        self._record(record)

    def _record(self, record: Record) -> None:
        accounts = self._shared.accounts
        found = self._normaliser.steps(record, self._shared.events.count)
        facts = self._normaliser.facts
        self._rules.access.reached.worktree = self._rules.checks.runs.cwd = facts.cwd
        self._rules.changes.states.worktree = facts.cwd
        if isinstance(found, Skip) or not found:
            why = found if isinstance(found, Skip) else Skip("no-content")
            name = target(why.name)[:64]
            (accounts.skip if why.known else accounts.not_known)(name)
            if why.gap:
                accounts.gap(why.gap, here_of(record))
            return
        accounts.with_events += 1
        for step in found:
            self._step(step)

    def _step(self, step: Step) -> None:
        seq, rules = self._shared.feed(step), self._rules
        self._context(step.place, seq)
        if isinstance(step, Call) and step.kind is ToolKind.ASK:
            rules.not_proposals.add(step.tool[:128])
        rules.plans.feed(step)
        rules.answers.feed(step)
        if rules.changes.feed(step, seq):
            rules.checks.runs.edited()
            rules.plans.edited = True
        rules.checks.feed(step)
        rules.commits.feed(step)
        rules.access.feed(step)
        rules.authority.feed(step, seq)
        rules.subagents.feed(step)
        rules.instructions.feed(step)

    def _context(self, place: Place, seq: int) -> None:
        """The directory that the session's facts name is authority to work there."""
        grants, cwd = self._rules.authority.grants, self._normaliser.facts.cwd
        if cwd and "directory" not in grants.current:
            grants.state("directory", cwd, place, seq)

    def finish(self, length: int, *, ended_with_newline: bool) -> Session:
        """Give the session."""
        rules, facts, shared = self._rules, self._normaliser.facts, self._shared
        subagents = tuple(rules.subagents.kept.values())
        self._close(length, subagents, ended_with_newline=ended_with_newline)
        overrides = shared.overrides.finish()
        return assemble(
            shared,
            Derived(
                source=self._source(),
                native_id=_bounded(facts.native_id),
                parent_id=_bounded(facts.parent_id),
                cwd=_bounded(facts.cwd),
                branch=_bounded(facts.branch),
                models=tuple(target(model) for model in facts.models),
                plans=rules.plans.finish(),
                answers=tuple(rules.answers.kept),
                overrides=overrides,
                rejected_paths=self._rejected(overrides),
                checks=rules.checks.runs.finish(),
                access=rules.access.reached.finish(),
                authority=rules.authority.finish(self._profile.not_told),
                changes=tuple(rules.changes.kept),
                commits=tuple(rules.commits.kept),
                pull_requests=(),
                instructions=tuple(rules.instructions.kept.values()),
                base=self._base(),
                subagents=subagents,
                usage=self._usage(),
            ),
        )

    def _close(self, length: int, subagents: tuple[SubAgent, ...], *, ended_with_newline: bool) -> None:
        shared = self._shared
        shared.close(length, ended_with_newline=ended_with_newline)
        shared.unjoined(self._normaliser.open_calls.values(), self._normaliser.results_without_call)
        for one in subagents:
            if not one.transcript_present:
                shared.accounts.gap("subagent-transcript", one.evidence[0])
        if self._normaliser.facts.local_time is not None:
            shared.accounts.gap("local-time", self._normaliser.facts.local_time)
        for _ in range(self._rules.full()):
            shared.accounts.gap("limit", None)

    def _rejected(self, overrides: tuple[Override, ...]) -> tuple[RejectedPath, ...]:
        """Give the rejected paths in the order of the transcript."""
        asked = self._rules.not_proposals
        proposals = refused_proposals(self._profile.agent, tuple(one for one in overrides if one.tool not in asked))
        return tuple(sorted([*proposals, *self._rules.changes.rejected], key=lambda one: one.evidence[0].record))

    def _source(self) -> Source:
        return Source(
            agent=self._profile.agent,
            agent_version=_bounded(self._normaliser.facts.version),
            format=self._profile.format,
            format_version=_bounded(self._normaliser.facts.format_version),
            label_claimed=self._label,
        )

    def _base(self) -> BaseState:
        facts = self._normaliser.facts
        return BaseState(
            commit=facts.base_commit,
            tree=None,
            dirty=None,
            evidence=(facts.base_evidence,) if facts.base_evidence is not None else (),
            rule=f"{self._profile.agent}/base@1",
            basis=Basis.OBSERVED if facts.base_commit is not None else Basis.UNKNOWN,
        )

    def _usage(self) -> tuple[Usage, ...]:
        return tuple(
            Usage(
                model=target(model),
                messages=sums[0],
                input_tokens=sums[1],
                output_tokens=sums[2],
                cache_read_tokens=sums[3],
                cache_write_tokens=sums[4],
                by_subagents=by_subagents,
                rule=f"{self._profile.agent}/usage.message@1",
                basis=Basis.REPORTED,
            )
            for (model, by_subagents), sums in self._normaliser.tokens.sums.items()
            if sums[0]
        )


def _bounded(text: str | None) -> str | None:
    return target(text) if text else None
