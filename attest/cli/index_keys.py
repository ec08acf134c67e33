"""The index keys of private logs that this machine holds: named files, those in the data directory, and its own log's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.ledger.index import IndexKeys
    from attest.settings import Settings

MAX_KEYS: Final = 64
"""Files of the folder that are looked at."""


def index_key_source(settings: Settings, named: tuple[Path, ...] = ()) -> Callable[[], IndexKeys]:
    """Give what reads the keys when they are needed.

    Raises (when called):
        InvalidInput: a file does not exist, or is no index key.
    """

    def read() -> IndexKeys:
        from attest.ledger.index import IndexKeys

        return IndexKeys.of((*_files(settings, named), *_own(settings)))

    return read


def _files(settings: Settings, named: tuple[Path, ...]) -> Iterator[bytes]:
    from attest.cli.files import read_file
    from attest.ledger.index.keying import MAX_KEY_FILE_BYTES, parse_key_file

    kept = sorted(settings.index_keys_dir.glob("*.key"))[:MAX_KEYS] if settings.index_keys_dir.is_dir() else []
    for path in (*named, *kept):
        yield parse_key_file(read_file(path, MAX_KEY_FILE_BYTES), str(path))


def _own(settings: Settings) -> Iterator[bytes]:
    folder = settings.keys_dir / "index" / settings.tenant
    if not folder.is_dir():
        return
    from attest.clock import SystemEntropy
    from attest.store.keyring import FileKeyRing

    ring = FileKeyRing(settings.keys_dir, SystemEntropy())
    for path in sorted(folder.glob("*.json"))[:MAX_KEYS]:
        secret = ring.load(f"index/{settings.tenant}/{path.stem}")
        if secret is not None:
            yield secret
