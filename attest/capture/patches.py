"""Patches as texts: the form `*** Begin Patch`, unified diffs, and Codex's record of what it applied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

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
_HUNK = re.compile(r"\A@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_NOWHERE = "/dev/null"


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
    renamed_to: str | None = None
    added: list[str] = member(default_factory=list)
    removed: list[str] = member(default_factory=list)

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
            found.append(_Lines(line.removeprefix(head).strip(), _HEADS[head]))
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
        one = _Lines(path, _OPS[text_of(told, "type")], maybe_text(told, "move_path"))
        match one.op:
            case ChangeOp.CREATE:
                one.added = text_of(told, "content").splitlines()
            case ChangeOp.DELETE:
                one.removed = text_of(told, "content").splitlines()
            case _:
                _diff_lines(text_of(told, "unified_diff"), one)
        found.append(one)
    return tuple(one.done() for one in found if one.path)


def patch_of_diff(text: str) -> tuple[FilePatch, ...]:
    """Give the files of a unified diff, at most `MAX_FILES`, with or without the lines that git puts before each file.

    Hunks are read by the counts in their heads, so a removed line that begins with `-- ` is no file header.
    """
    found: list[_Lines] = []
    old = ""
    left = [0, 0]
    for line in text.splitlines():
        if left[0] > 0 or left[1] > 0:
            _hunk_line(line, found[-1], left)
        elif line.startswith("--- "):
            old = _name(line[4:], "a/")
        elif line.startswith("+++ "):
            if len(found) == MAX_FILES:
                break
            found.append(_started(old, _name(line[4:], "b/")))
        elif found and (hunk := _HUNK.match(line)):
            left = [int(hunk[1] or "1"), int(hunk[2] or "1")]
    return tuple(one.done() for one in found if one.path and one.path != _NOWHERE)


def patch_of_any(text: str) -> tuple[FilePatch, ...]:
    """Give the files of a patch in either of the two text forms."""
    return patch_of_text(text) if "*** Begin Patch" in text[:4096] else patch_of_diff(text)


def lines_of_diff(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the lines that a diff of one file adds and removes, whatever stands ahead of its first hunk."""
    one = _Lines("-", ChangeOp.MODIFY)
    left = [0, 0]
    for line in text.splitlines():
        if left[0] > 0 or left[1] > 0:
            _hunk_line(line, one, left)
        elif hunk := _HUNK.match(line):
            left = [int(hunk[1] or "1"), int(hunk[2] or "1")]
    return tuple(one.added), tuple(one.removed)


def _started(old: str, new: str) -> _Lines:
    if old == _NOWHERE:
        return _Lines(new, ChangeOp.CREATE)
    if new == _NOWHERE:
        return _Lines(old, ChangeOp.DELETE)
    return _Lines(old, ChangeOp.MODIFY, new if old and new != old else None)


def _name(words: str, prefix: str) -> str:
    """Take the prefix and a time behind a tab off the name in a file header."""
    return words.split("\t", 1)[0].strip().removeprefix(prefix)


def _hunk_line(line: str, one: _Lines, left: list[int]) -> None:
    match line[:1]:
        case "+":
            one.added.append(line[1:])
            left[1] -= 1
        case "-":
            one.removed.append(line[1:])
            left[0] -= 1
        case "\\":
            pass
        case _:
            left[0] -= 1
            left[1] -= 1


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
