"""Which commands throw work away that version control knows of. Shared by every reader."""

from __future__ import annotations

import re
from collections.abc import Callable

from attest.capture.file_states import FileStates
from attest.capture.shell import SimpleCommand

_UPDATED = re.compile(r"^Updated [1-9]\d* paths? from ", re.MULTILINE)
_OTHER_SYSTEMS = {"hg": (["revert"],), "svn": (["revert"],), "jj": (["restore"], ["abandon"], ["undo"])}
_WITH_VALUE = ("-C", "-c", "--git-dir", "--work-tree")


def discards(command: SimpleCommand, states: FileStates | None = None, output: str = "") -> bool:
    """Tell whether a command throws work away.

    `states` and `output` tell `git checkout NAME` of a file from that of a branch.
    """
    words = list(command.argv)
    tool = words[0].rsplit("/", 1)[-1] if words else ""
    if tool in _OTHER_SYSTEMS:
        return words[1:2] in _OTHER_SYSTEMS[tool]
    if tool != "git":
        return False
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _WITH_VALUE else rest[1:]
    if rest[:1] == ["checkout"]:
        return _checkout(rest[1:], states or FileStates(), output)
    rule = _RULES.get(rest[0]) if rest else None
    return rule is not None and rule(rest[1:])


def _restore(arguments: list[str]) -> bool:
    if {"--ours", "--theirs", "-2", "-3"} & set(arguments):
        return False
    staged = any(re.fullmatch(r"--staged|-[a-zA-Z]*S[a-zA-Z]*", word) for word in arguments)
    return not staged or any(re.fullmatch(r"--worktree|-[a-zA-Z]*W[a-zA-Z]*", word) for word in arguments)


def _clean(arguments: list[str]) -> bool:
    forced = any(re.match(r"-[a-zA-Z]*f|--force", word) for word in arguments)
    return forced and not any(re.match(r"-[a-zA-Z]*n|--dry-run", word) for word in arguments)


_RULES: dict[str, Callable[[list[str]], bool]] = {
    "restore": _restore,
    "clean": _clean,
    "switch": lambda arguments: bool({"-f", "--force", "--discard-changes"} & set(arguments)),
    "reset": lambda arguments: bool({"--hard", "--merge"} & set(arguments)),
    "revert": lambda arguments: not {"--abort", "--continue", "--quit", "--skip"} & set(arguments),
    "stash": lambda arguments: arguments[:1] in (["drop"], ["clear"]),
}


def _checkout(arguments: list[str], states: FileStates, output: str) -> bool:
    """Tell a checkout of paths, which throws changes away, from one of a branch, which does not."""
    if {"-b", "-B", "--orphan", "-t", "--track", "--detach", "-d"} & set(arguments):
        return False
    if {"--ours", "--theirs", "-2", "-3"} & set(arguments):
        return False  # a side of a conflict is chosen: that settles a merge
    if {"-f", "--force", "-p", "--patch"} & set(arguments):
        return True
    if "--" in arguments:
        return arguments[-1] != "--"
    plain = [word for word in arguments if not word.startswith("-")]
    if len(plain) != 1:
        return len(plain) > 1
    return plain == ["."] or _UPDATED.search(output) is not None or states.is_edited(plain[0])
