"""Changes of files by tools, changes that put an earlier state back, and commands that throw work away, by `Call.kind`.

A diff that the agent's program recorded with the result counts before the arguments of the call: it is what was done.
So does the patch that a program takes at the very end (`Notice(kind="final-patch")`): all that came of the session, no
further edit, so no check goes stale by it. A record that only names lines (`Notice(kind="attributed-lines")`) is a report.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.file_states import FileStates, RefusedEdits
from attest.capture.line_prints import LinePrints
from attest.capture.patches import FilePatch, lines_of_diff, patch_of_any
from attest.capture.records import items_of, text_of
from attest.capture.rejected_paths import discarded, retried
from attest.capture.shell import split_command
from attest.capture.steps import Abandoned, Call, Notice, Result, Step
from attest.capture.text import preview, target
from attest.capture.tool_arguments import commands_of, did_run
from attest.capture.tool_kinds import EDITS, ToolKind
from attest.capture.tree_changes import changes_the_tree
from attest.model.basis import Basis, Evidence
from attest.model.changes import Change, ChangeOp
from attest.model.decisions import RejectedPath, RejectedPathKind

MAX_CHANGES = 20_000


@dataclass(slots=True)
class ToolChanges:
    """Collects changes, reversals, discards and abandoned branches."""

    agent: str
    """The beginning of the rules' names."""
    results: bool
    """False where the format holds no results: then the call counts, as `reported`."""
    kept: list[Change] = member(default_factory=list)
    rejected: list[RejectedPath] = member(default_factory=list)
    prints: LinePrints = member(default_factory=LinePrints)
    done: OrderedDict[tuple[str, str, str], Evidence] = member(default_factory=OrderedDict)
    states: FileStates = member(default_factory=FileStates)
    refused: RefusedEdits = member(default_factory=RefusedEdits)
    full: bool = False
    """True once a limit was reached."""

    def feed(self, step: Step, seq: int) -> bool:
        """Take one step; True where it changed a file, also by a command."""
        match step:
            case Call() if not self.results:
                return self._call(step, None, seq)
            case Result(call=Call(kind=ToolKind.SHELL) as call, rejected=None) if self.results:
                return did_run(step) and self._command(call, step)
            case Result(call=Call() as call, rejected=None) if self.results and not step.is_error:
                return self._call(call, step, seq)
            case Result(call=Call() as call, rejected=None) if self.results and call.kind in EDITS:
                # It was refused by the tool: made in another form later, it is a way that was left.
                for one in files_of(call):
                    self.refused.refused(one.path, _words_of(one), call.place.evidence)
            case Abandoned():
                self._reject(_branch(self.agent, step))
            case Notice(kind="final-patch"):
                for one in patch_of_any(text_of(step.fields, "patch")):
                    self._keep(one, step, seq, rule="final-patch", evidence=(step.place.evidence,))
            case Notice(kind="attributed-lines") if step.fields.get("path"):
                one = _named(text_of(step.fields, "path"))
                self._keep(one, step, seq, rule="attributed-lines", evidence=(step.place.evidence,))
            case _:
                pass
        return False

    def _call(self, call: Call, result: Result | None, seq: int) -> bool:
        if call.kind not in EDITS:
            return False
        files = files_of(call, result)
        for one in files:
            self._change(one, call, result, seq)
            self._follow(one, call, result)
        return bool(files)

    def _follow(self, one: FilePatch, call: Call, result: Result | None) -> None:
        """What the change says of earlier ones: a refused form of it, a state that it puts back, a file taken away."""
        here = call.place.evidence
        for earlier in self.refused.made(one.path, _words_of(one)):
            self._reject(retried(self.agent, one.path, call.tool[:128], (earlier, here)))
        if one.op is ChangeOp.DELETE:
            self.states.deleted(one.path)
        else:
            self.states.changed(one.path, here, created=one.op is ChangeOp.CREATE)
        self._reversal(one, call, result)

    def _change(self, one: FilePatch, call: Call, result: Result | None, seq: int) -> None:
        self._keep(one, result or call, seq, rule=call.kind.value, evidence=_evidence(call, result))

    def _keep(
        self, one: FilePatch, step: Call | Result | Notice, seq: int, *, rule: str, evidence: tuple[Evidence, ...]
    ) -> None:
        if len(self.kept) >= MAX_CHANGES:
            self.full = True
            return
        lines = self.prints.take(one.added, one.removed)
        self.kept.append(
            Change(
                path=target(one.path),
                op=one.op,
                renamed_to=target(one.renamed_to) if one.renamed_to else None,
                added=lines.added,
                removed=lines.removed,
                complete=one.complete and lines.complete,
                user_modified=isinstance(step, Result) and step.structured.get("userModified") is True,
                by_subagent=step.place.sidechain,
                event=seq,
                ts=step.place.ts,
                evidence=evidence,
                rule=f"{self.agent}/change.{rule}@1",
                basis=Basis.REPORTED if rule == "attributed-lines" or isinstance(step, Call) else Basis.OBSERVED,
            )
        )

    def _reversal(self, one: FilePatch, call: Call, result: Result | None) -> None:
        """A change of a file that puts in what an earlier one took out, and takes out what it put in."""
        if not any(line.strip() for line in one.removed) or one.added == one.removed:
            return
        before, after = _digest(one.removed), _digest(one.added)
        earlier = self.done.pop((one.path, after, before), None)
        if earlier is None:
            self.done[one.path, before, after] = call.place.evidence
            if len(self.done) > MAX_CHANGES:
                self.done.popitem(last=False)
            return
        self._reject(
            RejectedPath(
                kind=RejectedPathKind.REVERSAL,
                tool=call.tool[:128],
                target=target(one.path),
                detail=preview("\n".join(one.removed[:20])),
                ts=(result or call).place.ts,
                evidence=(call.place.evidence, earlier),
                rule=f"{self.agent}/rejected.reversal@1",
                basis=Basis.OBSERVED if result is not None else Basis.REPORTED,
            )
        )

    def _command(self, call: Call, result: Result) -> bool:
        changed = False
        for command in commands_of(call):
            found = discarded(self.agent, command, call, result, states=self.states)
            if found is not None:
                self._reject(found)
            changed |= any(changes_the_tree(one, self.states.worktree) for one in split_command(command))
        return changed

    def _reject(self, found: RejectedPath) -> None:
        if len(self.rejected) < MAX_CHANGES:
            self.rejected.append(found)
        else:
            self.full = True


