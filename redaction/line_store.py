"""The line cache on disk, so that the second capture of a session that has grown looks at its new lines only.

A file holds HMACs of lines and places in them, never a line, a value or a token. Its name, its seal and the names of its
lines are made with a key of one session of one tenant and a digest of all that decides what is found, our own code
included: another session, tenant, rule set or version has another file. A file whose seal does not hold is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import struct
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from redaction.line_cache import LineCache, Spans

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
"""A larger file is neither written nor read."""
MAX_FILES: Final = 256
MAX_FOLDER_BYTES: Final = 128 * 1024 * 1024
"""Beyond either bound the files that were not written for longest go."""
_MAGIC: Final = b"WLC1"
_SEAL_BYTES: Final = 32
_NAME_BYTES: Final = 32
_ENTRY: Final = struct.Struct(f">{_NAME_BYTES}sH")
_WALK_COUNT: Final = 0xFFFF
_STAGED: Final = ".lines-"


class LineStore:
    """The file of one cache in a folder. Every failure of the disk is a cache that is not there."""

    def __init__(self, folder: Path, cache: LineCache) -> None:
        self._cache = cache
        self._path = folder / f"{cache.derived(b'file')[:16].hex()}.lines"
        self._key = cache.derived(b"seal")
        self._known = 0

    def load(self) -> int:
        """Fill the cache, and give how many lines are known; none where the file is missing, too large or changed."""
        with contextlib.suppress(OSError):
            with self._path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            body = data[_SEAL_BYTES:]
            if len(data) <= MAX_FILE_BYTES and hmac.compare_digest(self._seal(body), data[:_SEAL_BYTES]):
                for name, spans in _entries(body):
                    self._cache.put(name, spans)
        self._known = len(self._cache.kept())
        return self._known

    def save(self) -> None:
        """Write the cache, whole or not at all, for its owner's eyes only; nothing where it knows no more than before."""
        if len(self._cache.kept()) == self._known:
            return
        body = b"".join((_MAGIC, *(_packed(*entry) for entry in self._cache.kept().items())))
        if len(body) + _SEAL_BYTES > MAX_FILE_BYTES:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, staged = tempfile.mkstemp(prefix=_STAGED, dir=self._path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._seal(body) + body)
                Path(staged).replace(self._path)
            finally:
                Path(staged).unlink(missing_ok=True)
            _make_room(self._path.parent)

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


@lru_cache(maxsize=1)
def code_digest() -> bytes:
    """Give a digest of this package's own sources: what a line holds is decided by them as much as by the rules."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return digest.digest()


def _packed(name: bytes, spans: Spans) -> bytes:
    if spans == (-1,):
        return _ENTRY.pack(name, _WALK_COUNT)
    if len(spans) >= _WALK_COUNT:
        return b""
    return _ENTRY.pack(name, len(spans)) + struct.pack(f">{len(spans)}I", *spans)


def _entries(body: bytes) -> list[tuple[bytes, Spans]]:
    """Give what a sealed body holds; nothing where it is of another form."""
    found: list[tuple[bytes, Spans]] = []
    at = len(_MAGIC) if body.startswith(_MAGIC) else len(body)
    while at < len(body):
        name, count = _ENTRY.unpack_from(body, at)
        at += _ENTRY.size
        if count == _WALK_COUNT:
            found.append((name, (-1,)))
            continue
        found.append((name, struct.unpack_from(f">{count}I", body, at)))
        at += 4 * count
    return found


def _make_room(folder: Path) -> None:
    kept = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in folder.iterdir() if path.is_file())
    size = sum(one[1] for one in kept)
    while kept and (len(kept) > MAX_FILES or size > MAX_FOLDER_BYTES):
        _, freed, oldest = kept.pop(0)
        oldest.unlink(missing_ok=True)
        size -= freed
