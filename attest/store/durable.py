"""Files that are either there whole or not there at all, and that a crash does not take back."""

from __future__ import annotations

import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T")

STAGED_PREFIX: Final = ".staged-"
"""Names of files that were being written; a crash leaves them, and nothing reads them."""
_OVERWRITE: Final = 1024 * 1024
_WRITTEN_TOGETHER: Final = 64
"""Files that are written before the first of them is brought to disk; each is an open handle until then."""
_FLUSHED_AT_ONCE: Final = 4
"""Flushes that wait at the same time: those that come together share a commit of the file system's journal."""


def create_file(path: Path, data: bytes, *, mode: int = 0o644) -> bool:
    """Write a new file durably; give False and change nothing when the name is taken.

    The name appears only after the bytes are on disk, and is on disk before this returns.
    """
    make_folder(path.parent)
    with _staged(path, data, mode) as (staged, handle):
        os.fsync(handle)
        if not _named(staged, path):
            return False
    _sync_directory(path.parent)
    return True


def create_files(files: Iterable[tuple[Path, bytes]]) -> tuple[tuple[Path, bytes], ...]:
    """Write new files durably; gives those whose names are taken, which stay as they are.

    As `create_file` does for each, but together: the bytes of all are brought to disk at the same time, then they get
    their names, and each folder is brought to disk once, at the end.
    """
    rest, taken, folders = iter(files), list[tuple[Path, bytes]](), set[Path]()
    while some := tuple(islice(rest, _WRITTEN_TOGETHER)):
        taken += _create_some(some)
        folders.update(path.parent for path, _ in some)
    _at_once(_sync_directory, sorted(folders))
    return tuple(taken)


def hand_over(files: Iterable[tuple[Path, bytes]]) -> tuple[tuple[Path, bytes], ...]:
    """As `create_files`, without bringing anything to disk: readers see whole files, a power cut may leave parts."""
    taken = []
    for path, data in files:
        # This folder is as its files are; those above it may come to hold durable ones.
        make_folder(path.parent.parent)
        path.parent.mkdir(exist_ok=True)
        with _staged(path, data, 0o644) as (staged, _):
            if not _named(staged, path):
                taken.append((path, data))
    return tuple(taken)


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file durably over whatever the name holds; readers see the old bytes or the new, never a mix."""
    make_folder(path.parent)
    with _staged(path, data, mode) as (staged, handle):
        os.fsync(handle)
        staged.replace(path)
    _sync_directory(path.parent)


def remove_file(path: Path) -> bool:
    """Write over a file's bytes and remove it, durably; False where there is none. A symbolic link is removed, not followed."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        path.unlink(missing_ok=True)
        return True
    with os.fdopen(handle, "r+b") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0:
            left -= file.write(b"\0" * min(left, _OVERWRITE))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    _sync_directory(path.parent)
    return True


def make_folder(path: Path, *, mode: int = 0o777) -> None:
    """Make a folder and those it is in, durably: a file in it is only as lasting as the name of each of them.

    Folders that are there already are taken to be on disk.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True, mode=mode)
    _sync_directory(path.parent)


def _create_some(files: Sequence[tuple[Path, bytes]]) -> list[tuple[Path, bytes]]:
    for folder in {path.parent for path, _ in files}:
        make_folder(folder)
    with contextlib.ExitStack() as stack:
        written = [stack.enter_context(_staged(path, data, 0o644)) for path, data in files]
        _at_once(os.fsync, [handle for _, handle in written])
        return [file for file, (staged, _) in zip(files, written, strict=True) if not _named(staged, file[0])]


def _at_once(flush: Callable[[T], None], what: Sequence[T]) -> None:
    """Flush all of these, some at the same time; one that fails is raised when all have ended."""
    if len(what) == 1:
        flush(what[0])
        return
    begun = [_flushers(os.getpid()).submit(flush, one) for one in what]
    # No handle may be closed, and its number used again, while a thread still flushes it.
    wait(begun)
    for one in begun:
        one.result()


@lru_cache(maxsize=1)
def _flushers(_process: int) -> ThreadPoolExecutor:
    """Give the threads that flush, kept, for to begin one takes as long as a flush; a fork has none of them, and its own."""
    return ThreadPoolExecutor(_FLUSHED_AT_ONCE, thread_name_prefix="flush")


def _named(staged: Path, path: Path) -> bool:
    try:
        os.link(staged, path)
    except FileExistsError:
        return False
    return True


@contextlib.contextmanager
def _staged(path: Path, data: bytes, mode: int) -> Iterator[tuple[Path, int]]:
    """Write a file beside where it is to be; gives its name and its open handle, both gone at the end."""
    handle, name = tempfile.mkstemp(prefix=STAGED_PREFIX, dir=path.parent)
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, mode)
            yield staged, handle
    finally:
        staged.unlink(missing_ok=True)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
