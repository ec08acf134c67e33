"""Changes of files by patches, patches that put an earlier state back, and commands that throw work away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.codex.calls import PATCH_TOOL
from attest.capture.codex.runs import Run
from attest.capture.file_states import FileStates, RefusedEdits
from attest.capture.patches import FilePatch, patch_of_record, patch_of_text
from attest.capture.records import text_of
from attest.capture.rejected_paths import discarded, refused_proposals, retried
from attest.capture.steps import Call, HumanPrompt, Notice, Result, Step
from attest.capture.text import preview, target
from attest.model.basis import Basis, Evidence
from attest.model.changes import Change, ChangeOp
from attest.model.decisions import Override, RejectedPath, RejectedPathKind
from attest.model.fingerprint import line_fingerprint

AGENT = "codex"
RULE_PATCH = "codex/change.patch@1"
RULE_REVERSAL = "codex/rejected.reversal@2"
RULE_ROLLBACK = "codex/rejected.rollback@1"
MAX_CHANGES = 20_000
MAX_PROMPTS = 10_000
PATCH_REFUSED = "apply_patch verification failed"
MAX_LINES_PER_CHANGE = 4_000
MAX_LINES = 400_000


@dataclass(slots=True)
class Changes:
    """Collects changes, reversals and discards. A patch is recorded twice: what was applied counts, else its text."""

    kept: list[Change] = member(default_factory=list)
    rejected: list[RejectedPath] = member(default_factory=list)
    lines_left: int = MAX_LINES
    calls: dict[str, Evidence] = member(default_factory=dict)
    applied: set[str] = member(default_factory=set)
    done: dict[tuple[str, str, str], Evidence] = member(default_factory=dict)
    states: FileStates = member(default_factory=FileStates)
    refused: RefusedEdits = member(default_factory=RefusedEdits)
    prompts: list[HumanPrompt] = member(default_factory=list)
    """Prompts that were not taken back."""

    def feed(self, step: Step, seq: int) -> bool:
        """Take one step; True where it changed a file."""
        match step:
            case Call() if step.arguments.get("patch"):
                self.calls[step.call_id] = step.place.evidence
            case Notice(kind="patch_apply_end"):
                return self._record(step, seq)
            case Notice(kind="thread_rolled_back"):
                self._rolled_back(step)
            case HumanPrompt():
                self.prompts.append(replace(step, text=preview(step.text)))
                del self.prompts[:-MAX_PROMPTS]
            case Result(call=Call() as call, rejected=None) if call.arguments.get("patch") and _refused(step):
                for one in patch_of_text(text_of(call.arguments, "patch")):
                    words = text_of(call.arguments, "patch")
                    self.refused.refused(one.path.rsplit("/", 1)[-1], words, call.place.evidence)
            case Result(call=Call() as call) if call.arguments.get("patch") and not step.is_error:
                fresh = call.call_id not in self.applied and step.rejected is None
                # `apply_patch` as a tool says when it failed; within a shell command only its exit tells.
                known = call.tool == PATCH_TOOL or step.structured.get("exit") == 0
                if fresh and known:
                    return self._patch(patch_of_text(text_of(call.arguments, "patch")), step, seq)
            case _:
                pass
        return False

    def ended(self, run: Run) -> None:
        """Take a command that ended."""
        for command in run.commands if run.ran else ():
            found = discarded(AGENT, command, run.call, run.result, states=self.states)
            if found is not None and len(self.rejected) < MAX_CHANGES:
                self.rejected.append(found)

    def finish(self, overrides: tuple[Override, ...]) -> tuple[RejectedPath, ...]:
        """Give the rejected paths in the order of the transcript."""
        found = [*refused_proposals(AGENT, overrides), *self.rejected]
        return tuple(sorted(found, key=lambda one: one.evidence[0].record))

    def _record(self, step: Notice, seq: int) -> bool:
        call_id = text_of(step.fields, "call_id")
        if call_id and len(self.applied) < MAX_CHANGES:
            self.applied.add(call_id)
        if step.fields.get("success") is not True:
            return False
        return self._patch(patch_of_record(step.fields), step, seq)

    def _patch(self, files: tuple[FilePatch, ...], step: Notice | Result, seq: int) -> bool:
        call_id = step.call_id if isinstance(step, Result) else text_of(step.fields, "call_id")
        call = self.calls.get(call_id)
        evidence = (*((call,) if call else ()), step.place.evidence)
        for one in files[: MAX_CHANGES - len(self.kept)]:
            self._change(one, step, evidence, seq)
            if one.op is ChangeOp.DELETE and self.states.deleted(one.path):
                self._left(RejectedPathKind.REVERSAL, one, step, (evidence[0], step.place.evidence))
            elif one.op is not ChangeOp.DELETE:
                self._retried(one, evidence[0])
                self.states.changed(one.path, evidence[0], created=one.op is ChangeOp.CREATE)
                self._reversal(one, step, evidence)
        return bool(files)

    def _retried(self, one: FilePatch, at: Evidence) -> None:
        """A patch names files relative to the folder it is applied in, its record by their whole path: names are compared."""
        for earlier in self.refused.made(one.path.rsplit("/", 1)[-1], ""):
            if earlier.record not in {path.evidence[0].record for path in self.rejected[-8:]}:
                self.rejected.append(retried(AGENT, one.path, PATCH_TOOL, (earlier, at)))

    def _rolled_back(self, step: Notice) -> None:
        """A person took turns back: what their first prompt began was left."""
        turns = step.fields.get("num_turns")
        if not isinstance(turns, int) or isinstance(turns, bool) or turns < 1 or not self.prompts:
            return
        first = self.prompts[-turns:][0]
        del self.prompts[-turns:]
        if len(self.rejected) < MAX_CHANGES:
            self.rejected.append(
                RejectedPath(
                    kind=RejectedPathKind.BRANCH,
                    tool=None,
                    target=None,
                    detail=first.text,
                    ts=step.place.ts,
                    evidence=(first.place.evidence, step.place.evidence),
                    rule=RULE_ROLLBACK,
                    basis=Basis.OBSERVED,
                )
            )

    def _change(self, one: FilePatch, step: Notice | Result, evidence: tuple[Evidence, ...], seq: int) -> None:
        room = min(MAX_LINES_PER_CHANGE, self.lines_left)
        added = tuple(map(line_fingerprint, one.added[:room]))
        removed = tuple(map(line_fingerprint, one.removed[: room - len(added)]))
        self.lines_left -= len(added) + len(removed)
        self.kept.append(
            Change(
                path=target(one.path),
                op=one.op,
                renamed_to=target(one.renamed_to) if one.renamed_to else None,
                added=added,
                removed=removed,
                complete=one.complete and len(one.added) + len(one.removed) <= room,
                user_modified=False,
                by_subagent=False,
                event=seq,
                ts=step.place.ts,
                evidence=evidence,
                rule=RULE_PATCH,
                basis=Basis.OBSERVED,
            )
        )

    def _reversal(self, one: FilePatch, step: Notice | Result, evidence: tuple[Evidence, ...]) -> None:
        """A patch of a file that puts in what an earlier one took out, and takes out what it put in."""
        if not any(line.strip() for line in one.removed) or one.added == one.removed:
            return
        before, after = _digest(one.removed), _digest(one.added)
        earlier = self.done.pop((one.path, after, before), None)
        if earlier is None:
            self.done[one.path, before, after] = evidence[0]
            if len(self.done) > MAX_CHANGES:
                del self.done[next(iter(self.done))]
            return
        self._left(RejectedPathKind.REVERSAL, one, step, (evidence[0], earlier))

    def _left(
        self, kind: RejectedPathKind, one: FilePatch, step: Notice | Result, evidence: tuple[Evidence, ...]
    ) -> None:
        if len(self.rejected) >= MAX_CHANGES:
            return
        self.rejected.append(
            RejectedPath(
                kind=kind,
                tool=PATCH_TOOL,
                target=target(one.path),
                detail=preview("\n".join(one.removed[:20])),
                ts=step.place.ts,
                evidence=evidence,
                rule=RULE_REVERSAL,
                basis=Basis.OBSERVED,
            )
        )


def _refused(step: Result) -> bool:
    return step.text.startswith(PATCH_REFUSED)


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
