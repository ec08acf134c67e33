"""Patches of Codex: its own text form (`*** Begin Patch`), and the record of what was applied."""

from __future__ import annotations

from dataclasses import dataclass

from attest.capture.lines import Fields
from attest.capture.records import field, maybe_text, text_of
from attest.model.changes import ChangeOp

MAX_FILES = 1_000
_HEADS = {
    "*** Add File: ": ChangeOp.CREATE,
    "*** Update File: ": ChangeOp.MODIFY,
    "*** Delete File: ": ChangeOp.DELETE,
}
_MOVE = "*** Move to: "
_OPS = {"add": ChangeOp.CREATE, "update": ChangeOp.MODIFY, "delete": ChangeOp.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    """What a patch does to one file."""

    path: str
    op: ChangeOp
    renamed_to: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    complete: bool
    """False where the lines are not known, as of a deleted file."""


@dataclass(slots=True)
class _Lines:
    path: str
    op: ChangeOp
    renamed_to: str | None
    added: list[str]
    removed: list[str]

    def done(self) -> FilePatch:
        return FilePatch(
            path=self.path,
            op=ChangeOp.RENAME if self.renamed_to else self.op,
            renamed_to=self.renamed_to,
            added=tuple(self.added),
            removed=tuple(self.removed),
            complete=self.op is not ChangeOp.DELETE,
        )


def patch_of_text(text: str) -> tuple[FilePatch, ...]:
    """Give the files of a patch as the agent wrote it, at most `MAX_FILES`. Lines that fit no form are passed over."""
    found: list[_Lines] = []
    for line in text.splitlines():
        head = next((head for head in _HEADS if line.startswith(head)), None)
        if head is not None:
            if len(found) == MAX_FILES:
                break
            found.append(_Lines(line.removeprefix(head).strip(), _HEADS[head], None, [], []))
        elif not found or line.startswith("*** End"):
            continue
        elif line.startswith(_MOVE):
            found[-1].renamed_to = line.removeprefix(_MOVE).strip()
        elif line.startswith("+"):
            found[-1].added.append(line[1:])
        elif line.startswith("-"):
            found[-1].removed.append(line[1:])
    return tuple(one.done() for one in found if one.path)


def patch_of_record(fields: Fields) -> tuple[FilePatch, ...]:
    """Give the files of a `patch_apply_end` record, at most `MAX_FILES`."""
    found: list[_Lines] = []
    for path, told in list(field(fields, "changes").items())[:MAX_FILES]:
        if not isinstance(told, dict) or text_of(told, "type") not in _OPS:
            continue
        one = _Lines(path, _OPS[text_of(told, "type")], maybe_text(told, "move_path"), [], [])
        match one.op:
            case ChangeOp.CREATE:
                one.added = text_of(told, "content").splitlines()
            case ChangeOp.DELETE:
                one.removed = text_of(told, "content").splitlines()
            case _:
                _diff_lines(text_of(told, "unified_diff"), one)
        found.append(one)
    return tuple(one.done() for one in found if one.path)


def _diff_lines(diff: str, one: _Lines) -> None:
    """A unified diff without file headers, as Codex writes it; lines of a header ahead of the first hunk do not count."""
    inside = False
    for line in diff.splitlines():
        if line.startswith("@@"):
            inside = True
        elif inside and line.startswith("+"):
            one.added.append(line[1:])
        elif inside and line.startswith("-"):
            one.removed.append(line[1:])
