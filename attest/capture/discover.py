"""Finding transcripts where the agents themselves keep them, for whoever names none.

Only names, times and the first bytes of files are looked at. Symbolic links are not followed, except where an agent's
own directory is one that stays below the home directory; at most `MAX_FILES` names are looked at for each place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from attest.capture.gather.registry import gatherer_of
from attest.capture.places import FOLDER_OF_FILE, IN_THE_FOLDER, PLACES, Kept
from attest.errors import InvalidInput

MAX_FILES = 100_000
HEAD_BYTES = 256 * 1024
_CWD = re.compile(rb'"(?:cwd|workspaceFolder|gitRoot)"\s*:\s*("(?:[^"\\]|\\.){1,4096}")')
_SEVERAL = frozenset({"opencode"})
"""Agents whose one file holds several sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One transcript."""

    agent: str
    """Whose directory it lies in; the content decides what it is."""
    path: Path
    """As `Transcript.open` takes it: a file, a folder, or `database#session`."""
    mtime_ns: int
    folder: str | None
    """The folder the session was run in, as far as its place or its first records say; None: not known."""


def newest_transcript(home: Path, folder: Path) -> Path | None:
    """Give the newest transcript, of any agent, of sessions run in `folder`; None where no agent kept one.

    Sessions that were run in a folder above or below, and those that do not say where, are not looked for.
    """
    top = str(folder.resolve())
    newest = max(
        (one for one in all_transcripts(home, folder) if one.folder == top), key=lambda one: one.mtime_ns, default=None
    )
    return newest.path if newest is not None else None


def all_transcripts(home: Path, folder: Path | None = None) -> Iterator[Found]:
    """Give the transcripts that agents keep, in no order; with `folder` only those of sessions run in it or below it.

    A transcript of which it is not known where it was run is given only without `folder`.
    """
    top = folder.resolve() if folder is not None else None
    for place in PLACES:
        for path in _files(home, place):
            yield from _of(place, path, top)
    for agent, name in IN_THE_FOLDER if top is not None else ():
        path = Path(str(top)) / name
        with suppress(OSError):
            told = path.lstat()
            if path.is_file() and not path.is_symlink():
                yield Found(agent=agent, path=path, mtime_ns=told.st_mtime_ns, folder=str(top))


def _of(place: Kept, path: Path, top: Path | None) -> Iterator[Found]:
    try:
        told = path.lstat()
        where = _folder(place, path, top)
    except OSError:
        return
    if top is not None and (where is None or not Path(where).is_relative_to(top)):
        return
    shown = path.parent if path.name in FOLDER_OF_FILE else path
    for one in _sessions(path) if place.agent in _SEVERAL else (shown,):
        yield Found(agent=place.agent, path=one, mtime_ns=told.st_mtime_ns, folder=where)


def _sessions(path: Path) -> Iterator[Path]:
    gatherer = gatherer_of(path, _head(path))
    if gatherer is None:
        return
    with suppress(InvalidInput):
        for session in gatherer.sessions(path):
            yield path.with_name(f"{path.name}#{session}")


def _files(home: Path, place: Kept) -> Iterator[Path]:
    root = home / place.root
    try:
        if not root.resolve(strict=True).is_relative_to(home.resolve()):
            return
    except OSError:
        return
    left = [MAX_FILES]
    yield from _below(root, place.pattern, left)


def _below(folder: Path, pattern: tuple[str, ...], left: list[int]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        left[0] -= 1
        if left[0] < 0:
            return
        if not _fits(entry.name, pattern[0]) or entry.is_symlink():
            continue
        if len(pattern) > 1 and entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), pattern[1:], left)
        elif len(pattern) == 1 and entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _fits(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern


def _folder(place: Kept, path: Path, top: Path | None) -> str | None:
    """Give the folder that the evidence names; a name that stands for several folders is taken for the one asked for."""
    match place.evidence:
        case "claude-name":
            name = path.parent.name
            if top is not None and not name.startswith(_dashed(top, "")):
                return None
            return _named(name, top, told=_cwd(path), lead="")
        case "cursor-name":
            name = next(
                part
                for part, following in zip(path.parts, path.parts[1:], strict=False)
                if following == "agent-transcripts"
            )
            return _named(name, top, told=None, lead="-")
        case "cwd":
            return _cwd(path)
        case "gemini":
            return _gemini(path.parent.parent, top)
        case "workspace":
            return _workspace(path)
        case _:
            return None


def _named(name: str, top: Path | None, *, told: str | None, lead: str) -> str | None:
    """A directory's name is the folder's with a dash for every character that is no letter or digit."""
    if told is not None and (top is None or _dashed(top, lead) != name or _dashed(Path(told), lead) == name):
        return told
    return str(top) if top is not None and _dashed(top, lead) == name else None


def _dashed(folder: Path, lead: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", str(folder)).removeprefix(lead)


def _gemini(kept: Path, top: Path | None) -> str | None:
    with suppress(OSError):
        return _head(kept / ".project_root").decode("utf-8", "replace").strip() or None
    if top is not None and kept.name == hashlib.sha256(str(top).encode()).hexdigest():
        return str(top)
    return None


def _workspace(path: Path) -> str | None:
    storage = path.parent.parent if path.parent.name == "chatSessions" else path.parent.parent.parent
    try:
        told = json.loads(_head(storage / "workspace.json"))
    except (OSError, ValueError, RecursionError):
        return None
    uri = told.get("folder") if isinstance(told, dict) else None
    if not isinstance(uri, str) or not uri.startswith("file://"):
        return None
    return unquote(urlsplit(uri).path)


def _cwd(path: Path) -> str | None:
    found = _CWD.search(_head(path))
    if found is None:
        return None
    try:
        told = json.loads(found[1])
    except ValueError:
        return None
    return told if isinstance(told, str) and told.startswith("/") else None


def _head(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(HEAD_BYTES)
