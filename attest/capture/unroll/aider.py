"""A chat history of Aider as lines: one for each start, prompt, line of the program, and text of the agent.

Aider ends each line that it or a person wrote with two blanks, and puts `#### ` before a person's and `> ` before its
own; everything else is the agent's. Files whose trailing blanks were stripped are told by the marks alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attest.capture.aider.sniff import FORMAT
from attest.capture.aider.sniff import looks_like_history as looks_like
from attest.capture.unroll.document import MAX_DOCUMENT_BYTES, header_line, line_of
from attest.errors import InvalidInput

__all__ = ["FORMAT", "looks_like", "unroll"]

_START = re.compile(r"\A# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*\Z")
_USER, _TOOL = "#### ", "> "


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the header, then the records; `line` counts lines of the file from 1. Bytes that are no UTF-8 are replaced.

    Raises:
        InvalidInput: `input.too-large`.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_DOCUMENT_BYTES} bytes", got=str(len(data)))
    yield header_line(FORMAT, {})
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    for record in _Records(text.split("\n")).all():
        yield line_of(record)


class _Records:
    """Walks the lines and gathers those that belong together."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._marked = any(line.startswith(_USER) and line.endswith("  ") for line in lines)

    def all(self) -> Iterator[dict[str, Any]]:
        kind, first, held = "", 0, list[str]()
        for number, line in enumerate(self._lines):
            found = self._kind(number, line, kind)
            if found == kind and kind in ("user", "assistant", "tool+"):
                held.append(line)
                continue
            if found == "tool+":  # the rest of a message of several lines: only its first is marked
                held.append(line)
                continue
            yield from _record(kind, first, held)
            kind, first, held = found, number, [line]
        yield from _record(kind, first, held)

    def _kind(self, number: int, line: str, before: str) -> str:
        after_blank = number == 0 or not self._lines[number - 1].strip()
        if _START.match(line):
            return "session"
        if line.startswith(_USER.rstrip()) and (after_blank or before == "user") and self._ends(line, _USER):
            return "user"
        if line.startswith(_TOOL.rstrip()) and self._ends(line, _TOOL):
            return "tool"
        if before in ("tool", "tool+") and not after_blank and line.strip():
            return "tool+"
        return "assistant"

    def _ends(self, line: str, mark: str) -> bool:
        return (line.endswith("  ") or not self._marked) and (line.startswith(mark) or line.strip() == mark.strip())


def _record(kind: str, first: int, lines: list[str]) -> Iterator[dict[str, Any]]:
    if kind == "session":
        found = _START.match(lines[0])
        yield {"type": kind, "line": first + 1, "started": found[1] if found else ""}
        return
    mark = {"user": _USER, "tool": _TOOL}.get(kind, "")
    text = "\n".join(line.removeprefix(mark).removeprefix(mark.rstrip() or "\0") for line in lines)
    text = "\n".join(line.rstrip() for line in text.split("\n")) if mark else text
    if text.strip():
        yield {"type": kind, "line": first + 1, "text": text.strip("\n")}
