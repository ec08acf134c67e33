"""OpenCode's folder of files: one JSON file for each session, message and part, in folders by kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.opencode.lines import MAX_SESSIONS, Gathered, lines_of
from attest.capture.records import field, text_of
from attest.errors import InvalidInput

MAX_FILES: Final = 200_000
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 1024 * 1024 * 1024
_STORAGE: Final = "storage"


def accepts(path: Path, head: bytes) -> bool:
    """Tell whether a folder is OpenCode's storage, or holds it."""
    return not head and _storage(path) is not None


def sessions(path: Path) -> tuple[str, ...]:
    """Give the sessions that are nobody's sub-agents, newest first."""
    folder = _Folder(_required(path))
    told = folder.sessions()
    names = told.keys() | {one.name for one in folder.entries("message") if one.is_dir(follow_symlinks=False)}
    roots = [name for name in names if text_of(told.get(name, {}), "parentID") not in names]
    return tuple(sorted(roots, key=lambda name: (_updated(told.get(name, {})), name), reverse=True))


def gather(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the record lines of one session with its sub-agents; of the newest where none is named.

    Raises:
        InvalidInput: there is no such session, or more files or bytes than the limits.
    """
    storage = _required(path)
    chosen = session or next(iter(sessions(path)), None)
    if chosen is None:
        raise InvalidInput("input.empty", "there is no session", where=str(path))
    folder = _Folder(storage)
    found = Gathered("files", sessions=_below(folder.sessions(), chosen))
    for one in found.sessions:
        name = text_of(one, "id")
        messages = folder.read("message", name)
        found.messages += [_identified(value, stem, "sessionID", name) for stem, value in messages]
        for stem, _ in messages:
            parts = folder.read("part", stem) or folder.read("part", name, stem)
            found.parts[stem] = [_identified(value, part, "messageID", stem) for part, value in parts]
        for todo, value in folder.read_one("todo", name):
            found.other.append({"type": "todo", "session": name, "value": value, "id": todo})
    if not found.messages:
        raise InvalidInput("input.not-found", "there is no such session", where=str(path))
    found.other += folder.unreadable
    yield from lines_of(found)


def _storage(path: Path) -> Path | None:
    for folder in (path, path / _STORAGE):
        if all((folder / name).is_dir() and not (folder / name).is_symlink() for name in ("message", "part")):
            return folder
    return None


def _required(path: Path) -> Path:
    found = _storage(path)
    if found is None:
        raise InvalidInput("input.not-found", "this is not OpenCode's folder", where=str(path))
    return found


def _below(told: dict[str, Fields], chosen: str) -> list[Fields]:
    found: list[Fields] = []
    names, seen = [chosen], {chosen}
    while names and len(found) < MAX_SESSIONS:
        name = names.pop(0)
        found.append(told.get(name, {"id": name}))
        below = sorted(child for child, one in told.items() if text_of(one, "parentID") == name and child not in seen)
        seen.update(below)
        names += below
    return found


def _identified(value: Fields, stem: str, owner: str, name: str) -> Fields:
    """A file's place says what it belongs to; older versions do not repeat it inside."""
    return {**value, "id": text_of(value, "id") or stem, owner: text_of(value, owner) or name}


def _updated(session: Fields) -> float:
    time = field(session, "time")
    told = time.get("updated") or time.get("created")
    return told if isinstance(told, int | float) and not isinstance(told, bool) else 0


class _Folder:
    """Reads the files of one storage folder within the limits. Symbolic links are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = self._bytes = 0
        self.unreadable: list[Fields] = []

    def entries(self, *names: str) -> list[os.DirEntry[str]]:
        """Give what is in a folder, by name; nothing where there is no such folder, or it is a link."""
        folder = self._root
        for name in names:
            if os.sep in name or name in ("", ".", ".."):
                return []
            folder /= name
            if folder.is_symlink() or not folder.is_dir():
                return []
        with os.scandir(folder) as found:
            return sorted(found, key=lambda one: one.name)

    def read(self, *names: str) -> list[tuple[str, Fields]]:
        """Give the JSON objects of a folder's files, each with its name without the ending."""
        found: list[tuple[str, Fields]] = []
        for entry in self.entries(*names):
            if not entry.name.endswith(".json") or not entry.is_file(follow_symlinks=False):
                continue
            value = self._value(Path(entry.path))
            if isinstance(value, LineFault):
                where = "/".join((*names, entry.name))
                self.unreadable.append({"type": "unreadable", "file": where, "why": value.value})
            else:
                found.append((entry.name.removesuffix(".json"), value))
        return found

    def read_one(self, kind: str, name: str) -> list[tuple[str, Fields]]:
        """Give the one file of a session in the folder of a kind; a list in it is put under `items`."""
        for entry in self.entries(kind):
            if entry.name == f"{name}.json" and entry.is_file(follow_symlinks=False):
                text = self._bytes_of(Path(entry.path)).strip()
                parsed = parse_line(b'{"items":' + text + b"}")
                return [] if isinstance(parsed, LineFault) else [(name, parsed)]
        return []

    def sessions(self) -> dict[str, Fields]:
        """Give what is told of each session, by its id."""
        found: dict[str, Fields] = {}
        for entry in self.entries("session"):
            if entry.is_dir(follow_symlinks=False):
                for stem, value in self.read("session", entry.name):
                    found[text_of(value, "id") or stem] = _identified(value, stem, "projectID", entry.name)
        return found

    def _value(self, path: Path) -> Fields | LineFault:
        return parse_line(self._bytes_of(path))

    def _bytes_of(self, path: Path) -> bytes:
        self._files += 1
        size = path.stat().st_size
        self._bytes += size
        if self._files > MAX_FILES or self._bytes > MAX_TOTAL_BYTES or size > MAX_FILE_BYTES:
            raise InvalidInput("input.too-large", "the folder holds too much", where=str(path))
        return path.read_bytes()
