"""The lines that a transcript's edits wrote, whatever agent wrote it: quick, for checking links by content.

Only the arguments of tools are looked at, told by the names that agents give paths and texts, so that what a session
read or was told does not count as written. It is not a reader: it derives nothing that is signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from attest.model.explain import TELLING_CHARS
from attest.model.fingerprint import line_fingerprint
from attest.model.overlap import SessionEdits

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
MAX_FINGERPRINTS: Final = 2_000_000
MAX_DEPTH: Final = 24
PATHS: Final = (
    "file_path", "filePath", "path", "absolute_path", "target_file", "notebook_path", "filename", "file", "relative_path",
    "relativePath", "TargetFile", "AbsolutePath",
)  # fmt: skip
TEXTS: Final = frozenset({
    "content", "new_string", "newString", "new_str", "newStr", "file_text", "insert_text", "text", "new_source", "code",
    "contents", "replacement", "code_edit", "replace", "new_content", "newText", "CodeContent", "ReplacementContent",
})  # fmt: skip
COMMANDS: Final = frozenset(
    {"command", "cmd", "input", "patch", "patchText", "patch_text", "diff", "script", "arguments"}
)
_ARGUMENTS: Final = (
    "input", "arguments", "args", "parameters", "toolRequests", "toolCalls", "tool_calls", "function", "state", "rawInput",
    "tool_input", "function_args",
)  # fmt: skip
_CALL: Final = re.compile(
    rb'"(?:tool_use|function_call|custom_tool_call|toolCalls|toolRequests|tool_calls|tool|functionCall|tool_input'
    rb'|tool_call|function_args|rawInput|patch_apply_begin|toolName)"'
)
_TIME: Final = re.compile(rb'"(?:timestamp|ts|time|startTime)"\s*:\s*"([0-9T:.Z+-]{19,35})"')
_PATCH_FILE: Final = re.compile(r"\*\*\* (?:Add|Update) File: (.+)|\+\+\+ (?:b/)?(\S.*)")
_MOVED: Final = re.compile(r"\*\*\* Move to: (.+)")


def edit_lines(data: bytes) -> SessionEdits:
    """Give the lines that the tool calls of a transcript wrote, by path. Total: what does not parse gives nothing."""
    run = _Collector()
    lines = data.split(b"\n")
    for line in lines:
        if len(line) <= MAX_LINE_BYTES and _CALL.search(line):
            run.record(line)
    if not run.read_any and data[:1] in b"{[" and len(data) <= MAX_LINE_BYTES * 4 and _CALL.search(data):
        run.record(data)  # one document, such as a chat of Gemini CLI
    times = [time for line in (*lines[:64], *lines[-64:]) for time in map(_moment, _TIME.findall(line)) if time]
    return SessionEdits(
        by_path={path: frozenset(marks) for path, marks in run.by_path.items()},
        elsewhere=frozenset(run.elsewhere),
        first=min(times, default=None),
        last=max(times, default=None),
        cut=run.left <= 0,
    )


def _moment(text: bytes) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.decode("ascii"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Collector:
    """Fingerprints so far."""

    def __init__(self) -> None:
        self.by_path: dict[str, set[str]] = {}
        self.elsewhere: set[str] = set()
        self.left = MAX_FINGERPRINTS
        self.read_any = False

    def record(self, line: bytes) -> None:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return
        self.read_any = True
        for arguments in _calls(value, MAX_DEPTH):
            self.call(arguments, None, 6)

    def call(self, value: object, path: str | None, depth: int) -> None:
        """Take what one call's arguments write; `path` is the file that an outer object named."""
        if depth <= 0 or self.left <= 0:
            return
        if isinstance(value, str):
            self.text(value, path)
        elif isinstance(value, Mapping):
            self.members(value, path, depth)
        elif isinstance(value, list):
            for inner in value:
                if not isinstance(inner, str) or path is None:
                    self.call(inner, path, depth - 1)

    def members(self, value: Mapping[str, object], path: str | None, depth: int) -> None:
        """Take the members of an object: texts belong to the file that it, or an outer one, names."""
        named = (found for name in PATHS if isinstance(found := value.get(name), str) and found)
        path = next(named, path)
        for name, inner in value.items():
            if isinstance(inner, str):
                if name in TEXTS or name in COMMANDS:
                    self.text(inner, path if name in TEXTS else None)
            elif name in TEXTS or isinstance(inner, Mapping | list):
                self.call(inner, path, depth - 1)

    def text(self, text: str, path: str | None) -> None:
        if path is None and text[:1] == "{" and '"' in text[:200]:
            try:
                self.call(json.loads(text), None, 5)
            except (ValueError, RecursionError):
                pass
            else:
                return
        if path is None and ("*** " in text or "+++ " in text):
            self.patch(text)
            return
        self.lines(text.split("\n"), path)

    def patch(self, text: str) -> None:
        """Take the added lines of a patch, in either of the two forms that agents write."""
        path: str | None = None
        if "\\n" in text:
            # A program that applies a patch holds it as a string literal; what reads wrong matches no commit.
            text = text.replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t").replace("\\\\", "\\")
        for line in text.split("\n"):
            head = _PATCH_FILE.match(line) or _MOVED.match(line)
            if head:
                path = next((group for group in head.groups() if group), path)
            elif line.startswith("+"):
                self.lines([line[1:]], path)

    def lines(self, lines: Iterable[str], path: str | None) -> None:
        keep = self.elsewhere if path is None else self.by_path.setdefault(path, set())
        for line in lines:
            if len(line.strip()) >= TELLING_CHARS and self.left > 0:
                keep.add(line_fingerprint(line))
                self.left -= 1


def _calls(value: object, depth: int) -> Iterator[object]:
    """Find the arguments of tool calls anywhere in a record."""
    if depth <= 0:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _calls(inner, depth - 1)
    elif isinstance(value, Mapping):
        named = any(
            isinstance(value.get(name), str) for name in ("name", "tool", "toolName", "tool_name", "function_name")
        )
        for name, inner in value.items():
            if named and name in _ARGUMENTS and isinstance(inner, str | Mapping):
                yield inner
            elif isinstance(inner, Mapping | list):
                yield from _calls(inner, depth - 1)
