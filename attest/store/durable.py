"""Files that are either there whole or not there at all, and that a crash does not take back."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAGED_PREFIX: Final = ".staged-"
"""Names of files that were being written; a crash leaves them, and nothing reads them."""
_OVERWRITE: Final = 1024 * 1024


def create_file(path: Path, data: bytes, *, mode: int = 0o644) -> bool:
    """Write a new file durably; give False and change nothing when the name is taken.

    The name appears only after the bytes are on disk, and is on disk before this returns.
    """
    if not _link(path, data, mode):
        return False
    _sync_directory(path.parent)
    return True


def create_files(files: Iterable[tuple[Path, bytes]]) -> tuple[tuple[Path, bytes], ...]:
    """Write new files durably; gives those whose names are taken, which stay as they are.

    As `create_file` does for each, but names reach the disk together: each folder is brought there once, at the end.
    """
    taken, folders = [], set()
    for path, data in files:
        if not _link(path, data, 0o644):
            taken.append((path, data))
        folders.add(path.parent)
    for folder in sorted(folders):
        _sync_directory(folder)
    return tuple(taken)


def hand_over(files: Iterable[tuple[Path, bytes]]) -> tuple[tuple[Path, bytes], ...]:
    """As `create_files`, without bringing anything to disk: readers see whole files, a power cut may leave parts."""
    return tuple((path, data) for path, data in files if not _link(path, data, 0o644, durable=False))


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file durably over whatever the name holds; readers see the old bytes or the new, never a mix."""
    with _staged(path, data, mode) as staged:
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


def _link(path: Path, data: bytes, mode: int, *, durable: bool = True) -> bool:
    with _staged(path, data, mode, durable=durable) as staged:
        try:
            os.link(staged, path)
        except FileExistsError:
            return False
    return True


@contextlib.contextmanager
def _staged(path: Path, data: bytes, mode: int, *, durable: bool = True) -> Iterator[Path]:
    if durable:
        make_folder(path.parent)
    else:
        # This folder is as its files are; those above it may come to hold durable ones.
        make_folder(path.parent.parent)
        path.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=STAGED_PREFIX, dir=path.parent)
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
