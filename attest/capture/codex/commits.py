"""Commits that the output of commands shows being made."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.codex.runs import Run
from attest.capture.commit_lines import commit_lines
from attest.capture.text import target
from attest.model.basis import Basis
from attest.model.changes import ObservedCommit

RULE = "codex/commit.output@1"
MAX_COMMITS = 2_000


@dataclass(slots=True)
class Commits:
    """Collects commits; the same id in the same output is one. Codex keeps no record of its own of a commit."""

    kept: list[ObservedCommit] = member(default_factory=list)

    def ended(self, run: Run) -> None:
        """Take a command that ended."""
        if not run.ran:
            return
        command = "\n".join(run.commands)
        lines = {found["oid"]: found["branch"] for found in commit_lines(command, run.ending.output)}
        for oid, branch in list(lines.items())[: MAX_COMMITS - len(self.kept)]:
            self.kept.append(
                ObservedCommit(
                    oid=oid,
                    branch=target(branch),
                    kind="amended" if "--amend" in command else "committed",
                    ts=run.result.place.ts,
                    evidence=(run.result.place.evidence, run.call.place.evidence),
                    rule=RULE,
                    basis=Basis.INFERRED,
                )
            )
