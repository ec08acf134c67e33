"""Which paths an archive may hold: such as mean the same file on every system, and lie below the bag's own folder."""

from __future__ import annotations

import re
from typing import Final

BASE: Final = "whereof-evidence/"
MAX_PATH_BYTES: Final = 100
"""All of ustar's first name field; the second one is not used."""
MAX_SEGMENTS: Final = 8
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.ASCII)
_UPPER: Final = frozenset({"VERIFY.md"})


def path_fault(path: str) -> str:
    """Say what is wrong with a path of an archive; empty where nothing is."""
    if len(path) > MAX_PATH_BYTES:
        return f"the path is longer than {MAX_PATH_BYTES} bytes"
    if not path.startswith(BASE):
        return f"the path is not below {BASE}"
    inside = path[len(BASE) :]
    if inside in _UPPER:
        return ""
    segments = inside.split("/")
    if len(segments) > MAX_SEGMENTS:
        return "the path has too many segments"
    for segment in segments:
        if segment in {"", ".", ".."}:
            return "the path is not plain: it has an empty segment, . or .."
        if _RESERVED.fullmatch(segment.lower()):
            return "the path holds a name that is reserved on some systems"
        if not _SEGMENT.fullmatch(segment) or segment.endswith("."):
            return "the path holds characters other than a-z 0-9 . _ -"
    return ""


def require_path(path: str) -> None:
    """Raise `ValueError` for a path that no archive may hold."""
    if fault := path_fault(path):
        raise ValueError(fault)
