"""A Claude Code transcript with the files of its sub-agents beside it.

Newer versions write them to `<session>/subagents/` (workflows to folders below), older ones as `agent-….jsonl` next to
the transcript. The lines of the transcript come first, as they are; then, for each file, a marker line that names it and
its lines as they are. A transcript without such files is a file of lines and is not gathered.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attest.capture.claude_code.record_types import SIDE_FILE
from attest.capture.claude_code.sniff import looks_like_claude_code
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import DROPPED_TYPE, maybe_text
from attest.capture.unroll.document import line_of
from attest.errors import InvalidInput

MAX_FILES: Final = 2_000
"""Of one session; what is left out is counted in a last marker."""
MAX_NAMES: Final = 100_000
"""Names looked at beside the transcript and in the folders below."""
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
MAX_META_BYTES: Final = 64 * 1024
MAX_FOLDERS: Final = 4
"""How deep folders below `subagents` are looked into."""
_HEAD_BYTES: Final = 64 * 1024
_BLOCK_BYTES: Final = 1024 * 1024
_SIDE: Final = re.compile(r"\Aagent-([0-9A-Za-z_-]{1,128})\.jsonl\Z")
_SESSION: Final = re.compile(rb'"sessionId"\s*:\s*"([0-9A-Za-z_-]{1,128})"')


def accepts(path: Path, head: bytes) -> bool:
    """Tell whether a file is a transcript with files of sub-agents beside it."""
    if path.suffix != ".jsonl" or _SIDE.match(path.name) or not looks_like_claude_code(head):
        return False
    return next(_side_files(path), None) is not None


def sessions(path: Path) -> tuple[str, ...]:
    """Give the one session: its file is named by it."""
    return (path.stem,)


def gather(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the transcript's lines, then those of its sub-agents, each file behind its marker.

    A file of another session, or one that cannot be read, is only named by its marker.

    Raises:
        InvalidInput: `input.not-found` for another session than the file's, or a file that is gone.
    """
    if session not in (None, path.stem):
        raise InvalidInput("input.not-found", "this file holds one session", where=str(path))
    known: set[bytes] = {path.stem.encode()}
    for line in _lines(path):
        known.update(_SESSION.findall(line[:_HEAD_BYTES])[:1])
        yield line
    left_out = 0
    for number, file in enumerate(_side_files(path)):
        if number >= MAX_FILES:
            left_out += 1
            continue
        why = _why_not(file, known)
        yield _marker(path, file, why)
        if not why:
            yield from _lines(file)
    if left_out:
        yield line_of({"type": SIDE_FILE, "leftOut": left_out})


def _side_files(path: Path) -> Iterator[Path]:
    """Give the files by name: those in the session's folder, then those beside the transcript that name the session."""
    left = [MAX_NAMES]
    yield from _below(path.with_suffix("") / "subagents", MAX_FOLDERS, left)
    stem = path.stem.encode()
    for file, _ in _entries(path.parent, left):
        if _SIDE.match(file.name) and stem in _SESSION.findall(_head(file))[:1]:
            yield file


def _below(folder: Path, depth: int, left: list[int]) -> Iterator[Path]:
    for file, is_folder in _entries(folder, left):
        if is_folder and depth:
            yield from _below(file, depth - 1, left)
        elif not is_folder and _SIDE.match(file.name):
            yield file


def _entries(folder: Path, left: list[int]) -> list[tuple[Path, bool]]:
    """Give the plain files and folders in a folder, by name; no symbolic links, and nothing of a folder that is one."""
    if folder.is_symlink():
        return []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    entries = entries[: left[0]]
    left[0] -= len(entries)
    found = [entry for entry in entries if not entry.is_symlink()]
    return [(Path(entry.path), entry.is_dir(follow_symlinks=False)) for entry in found]


def _why_not(file: Path, known: set[bytes]) -> str:
    """Say why a file is only named; empty where it is read."""
    head = _head(file)
    named = _SESSION.findall(head)[:1]
    if not head:
        return "unreadable"
    return "other-session" if named and named[0] not in known else ""


def _marker(path: Path, file: Path, why: str) -> bytes:
    """Give the line that names a file, with what its own description says of the agent."""
    told = _meta(file)
    found = _SIDE.match(file.name)
    marker: Fields = {
        "type": SIDE_FILE,
        "id": found[1] if found else None,
        "file": str(file.relative_to(path.parent)),
        "toolUseID": maybe_text(told, "toolUseId"),
        "agentType": maybe_text(told, "agentType"),
        "description": maybe_text(told, "description"),
        "leftOut": why or None,
    }
    return line_of({name: value for name, value in marker.items() if value is not None})


def _meta(file: Path) -> Fields:
    data = _head(file.with_suffix(".meta.json"), MAX_META_BYTES)
    told = parse_line(data.strip()) if data else LineFault.NOT_JSON
    return {} if isinstance(told, LineFault) else told


def _head(file: Path, count: int = _HEAD_BYTES) -> bytes:
    try:
        with _opened(file) as number:
            return os.read(number, count)
    except OSError:
        return b""


def _lines(file: Path) -> Iterator[bytes]:
    """Give the lines of a file without their ends, as far as it went when it was opened; of one too long, a marker."""
    with _opened(file) as number:
        left = os.fstat(number).st_size
        held, skipped = bytearray(), 0
        while left > 0:
            block = os.read(number, min(left, _BLOCK_BYTES))
            if not block:
                break
            left -= len(block)
            *whole, rest = block.split(b"\n")
            for piece in whole:
                held += piece
                yield _dropped(skipped + len(held)) if skipped + len(held) > MAX_LINE_BYTES else bytes(held)
                held, skipped = bytearray(), 0
            held += rest
            if len(held) > MAX_LINE_BYTES:
                held, skipped = bytearray(), skipped + len(held)
        if held or skipped:
            yield _dropped(skipped + len(held)) if skipped else bytes(held)


def _dropped(size: int) -> bytes:
    return line_of({"type": DROPPED_TYPE, "bytes": size})


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    """Open a plain file; a symbolic link is refused, and a pipe is not waited for."""
    number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield number
    finally:
        os.close(number)
