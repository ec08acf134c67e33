"""Checks and commits off shell calls, by `Call.kind`."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_runs import MAX_CHECKS, CheckRuns
from attest.capture.commit_lines import commit_lines
from attest.capture.steps import AgentText, Call, Committed, Result, Step
from attest.capture.text import target
from attest.capture.tool_arguments import commands_of, did_run, ending_of
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Basis, Evidence
from attest.model.changes import ObservedCommit

MAX_COMMITS = 2_000


@dataclass(slots=True)
class ToolChecks:
    """Feeds the shared rules on checks with shell calls. A call without a result stays inconclusive."""

    runs: CheckRuns

    @property
    def full(self) -> bool:
        """True once the limit of checks was reached."""
        return len(self.runs.kept) >= MAX_CHECKS

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(kind=ToolKind.SHELL):
                for command in commands_of(step):
                    self.runs.started(step, command, background=step.arguments.get("background") is True)
            case Result(call_id=call_id) if call_id in self.runs.waiting:
                if did_run(step):
                    self.runs.ended(call_id, ending_of(step), (step.place.evidence,))
                else:
                    self.runs.did_not_run(call_id)
            case AgentText(place=place) if not place.sidechain:
                self.runs.claim(step)
            case _:
                return


@dataclass(slots=True)
class ToolCommits:
    """Collects commits: those the agent's program recorded, and git's own lines in the output of commands."""

    agent: str
    """The beginning of the rules' names."""
    kept: list[ObservedCommit] = member(default_factory=list)
    full: bool = False

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Committed():
                self._add(step, step.oid, step.branch, how=step.how, evidence=(step.place.evidence,))
            case Result(call=Call(kind=ToolKind.SHELL) as call) if did_run(step):
                command = "\n".join(commands_of(call))
                how = "amended" if "--amend" in command else "committed"
                lines = {found["oid"]: found["branch"] for found in commit_lines(command, ending_of(step).output)}
                for oid, branch in lines.items():
                    self._add(step, oid, branch, how=how, evidence=(step.place.evidence, call.place.evidence))
            case _:
                return

    def _add(
        self, step: Committed | Result, oid: str, branch: str | None, *, how: str, evidence: tuple[Evidence, ...]
    ) -> None:
        if len(self.kept) >= MAX_COMMITS:
            self.full = True
            return
        recorded = isinstance(step, Committed) and not step.inferred
        self.kept.append(
            ObservedCommit(
                oid=oid,
                branch=target(branch) if branch else None,
                kind=target(how),
                ts=step.place.ts,
                evidence=evidence,
                rule=f"{self.agent}/commit.{'recorded' if recorded else 'output'}@1",
                basis=Basis.OBSERVED if recorded else Basis.INFERRED,
            )
        )
