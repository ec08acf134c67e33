"""The port to where published files and objects stand: a folder, or a bucket of an S3 service.

Two promises are needed of it, and `probe` holds it to both: what exists is never overwritten by a create, and the one
file that changes, the checkpoint, changes only from what its writer has read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from attest.errors import Absent, CannotVerify, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIES: Final = "store.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """One file to put where nothing is."""

    path: str
    """Relative, with `/` between its elements."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The bytes of a file as they were read, and the store's name for that state of it."""

    data: bytes
    tag: str


class Files(Protocol):
    """Files by relative path. Any call may raise `CannotVerify`: `store.away`, the store does not answer."""

    @property
    def where(self) -> str:
        """What a message calls this place; never with a credential in it."""

    @property
    def tears(self) -> bool:
        """Whether a power cut may leave a part of a file that was created with `durable=False`."""

    def create(self, files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:
        """Put new files; gives those whose names are taken, which stay as they are.

        With `durable` they are on disk, under their names, before this returns. Without, they are only in the hands of
        the operating system, which every reader of this machine sees.
        """

    def get(self, path: str) -> bytes:
        """Give the bytes of a file.

        Raises:
            Absent: `service.not-found`.
        """

    def read(self, path: str) -> Version | None:
        """Give a file that may be replaced later; None where there is none."""

    def replace(self, path: str, data: bytes, *, seen: Version | None) -> bool:
        """Put a file over what was seen there (None: over nothing), durably; False where it is not as seen any more."""

    def overwrite(self, path: str, data: bytes) -> None:
        """Put a file over whatever is there, durably: for mending only."""

    def paths(self, under: str) -> Iterator[str]:
        """Give the path of every file below a folder, in no order."""

    def remove(self, folder: str) -> None:
        """Remove the files of a folder, which has none below it; a crash may bring them back."""

    def delete(self, path: str) -> None:
        """Remove one file, durably; one that is not there is fine."""

    def within(self, folder: str) -> Files:
        """Give the files below a folder, as a store of their own."""


def differing(files: Files, taken: Iterable[NewFile]) -> tuple[NewFile, ...]:
    """Give those of the taken files whose bytes are not the ones that were to be put there.

    Raises:
        CannotVerify: `store.away`, a name was said to be taken and nothing is there: somebody is just writing it.
    """
    found = []
    for file in taken:
        try:
            data = files.get(file.path)
        except Absent as err:
            raise CannotVerify("store.away", "a file is being written by another", where=file.path) from err
        if data != file.data:
            found.append(file)
    return tuple(found)


def probe(files: Files) -> None:
    """Try what must be refused, on a file that is removed again: create twice, replace from a state long gone.

    Raises:
        Refused: `store.refused`, the store overwrites, forgets or takes a stale replacement: nothing may be kept in it.
    """
    folder = f"probe/{os.urandom(16).hex()}"
    first = NewFile(path=f"{folder}/1", data=b"first")
    try:
        _require(not files.create((first,)), "it refuses to create what is not there", files)
        again = files.create((NewFile(path=first.path, data=b"second"),))
        seen = files.read(first.path)
        _require(bool(again), "it overwrites what must be created once", files)
        _require(seen is not None and seen.data == b"first", "it does not give back what it took", files)
        _require(files.replace(first.path, b"third", seen=seen), "it refuses a replacement of what it gave", files)
        stale = files.replace(first.path, b"fourth", seen=seen)
        _require(not stale, "it takes a replacement of what is no longer there", files)
        _require(files.get(first.path) == b"third", "it does not give back what it took", files)
        _require(list(files.paths(folder)) == [first.path], "it does not list what it holds", files)
    finally:
        files.remove(folder)


def _require(held: bool, what: str, files: Files) -> None:  # noqa: FBT001 - the thing asserted
    if not held:
        raise Refused(LIES, what, where=files.where)
