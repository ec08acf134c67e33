"""Git's own lines on a new commit, in the output of a command. Shared by every reader."""

from __future__ import annotations

import re

from attest.capture.text import without_ansi

_SHELL_TEXT_CHARS = 65_536
_COMMITS = re.compile(r"\bgit\b[^\n;&|]*\b(commit|cherry-pick|revert|merge)\b")
_LINE = re.compile(
    r"^\[(?P<branch>[^\s\]]{1,255}|detached HEAD)(?: \(root-commit\))? (?P<oid>[0-9a-f]{7,64})\] ", re.MULTILINE
)


def commit_lines(command: str, output: str) -> list[re.Match[str]]:
    """Give the lines `[branch oid] …` with the groups `branch` and `oid`, only where the command makes commits."""
    if not _COMMITS.search(command):
        return []
    return list(_LINE.finditer(without_ansi(output[:_SHELL_TEXT_CHARS])))
