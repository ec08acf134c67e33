"""Sealed parts of a session that is still being redacted, in a file without a name: a failure or a crash leaves nothing."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from attest.store.objects import ObjectStore


class StagedParts:
    """Ciphertexts on their way to the object store; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Stage on the file system of `folder`, where the objects will be too."""
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by __exit__
        self._sizes: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, ciphertext: bytes) -> None:
        """Hold one part's ciphertext."""
        self._file.write(ciphertext)
        self._sizes.append(len(ciphertext))

    def keep_in(self, objects: ObjectStore) -> None:
        """Put everything held into the object store, durably: the whole session has passed the second scan."""
        self._file.seek(0)
        for size in self._sizes:
            objects.put(self._file.read(size))
