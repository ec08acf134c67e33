"""Commits and pull requests that the transcript shows being made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.commit_lines import commit_lines
from attest.capture.records import count_of, field, text_of
from attest.capture.steps import Call, Notice, Place, Result, Step
from attest.capture.text import target
from attest.model.basis import Basis, Evidence
from attest.model.changes import ObservedCommit, ObservedPullRequest

RULE_OPERATION = "claude-code/commit.git-operation@1"
RULE_OUTPUT = "claude-code/commit.output@1"
RULE_PULL_REQUEST = "claude-code/pull-request@1"
MAX_COMMITS = 2_000

_OID = re.compile(r"\A[0-9a-f]{7,64}\Z")


@dataclass(slots=True)
class Commits:
    """Collects commits; the same id in the same result is one."""

    kept: list[ObservedCommit] = member(default_factory=list)
    pull_requests: dict[str, ObservedPullRequest] = member(default_factory=dict)

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Result(call=Call(tool="Bash") as call):
                self._shell(step, text_of(call.arguments, "command"))
            case Notice(kind="pr-link"):
                self._pull_request(step.place, step.text, count_of(step.fields, "prNumber"), step.place.evidence)
            case _:
                return

    def _shell(self, step: Result, command: str) -> None:
        operation = field(step.structured, "gitOperation")
        spot = _operation_at(step.place.evidence)
        commit = field(operation, "commit")
        lines = {found["oid"]: found["branch"] for found in commit_lines(command, step.text)}
        native = text_of(commit, "sha")
        if _OID.match(native):
            branch = next(
                (name for oid, name in lines.items() if oid.startswith(native) or native.startswith(oid)), None
            )
            self._commit(step, native, branch, kind=target(text_of(commit, "kind")) or "committed", evidence=spot)
        for oid, branch in lines.items():
            if not (native and (oid.startswith(native) or native.startswith(oid))):
                kind = "amended" if "--amend" in command else "committed"
                self._commit(step, oid, branch, kind=kind, evidence=step.place.evidence, rule=RULE_OUTPUT)
        opened = field(operation, "pr")
        if opened:
            self._pull_request(step.place, text_of(opened, "url"), count_of(opened, "number"), spot)

    def _commit(
        self, step: Result, oid: str, branch: str | None, *, kind: str, evidence: Evidence, rule: str = RULE_OPERATION
    ) -> None:
        if len(self.kept) >= MAX_COMMITS or step.call is None:
            return
        self.kept.append(
            ObservedCommit(
                oid=oid,
                branch=target(branch) if branch else None,
                kind=kind,
                ts=step.place.ts,
                evidence=(evidence, step.call.place.evidence),
                rule=rule,
                basis=Basis.OBSERVED if rule == RULE_OPERATION else Basis.INFERRED,
            )
        )

    def _pull_request(self, place: Place, url: str, number: int | None, evidence: Evidence) -> None:
        url = target(url)
        if not url.startswith(("https://", "http://")) or len(self.pull_requests) >= MAX_COMMITS:
            return
        known = self.pull_requests.get(url)
        self.pull_requests[url] = ObservedPullRequest(
            number=known.number if known and known.number is not None else number,
            url=url,
            ts=known.ts if known else place.ts,
            evidence=(*known.evidence, evidence)[:8] if known else (evidence,),
            rule=RULE_PULL_REQUEST,
            basis=Basis.OBSERVED,
        )


def _operation_at(evidence: Evidence) -> Evidence:
    return Evidence(
        record=evidence.record,
        byte_start=evidence.byte_start,
        byte_end=evidence.byte_end,
        pointer="/toolUseResult/gitOperation",
    )
