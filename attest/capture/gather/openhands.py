"""OpenHands where it is not one document: conversation folders, and files with several outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from attest.capture.openhands.sniff import V1
from attest.capture.unroll.document import MAX_DOCUMENT_BYTES, header_line, line_of, parse_document
from attest.capture.unroll.openhands import looks_like_output, output_lines
from attest.errors import InvalidInput

MAX_SESSIONS: Final = 10_000
BASE_STATE: Final = "base_state.json"
EVENTS: Final = "events"
MAX_FILES: Final = 200_000
MAX_BYTES: Final = 1024 * 1024 * 1024
"""Of all files of a conversation together."""
_EVENT: Final = re.compile(r"\Aevent-(\d{1,12})-[0-9A-Za-z-]{1,128}\.json\Z")
_FROM_THE_BEGINNING: Final = ("id", "agent", "workspace", "persistence_dir")
"""What of the state does not change while the conversation goes on; the rest is as it was last written."""


def accepts_folder(path: Path, head: bytes) -> bool:
    """Tell whether a folder is a conversation, or holds conversations."""
    return not head and path.is_dir() and (_is_conversation(path) or next(_conversations(path), None) is not None)


def conversations(path: Path) -> tuple[str, ...]:
    """Give the names of the conversations in a folder, newest first; a conversation holds itself."""
    if _is_conversation(path):
        return (path.name,)
    found = sorted(_conversations(path), key=lambda one: (-(one / BASE_STATE).lstat().st_mtime_ns, one.name))
    return tuple(one.name for one in found[:MAX_SESSIONS])


def gather_folder(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the lines of one conversation: who ran where, the events in order, and the state as it was last written.

    Raises:
        InvalidInput: `input.not-found` for no such conversation, `input.too-large` beyond the limits.
    """
    folder = path
    if not _is_conversation(path):
        names = conversations(path)
        if not names or (session is not None and session not in names):
            raise InvalidInput("input.not-found", "there is no such conversation", where=str(path))
        folder = path / (session or names[0])
    state = _read(folder / BASE_STATE, MAX_DOCUMENT_BYTES)
    told = parse_document(state)
    if not isinstance(told, dict):
        raise InvalidInput("input.malformed", "the state of the conversation is no object", where=str(folder))
    yield header_line(V1, {})
    yield _state("openhands-conversation", {key: told[key] for key in _FROM_THE_BEGINNING if key in told})
    left = MAX_BYTES
    for file in _events(folder):
        data = _read(file, min(left, MAX_DOCUMENT_BYTES))
        left -= len(data)
        yield _event(data)
    yield _state("openhands-state", {key: value for key, value in told.items() if key not in _FROM_THE_BEGINNING})


def accepts_outputs(path: Path, head: bytes) -> bool:
    """Tell whether a file holds outputs of the resolver or of an evaluation."""
    return path.is_file() and looks_like_output(head)


def outputs(path: Path) -> tuple[str, ...]:
    """Give the names of the outputs: the numbers of their issues, or the ids of their instances; the last first."""
    return tuple(name for name, _ in reversed(_named_outputs(path)))[:MAX_SESSIONS]


def gather_output(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the lines of one output.

    Raises:
        InvalidInput: `input.not-found` for no such output; else as `output_lines`.
    """
    named = _named_outputs(path)
    wanted = next((value for name, value in reversed(named) if session in (None, name)), None)
    if wanted is None:
        raise InvalidInput("input.not-found", "there is no such output", where=str(path))
    yield from output_lines(wanted)


def _named_outputs(path: Path) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for line in _read(path, 8 * MAX_DOCUMENT_BYTES).split(b"\n"):
        if line.strip():
            value = parse_document(line)
            found.append((_name(value, len(found)), value))
    return found


def _name(value: Any, place: int) -> str:  # noqa: ANN401  # any JSON value
    told = value if isinstance(value, dict) else {}
    issue = told.get("issue")
    name = told.get("instance_id") or (issue.get("number") if isinstance(issue, dict) else None)
    return str(name)[:128] if isinstance(name, str | int) else f"output-{place}"


def _state(kind: str, state: dict[str, Any]) -> bytes:
    return line_of({"type": kind, "state": state})


def _event(data: bytes) -> bytes:
    """Give the line of an event; what is no JSON stays as it is, on one line, to be counted."""
    try:
        return line_of(parse_document(data))
    except InvalidInput:
        return data.replace(b"\r", b" ").replace(b"\n", b" ")


def _events(folder: Path) -> list[Path]:
    """Give the events by number; files that are named otherwise come last, by name."""
    found: list[tuple[int, str, Path]] = []
    events = folder / EVENTS
    if events.is_symlink() or not events.is_dir():
        return []
    for one in events.iterdir():
        if one.suffix != ".json" or one.is_symlink() or not one.is_file():
            continue
        if len(found) >= MAX_FILES:
            raise InvalidInput("input.too-large", expected=f"<= {MAX_FILES} events", where=str(folder))
        match = _EVENT.match(one.name)
        found.append((int(match[1]) if match else 10**12, one.name, one))
    return [one for _, _, one in sorted(found)]


def _is_conversation(path: Path) -> bool:
    base = path / BASE_STATE
    return base.is_file() and not base.is_symlink() and (path / EVENTS).is_dir()


def _conversations(path: Path) -> Iterator[Path]:
    for place, one in enumerate(path.iterdir()):
        if place >= MAX_SESSIONS:
            return
        if one.is_dir() and not one.is_symlink() and _is_conversation(one):
            yield one


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    if len(data) > most:
        raise InvalidInput("input.too-large", expected=f"<= {most} bytes", where=str(path))
    return data
