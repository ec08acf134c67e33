"""The changed files of many commits with the digests of their blobs, through one git process."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.model.commit import NO_BLOB, ChangedFile

if TYPE_CHECKING:
    from attest.evidence.changed_paths import RangeRows
    from attest.git import Repository
    from attest.history.objects import ObjectReader
    from attest.model.commit import CommitFacts

MAX_BLOB_BYTES: Final = 16 * 1024 * 1024
"""Larger blobs are hashed as a stream, by asking for the commit alone."""
_GONE: Final = "000000"
_SUBMODULE: Final = "160000"


class RangeFiles:
    """Gives what `Repository.changed_files` gives against the first parent, for commits of one range."""

    def __init__(self, repository: Repository, rows: RangeRows, objects: ObjectReader) -> None:
        self._repository, self._rows, self._objects = repository, rows, objects
        self._digests: dict[str, bytes] = {}

    def of(self, commit: CommitFacts) -> tuple[ChangedFile, ...]:
        """Give the changed files of a commit, in tree-diff order.

        Raises:
            CannotVerify: a blob of the commit is missing.
        """
        rows = self._rows.get(commit.oid)
        files = []
        for path, (_, mode, blob) in rows.items() if rows is not None else ():
            digest = self._digest(mode, blob)
            if digest is None:
                rows = None
                break
            files.append(ChangedFile(path=path, mode=mode, sha256=digest))
        if rows is None:  # a merge, or a blob that is large or missing
            return self._repository.changed_files(commit.oid, commit.parents[0] if commit.parents else None)
        return tuple(files)

    def _digest(self, mode: str, blob: str) -> bytes | None:
        if mode == _GONE:
            return NO_BLOB
        if mode == _SUBMODULE:
            return hashlib.sha256(blob.encode()).digest()
        if blob not in self._digests:
            item = self._objects.read(blob, max_bytes=MAX_BLOB_BYTES)
            if item is None or item.kind != "blob" or item.data is None:
                return None
            self._digests[blob] = hashlib.sha256(item.data).digest()
        return self._digests[blob]
