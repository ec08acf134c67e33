"""Files in a folder of this machine: created by link, replaced by rename, brought to disk with fsync."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from attest.errors import Absent, CannotVerify
from attest.store.durable import create_files, hand_over, remove_file, replace_file
from attest.store.engine import file_lock
from attest.store.files import Files, NewFile, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Folder(Files):
    """A folder as a store of files; names that begin with a dot are the store's own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def where(self) -> str:
        """The folder's path."""
        return str(self.directory)

    @property
    def tears(self) -> bool:
        """True: the operating system brings files to disk when it likes."""
        return True

    def create(self, files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:
        """Put new files; each folder is brought to disk once, at the end."""
        wanted = {self.directory / file.path: file for file in files}
        pairs = [(path, file.data) for path, file in wanted.items()]
        with self._told():
            taken = create_files(pairs) if durable else hand_over(pairs)
        return tuple(wanted[path] for path, _ in taken)

    def get(self, path: str) -> bytes:
        """Give the bytes of a file."""
        try:
            # Not by way of `Path`: an audit reads thousands, and to make one takes as long as to read it.
            with open(f"{self.directory}/{path}", "rb", buffering=0) as file:  # noqa: PTH123
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as err:
            raise Absent("service.not-found", where=path) from err

    def read(self, path: str) -> Version | None:
        """Give a file and the digest of its bytes."""
        try:
            data = self.get(path)
        except Absent:
            return None
        return Version(data=data, tag=hashlib.sha256(data).hexdigest())

    def replace(self, path: str, data: bytes, *, seen: Version | None) -> bool:
        """Put a file over what was seen there; two who do so at once do it one after the other."""
        with file_lock(self.directory / ".replace.lock"):
            if self.read(path) != seen:
                return False
            with self._told():
                replace_file(self.directory / path, data)
            return True

    def overwrite(self, path: str, data: bytes) -> None:
        """Put a file over whatever is there."""
        with self._told():
            replace_file(self.directory / path, data)

    def paths(self, under: str) -> Iterator[str]:
        """Give the path of every file below a folder; half-written ones and locks are none."""
        return _below(str(self.directory / under), f"{under}/" if under else "")

    def remove(self, folder: str) -> None:
        """Remove a folder of files; one that is not there is fine."""
        directory = self.directory / folder
        if not directory.is_dir():
            return
        for path in directory.iterdir():
            path.unlink(missing_ok=True)
        directory.rmdir()

    def delete(self, path: str) -> None:
        """Write over a file and remove it."""
        with self._told():
            remove_file(self.directory / path)

    def within(self, folder: str) -> Folder:
        """Give the files below a folder."""
        return Folder(self.directory / folder)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell a disk that does not take a file in the words of every store: what was to be put is not there."""
        try:
            yield
        except OSError as err:
            raise CannotVerify("store.away", got=errno.errorcode.get(err.errno or 0, ""), where=self.where) from err


def _below(folder: str, prefix: str) -> Iterator[str]:
    """Yield the names of the files below a folder; links to folders are not followed, and what may not be read is not there."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                yield from _below(one.path, f"{prefix}{one.name}/")
            elif one.is_file() and not one.name.startswith("."):
                yield prefix + one.name
