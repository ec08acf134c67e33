"""Spool OTLP exports that arrive at the service: by conversation, so that a session can be recorded from each file.

1. take the export apart into spans and log records; those that are of no agent are turned away, with the reason
2. name each one's conversation: by itself, or by its trace where an earlier one of the trace named it
3. append it, with its resource and scope, as an export of one line to the file of the conversation, or of the trace
4. once a trace's conversation is known, what was spooled for the trace goes to the conversation's file

The files hold unredacted words: mode 0600 in a folder of 0700, until a recording redacts them. Nothing is answered as
accepted before it is on disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as member
from pathlib import Path
from typing import Final

from attest.capture.lines import Fields
from attest.capture.otlp.exports import Exports, Item, name_conversations
from attest.capture.records import text_of
from attest.capture.unroll.document import line_of
from attest.errors import InvalidInput

FOLDER: Final = "otlp"
"""Below `$WHEREOF_HOME`."""
MAX_FILE_BYTES: Final = 512 * 1024 * 1024
"""Of one conversation."""
MAX_SPOOL_BYTES: Final = 4 * 1024 * 1024 * 1024
MAX_TRACES: Final = 50_000
"""Traces whose conversation is remembered; the oldest is forgotten first."""
_PLAIN_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{3,95}")
_OF_AGENTS: Final = ("gen_ai.", "mcp.", "copilot_chat.", "claude_code.", "codex.", "gemini_cli.")
_FULL: Final = "the spool is full"
_NOT_AGENTS: Final = "not of an agent"


@dataclass(slots=True)
class SpoolResult:
    """What became of an export."""

    accepted: int = 0
    rejected: int = 0
    why: str = ""
    """Why something was turned away; empty where nothing was."""

    def reject(self, why: str) -> None:
        """Count one that is turned away."""
        self.rejected += 1
        self.why = self.why or why


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolWaiting:
    """What waits in the spool for recordings to take it."""

    files: int = 0
    size: int = 0
    """Bytes."""
    age_s: float = 0.0
    """Since the file that waits longest was last added to."""


@dataclass(slots=True)
class Spool:
    """The folder of spooled exports. One process writes at a time; others wait."""

    home: Path
    traces: OrderedDict[str, str] = member(default_factory=OrderedDict)
    """Conversation by trace."""

    def take(self, export: Fields) -> SpoolResult:
        """Spool one export.

        Raises:
            InvalidInput: it holds more spans and log records than `MAX_ITEMS`.
        """
        exports = Exports()
        exports.add(export)  # 1
        name_conversations(exports.items)
        result = SpoolResult()
        with self._locked() as folder:
            for name, lines in self._sorted(exports.items, result).items():
                self._append(folder, name, lines, result)  # 3
            self._join(folder, exports.items)  # 4
        return result

    def waiting(self, now: float) -> SpoolWaiting:
        """Say what waits; `now` is seconds since the epoch."""
        folder = self.home / FOLDER
        if not folder.is_dir():
            return SpoolWaiting()
        with os.scandir(folder) as entries:
            found = [one.stat(follow_symlinks=False) for one in entries if one.name.endswith(".jsonl")]
        oldest = min((one.st_mtime for one in found), default=now)
        return SpoolWaiting(files=len(found), size=sum(one.st_size for one in found), age_s=max(0.0, now - oldest))

    def _sorted(self, items: list[Item], result: SpoolResult) -> dict[str, list[bytes]]:
        kept: dict[str, list[bytes]] = {}
        for item in items:
            trace = text_of(item.value, "traceId").lower()
            self._bind(trace, item.conversation)  # 2
            conversation = item.conversation or self.traces.get(trace, "")
            if not conversation and not _of_agent(item):
                result.reject(_NOT_AGENTS)
            elif not conversation and not trace:
                result.reject("it names neither a conversation nor a trace")
            else:
                name = file_name(conversation) if conversation else _trace_name(trace)
                kept.setdefault(name, []).append(_line(item))
        return kept

    def _bind(self, trace: str, conversation: str) -> None:
        if trace and conversation:
            self.traces[trace] = conversation
            self.traces.move_to_end(trace)
            if len(self.traces) > MAX_TRACES:
                self.traces.popitem(last=False)

    @contextmanager
    def _locked(self) -> Iterator[Path]:
        folder = self.home / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(handle)

    def _append(self, folder: Path, name: str, lines: list[bytes], result: SpoolResult) -> None:
        data = b"".join(line + b"\n" for line in lines)
        path = folder / name
        size = path.stat().st_size if path.exists() else 0
        if size + len(data) > MAX_FILE_BYTES or _total(folder) + len(data) > MAX_SPOOL_BYTES:
            for _ in lines:
                result.reject(_FULL)
            return
        write_at_end(path, data)
        result.accepted += len(lines)

    def _join(self, folder: Path, items: list[Item]) -> None:
        """What came before its trace named a conversation is moved behind what the conversation has."""
        for trace in {text_of(item.value, "traceId").lower() for item in items if item.conversation}:
            waiting = folder / _trace_name(trace)
            if trace and trace in self.traces and waiting.is_file() and not waiting.is_symlink():
                write_at_end(folder / file_name(self.traces[trace]), waiting.read_bytes())
                waiting.unlink()


def write_at_end(path: Path, data: bytes) -> None:
    """Append bytes to a file of mode 0600 and wait until they are on disk; a symbolic link is not followed."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def file_name(conversation: str) -> str:
    """Give the name of a conversation's file: its own where that is a plain one, else a digest of it."""
    if _PLAIN_NAME.fullmatch(conversation) and not conversation.startswith("trace-"):
        return f"{conversation}.jsonl"
    return f"conversation-{hashlib.sha256(conversation.encode('utf-8', 'replace')).hexdigest()[:32]}.jsonl"


def _trace_name(trace: str) -> str:
    plain = (
        trace if re.fullmatch(r"[0-9a-f]{32}", trace) else hashlib.sha256(trace.encode("utf-8", "replace")).hexdigest()
    )
    return f"trace-{plain[:32]}.jsonl"


def _of_agent(item: Item) -> bool:
    names = (text_of(item.value, "name"), text_of(item.value, "eventName"), *item.attributes)
    return any(name.startswith(_OF_AGENTS) for name in names)


def _line(item: Item) -> bytes:
    outer, inner, leaf = (
        ("Spans", "scopeSpans", "spans") if item.kind == "span" else ("Logs", "scopeLogs", "logRecords")
    )
    scoped: Fields = {"scope": item.scope, leaf: [item.value]}
    return line_of({f"resource{outer}": [{"resource": item.resource, inner: [scoped]}]})


def _total(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)


def require_export(value: object, kind: str) -> Fields:
    """Give the export that a body holds.

    Raises:
        InvalidInput: `input.malformed`: it is no object, or holds no list `kind` (`resourceSpans` or `resourceLogs`).
    """
    if not isinstance(value, dict) or not isinstance(value.get(kind, []), list):
        raise InvalidInput("input.malformed", "the body is not an export", expected=f"an object with {kind}")
    return value
