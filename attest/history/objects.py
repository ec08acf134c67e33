"""Objects of a clone by name, many through one process: `git cat-file --batch`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Self

from attest.errors import CannotVerify

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from types import TracebackType

    from attest.git import Repository

DEFAULT_MAX_BYTES: Final = 64 * 1024 * 1024
MAX_TREE_ROWS: Final = 100_000
"""Of a tree and all below it: a few trees that stand in each other many times name billions of files."""
_HEADER_FIELDS: Final = 3
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object; `data` is None where it is larger than was asked for."""

    oid: str
    kind: str
    size: int
    data: bytes | None


class ObjectReader:
    """Reads objects one after another; use it as a context manager."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = self._repository.open_objects()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.__exit__(kind, value, trace)

    def read(self, name: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> GitObject | None:
        """Give an object by a name git knows (`<oid>`, `<commit>:<path>`); None when the clone does not hold it.

        Raises:
            CannotVerify: git stopped.
        """
        if not name or "\n" in name or "\0" in name:
            return None
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise CannotVerify("git.failed", "git gave no pipes")
        process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        header = line.split()
        if not line.endswith(b"\n"):
            raise CannotVerify("git.failed", "git stopped before an object", where=name[:80])
        if line.endswith((b" missing\n", b" ambiguous\n")) or len(header) != _HEADER_FIELDS:
            return None
        size = int(header[2])
        data = _take(process.stdout, size, keep=size <= max_bytes)
        return GitObject(header[0].decode("ascii"), header[1].decode("ascii"), size, data)


def _take(stream: IO[bytes], size: int, *, keep: bool) -> bytes | None:
    pieces: list[bytes] = []
    left = size + 1  # the newline after each object
    while left:
        chunk = stream.read(min(left, _CHUNK_BYTES))
        if not chunk:
            raise CannotVerify("git.failed", "git stopped in the middle of an object")
        left -= len(chunk)
        if keep:
            pieces.append(chunk)
    return b"".join(pieces)[:-1] if keep else None


def tree_blobs(reader: ObjectReader, tree: str, *, depth: int = 8) -> dict[str, str]:
    """Give the blobs below a tree by path, in the order of the paths.

    A tree that is missing, or deeper than `depth`, gives nothing more; nor does what comes after `MAX_TREE_ROWS`.
    """
    out: dict[str, str] = {}
    waiting, rows = [("", tree, depth)], 0
    while waiting:
        folder, name, levels = waiting.pop()
        found = reader.read(f"{name}^{{tree}}") if levels > 0 else None
        if found is None or found.data is None or found.kind != "tree":
            continue
        for mode, file, oid in _rows(found.data, len(found.oid) // 2):
            rows += 1
            if rows > MAX_TREE_ROWS:
                return dict(sorted(out.items()))
            if mode == b"40000":
                waiting.append((f"{folder}{file}/", oid, levels - 1))
            else:
                out[f"{folder}{file}"] = oid
    return dict(sorted(out.items()))


def _rows(data: bytes, width: int) -> Iterator[tuple[bytes, str, str]]:
    position = 0
    while position < len(data):
        end = data.find(b"\0", position)
        if end < 0:
            return
        mode, _, name = data[position:end].partition(b" ")
        yield mode, os.fsdecode(name), data[end + 1 : end + 1 + width].hex()
        position = end + 1 + width
