"""Merge conflicts that the session settled: markers taken out by an edit, a side taken whole, a merge told to go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import items_of, text_of
from attest.capture.steps import Call, Result
from attest.capture.text import preview, target
from attest.capture.tool_changes import files_of
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Basis
from attest.model.course import MergeHow, MergeResolution

MAX_MERGES = 1_000
_CONFLICT = re.compile(
    r"^<{7}[^\n]*\n(?P<ours>.*?)(?:^\|{7}[^\n]*\n.*?)?^={7}[^\n]*\n(?P<theirs>.*?)^>{7}", re.MULTILINE | re.DOTALL
)
_MARKER = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_GOES_ON = frozenset({"merge", "rebase", "cherry-pick", "revert", "am"})
MAX_EDIT_CHARS = 262_144


@dataclass(slots=True)
class Conflicts:
    """Collects resolutions."""

    agent: str
    """The beginning of the rules' names."""
    kept: list[MergeResolution] = member(default_factory=list)
    full: bool = False

    def edited(self, call: Call, result: Result) -> None:
        """Take an edit that was made."""
        for path, old, new in _pairs(call, result):
            if _MARKER.search(old[:MAX_EDIT_CHARS]) and not _MARKER.search(new[:MAX_EDIT_CHARS]):
                self._keep(path, how_settled(old[:MAX_EDIT_CHARS], new[:MAX_EDIT_CHARS]), "", (result, call))

    def ran(self, argv: tuple[str, ...], result: Result, call: Call) -> None:
        """Take a command that was run; one whose line failed settled nothing for sure."""
        if result.is_error or argv[:1] != ("git",):
            return
        words = git_words(argv)
        name, rest = words[:1], words[1:]
        shown = preview(" ".join(argv))
        if name in (("checkout",), ("restore",)) and {"--ours", "--theirs"} & set(rest):
            how = MergeHow.OURS if "--ours" in rest else MergeHow.THEIRS
            for path in [word for word in rest if not word.startswith("-")] or [""]:
                self._keep(path, how, shown, (result, call))
        elif name and name[0] in _GOES_ON and "--continue" in rest:
            self._keep("", MergeHow.CONTINUED, shown, (result, call))
        elif name and name[0] in ("merge", "rebase", "cherry-pick", "pull") and (side := _whole_side(rest)):
            self._keep("", side, shown, (result, call))

    def _keep(self, path: str, how: MergeHow, detail: str, steps: tuple[Result, Call]) -> None:
        if len(self.kept) >= MAX_MERGES:
            self.full = True
            return
        result, call = steps
        self.kept.append(
            MergeResolution(
                path=target(path) or None,
                how=how,
                detail=detail,
                event=call.seq,
                ts=result.place.ts,
                evidence=(call.place.evidence, result.place.evidence),
                rule=f"{self.agent}/merge.{'command' if detail else 'markers'}@1",
                basis=Basis.INFERRED if detail else Basis.OBSERVED,
            )
        )


def how_settled(old: str, new: str) -> MergeHow:
    """Tell which side of the conflicts in `old` an edit kept in `new`: one, both, or neither as it was."""
    pairs = [(one["ours"].strip(), one["theirs"].strip()) for one in _CONFLICT.finditer(old)]
    if not pairs:
        return MergeHow.REWRITTEN
    rest = " ".join(_CONFLICT.sub("\n", old + "\n").split())
    has_ours, has_theirs = (all(side in new for side in sides) for sides in zip(*pairs, strict=True))
    length = len(" ".join(new.split()))
    for how, sides, found in (
        (MergeHow.BOTH, [side for pair in pairs for side in pair], has_ours and has_theirs),
        (MergeHow.OURS, [ours for ours, _ in pairs], has_ours),
        (MergeHow.THEIRS, [theirs for _, theirs in pairs], has_theirs),
    ):
        kept = sum(len(" ".join(side.split())) for side in sides)
        # Slack for the blanks between the pieces and the rest of a marker's line.
        if found and length <= kept + len(rest) + 4 * len(pairs) + 4:
            return how
    return MergeHow.REWRITTEN


def git_words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words of a git command from its subcommand on."""
    rest = list(argv[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-C", "-c", "--git-dir", "--work-tree") else rest[1:]
    return tuple(rest)


def _whole_side(words: tuple[str, ...]) -> MergeHow | None:
    joined = " ".join(words)
    if re.search(r"(?:-X ?|--strategy-option[= ])theirs\b", joined):
        return MergeHow.THEIRS
    if re.search(r"(?:-X ?|--strategy-option[= ]|-s ?|--strategy[= ])ours\b", joined):
        return MergeHow.OURS
    return None


def _pairs(call: Call, result: Result) -> list[tuple[str, str, str]]:
    """Give (path, old text, new text) of every replacement of an edit."""
    arguments = call.arguments
    path = text_of(arguments, "file_path")
    if call.kind is ToolKind.EDIT:
        edits = [arguments, *(one for one in items_of(arguments, "edits") if isinstance(one, dict))]
        return [(path, text_of(one, "old_string"), text_of(one, "new_string")) for one in edits[:64]]
    if call.kind is ToolKind.PATCH:
        return [(one.path, "\n".join(one.removed), "\n".join(one.added)) for one in files_of(call, result)]
    return []
