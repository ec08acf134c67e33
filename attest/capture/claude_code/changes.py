"""Changes of files, edits that put an earlier state back, and commands that throw work away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.claude_code.contents import contents_of
from attest.capture.claude_code.plans import is_plan_file
from attest.capture.file_states import FileStates, RefusedEdits
from attest.capture.records import items_of, text_of
from attest.capture.rejected_paths import discarded, refused_proposals, retried
from attest.capture.shell import split_command
from attest.capture.steps import Call, Result, Step
from attest.capture.text import preview, target
from attest.capture.tree_changes import changes_the_tree
from attest.model.basis import Basis, Evidence
from attest.model.changes import Change, ChangeOp
from attest.model.decisions import Override, RejectedPath, RejectedPathKind
from attest.model.fingerprint import line_fingerprint

RULE_EDIT = "claude-code/change.edit@1"
RULE_REVERSAL = "claude-code/rejected.reversal@2"
AGENT = "claude-code"
TOOL_ERROR = "<tool_use_error>"
"""How the result of a call begins that the agent's program refused to make."""
MAX_CHANGES = 20_000
MAX_LINES_PER_CHANGE = 4_000
MAX_LINES = 400_000
EDIT_TOOLS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


@dataclass(slots=True)
class Changes:
    """Collects changes, reversals and discards."""

    kept: list[Change] = member(default_factory=list)
    rejected: list[RejectedPath] = member(default_factory=list)
    lines_left: int = MAX_LINES
    done: dict[tuple[str, str, str], Evidence] = member(default_factory=dict)
    states: FileStates = member(default_factory=FileStates)
    refused: RefusedEdits = member(default_factory=RefusedEdits)

    def feed(self, step: Step, seq: int) -> bool:
        """Take one step; True where it changed a file that is not a plan of the agent's own, also by a command."""
        if not isinstance(step, Result) or step.call is None or step.rejected is not None:
            return False
        if step.call.tool == "Bash" and not step.text.startswith(TOOL_ERROR):
            self._discard(step, step.call)
            commands = split_command(text_of(step.call.arguments, "command"))
            return any(changes_the_tree(one, self.states.worktree) for one in commands)
        if step.call.tool not in EDIT_TOOLS:
            return False
        if not step.is_error:
            return self._edit(step, step.call, seq)
        if step.text.startswith(TOOL_ERROR):
            self.refused.refused(_path_of(step.call), _words_of(step.call), step.call.place.evidence)
        return False

    def finish(self, overrides: tuple[Override, ...], branches: list[RejectedPath]) -> tuple[RejectedPath, ...]:
        """Give the rejected paths in the order of the transcript."""
        proposals = refused_proposals(AGENT, overrides)
        return tuple(sorted([*proposals, *self.rejected, *branches], key=lambda one: one.evidence[0].record))

    def _edit(self, step: Result, call: Call, seq: int) -> bool:
        path = _path_of(call)
        if not path or len(self.kept) >= MAX_CHANGES:
            return False
        added, removed, complete = self._lines(step, call)
        created = step.structured.get("type") == "create" or step.text.startswith("File created successfully")
        self.kept.append(
            Change(
                path=target(path),
                op=ChangeOp.CREATE if created else ChangeOp.MODIFY,
                renamed_to=None,
                added=added,
                removed=removed,
                complete=complete,
                user_modified=step.structured.get("userModified") is True,
                by_subagent=step.place.sidechain,
                event=seq,
                ts=step.place.ts,
                evidence=(call.place.evidence, step.place.evidence),
                rule=RULE_EDIT,
                basis=Basis.OBSERVED,
            )
        )
        if is_plan_file(path):
            return False
        self.states.changed(path, call.place.evidence, created=created)
        for earlier in self.refused.made(path, _words_of(call)):
            self.rejected.append(retried(AGENT, path, call.tool, (earlier, call.place.evidence)))
        self._reversal(step, call, path)
        return True

    def _lines(self, step: Result, call: Call) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        added: list[str] = []
        removed: list[str] = []
        hunks = [hunk for hunk in items_of(step.structured, "structuredPatch") if isinstance(hunk, dict)]
        for line in (line for hunk in hunks for line in items_of(hunk, "lines") if isinstance(line, str)):
            (added if line[:1] == "+" else removed if line[:1] == "-" else []).append(line[1:])
        if not hunks:
            added = (text_of(call.arguments, "content") or text_of(call.arguments, "new_string")).splitlines()
            removed = text_of(call.arguments, "old_string").splitlines()
            for edit in items_of(call.arguments, "edits"):
                if isinstance(edit, dict):
                    added += text_of(edit, "new_string").splitlines()
                    removed += text_of(edit, "old_string").splitlines()
        room = min(MAX_LINES_PER_CHANGE, self.lines_left)
        complete = len(added) + len(removed) <= room
        kept_added = tuple(map(line_fingerprint, added[:room]))
        kept_removed = tuple(map(line_fingerprint, removed[: room - len(kept_added)]))
        self.lines_left -= len(kept_added) + len(kept_removed)
        return kept_added, kept_removed, complete

    def _reversal(self, step: Result, call: Call, path: str) -> None:
        """An edit that gives the file a content it had before, or puts back just what an earlier edit replaced."""
        whole = contents_of(step, call)
        earlier = self.states.undone(path, *whole, call.place.evidence) if whole is not None else None
        pair = self._pair(call, path)
        earlier = earlier or pair
        if earlier is None or len(self.rejected) >= MAX_CHANGES:
            return
        self.rejected.append(
            RejectedPath(
                kind=RejectedPathKind.REVERSAL,
                tool=call.tool,
                target=target(path),
                detail=preview(text_of(call.arguments, "old_string")),
                ts=step.place.ts,
                evidence=(call.place.evidence, earlier),
                rule=RULE_REVERSAL,
                basis=Basis.OBSERVED,
            )
        )

    def _pair(self, call: Call, path: str) -> Evidence | None:
        """Give the earlier edit whose texts this one has the other way round."""
        old, new = text_of(call.arguments, "old_string"), text_of(call.arguments, "new_string")
        if call.tool != "Edit" or not old.strip() or old == new:
            return None
        before, after = line_fingerprint(old), line_fingerprint(new)
        earlier = self.done.pop((path, after, before), None)
        if earlier is None:
            self.done[path, before, after] = call.place.evidence
            if len(self.done) > MAX_CHANGES:
                del self.done[next(iter(self.done))]
        return earlier

    def _discard(self, step: Result, call: Call) -> None:
        found = discarded(AGENT, text_of(call.arguments, "command"), call, step, states=self.states)
        if found is not None and len(self.rejected) < MAX_CHANGES:
            self.rejected.append(found)


def _path_of(call: Call) -> str:
    return text_of(call.arguments, "file_path") or text_of(call.arguments, "notebook_path")


def _words_of(call: Call) -> str:
    """Give everything an edit says, so that the same edit once more is known."""
    return json.dumps(call.arguments, sort_keys=True, default=str)