def files_of(call: Call, result: Result | None = None) -> tuple[FilePatch, ...]:
    """Give what a call of one of the kinds `EDITS` does to each file; nothing where the call names none."""
    arguments = call.arguments
    if call.kind is ToolKind.PATCH:
        return patch_of_any(text_of(arguments, "patch"))
    path = text_of(arguments, "file_path")
    if not path or call.kind not in EDITS:
        return ()
    told = result.structured if result is not None else {}
    diff, created = text_of(told, "diff"), told.get("created") is True
    added, removed = lines_of_diff(diff) if diff else _argument_lines(call)
    exact = call.kind is ToolKind.EDIT and "content" not in arguments and arguments.get("replace_all") is not True
    known = bool(diff) or created or (exact and bool(added or removed))
    op = ChangeOp.DELETE if call.kind is ToolKind.DELETE else ChangeOp.CREATE if created else ChangeOp.MODIFY
    return (FilePatch(path=path, op=op, renamed_to=None, added=added, removed=removed, complete=known),)


def _argument_lines(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    arguments = call.arguments
    if call.kind is ToolKind.DELETE:
        return (), ()
    if call.kind is ToolKind.WRITE or "content" in arguments:
        return tuple(text_of(arguments, "content").splitlines()), ()
    edits = [edit for edit in items_of(arguments, "edits") if isinstance(edit, dict)] or [arguments]
    added = tuple(line for edit in edits for line in text_of(edit, "new_string").splitlines())
    removed = tuple(line for edit in edits for line in text_of(edit, "old_string").splitlines())
    return added, removed


def _named(path: str) -> FilePatch:
    """A file that lines of are said to be an agent's: which lines were added is not told."""
    return FilePatch(path=path, op=ChangeOp.MODIFY, renamed_to=None, added=(), removed=(), complete=False)


def _branch(agent: str, step: Abandoned) -> RejectedPath:
    return RejectedPath(
        kind=step.kind,
        tool=None,
        target=None,
        detail=preview(step.text),
        ts=step.place.ts,
        evidence=(step.first, step.place.evidence),
        rule=f"{agent}/rejected.{step.kind.value}@1",
        basis=Basis.OBSERVED,
    )


def _words_of(one: FilePatch) -> str:
    return "\0".join(one.added)


def _evidence(call: Call, result: Result | None) -> tuple[Evidence, ...]:
    return (call.place.evidence, *((result.place.evidence,) if result is not None else ()))


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
