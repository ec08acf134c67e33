"""Files in a bucket of an S3 service, through obstore: conditional writes only, bounded waiting, no credential in errors.

Credentials, region and proxy come from the environment, by the names that AWS's own tools use. What a service answers
is never repeated in an error: it may hold a key's name. Names are relative to the prefix of the address.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from attest.errors import Absent, CannotVerify, InvalidInput
from attest.store.files import Files, NewFile, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from obstore import PutMode

    T = TypeVar("T")

CONNECT: Final = timedelta(seconds=3)
READ: Final = timedelta(seconds=10)
"""Longest wait for the next bytes of an answer."""
WHOLE: Final = timedelta(seconds=60)
"""Longest time for one request with its body."""
RETRIES: Final = 3
"""Tries after the first one, of what is safe to repeat: reads, and writes that a server answered with 5xx."""
RETRY_FOR: Final = timedelta(seconds=15)
"""No new try after this time."""
PARALLEL: Final = 8
"""Files written at once."""
_ADDRESS: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.'()/-]{1,512}))?/?", re.ASCII)
_REMOVED_AT_ONCE: Final = 1000


class S3(Files):
    """A bucket, or a prefix in it, as a store of files."""

    def __init__(self, store: S3Store, where: str, prefix: str = "") -> None:
        self._store = store
        self._where = where
        self._prefix = prefix

    @property
    def where(self) -> str:
        """The address, without endpoint and credentials."""
        return f"{self._where}/{self._prefix}".rstrip("/")

    @property
    def tears(self) -> bool:
        """False: an object is there whole, or not at all."""
        return False

    def create(self, files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:  # noqa: ARG002
        """Put new files with `If-None-Match: *`, several at a time; a bucket knows only durable ones."""
        wanted = tuple(files)
        if len(wanted) == 1:
            return wanted if self._taken(wanted[0]) else ()
        with ThreadPoolExecutor(PARALLEL) as pool:
            return tuple(file for file, taken in zip(wanted, pool.map(self._taken, wanted), strict=True) if taken)

    def get(self, path: str) -> bytes:
        """Give the bytes of a file."""
        found = self.read(path)
        if found is None:
            raise Absent("service.not-found", where=path)
        return found.data

    def read(self, path: str) -> Version | None:
        """Give a file with its ETag."""

        def read() -> Version | None:
            try:
                answer = obstore.get(self._store, self._prefix + path)
                return Version(data=bytes(answer.bytes()), tag=answer.meta["e_tag"] or "")
            except FileNotFoundError:
                return None

        return self._asked(read)

    def replace(self, path: str, data: bytes, *, seen: Version | None) -> bool:
        """Put a file with `If-Match`, or `If-None-Match: *` where none was seen."""
        if seen is None:
            return self._put(path, data, "create")
        # Older gateways of Ceph compare the header with the tag without its quotes, and refuse what the standard asks for.
        # Both forms name the same tag; the probe refuses a store that minds neither.
        return any(self._put(path, data, {"e_tag": tag}) for tag in dict.fromkeys((seen.tag, seen.tag.strip('"'))))

    def _put(self, path: str, data: bytes, mode: PutMode) -> bool:
        def put() -> bool:
            try:
                obstore.put(self._store, self._prefix + path, data, mode=mode)
            except (AlreadyExistsError, PreconditionError):
                return False
            except FileNotFoundError:
                if mode == "create":
                    raise
                return False
            return True

        return self._asked(put)

    def overwrite(self, path: str, data: bytes) -> None:
        """Put a file over whatever is there."""
        self._asked(lambda: obstore.put(self._store, self._prefix + path, data, use_multipart=False))

    def paths(self, under: str) -> Iterator[str]:
        """Give the path of every file below a folder."""
        start = self._prefix + under
        batches = iter(obstore.list(self._store, prefix=start.rstrip("/") or None))
        while (batch := self._asked(lambda: next(batches, None))) is not None:
            for item in batch:
                yield item["path"].removeprefix(self._prefix)

    def remove(self, folder: str) -> None:
        """Remove the files of a folder, in requests of up to a thousand."""
        names = [self._prefix + path for path in self.paths(folder)]
        for at in range(0, len(names), _REMOVED_AT_ONCE):
            part = names[at : at + _REMOVED_AT_ONCE]
            self._asked(lambda part=part: obstore.delete(self._store, part))  # type: ignore[misc]

    def delete(self, path: str) -> None:
        """Remove an object; a bucket with versions or a lock keeps its bytes until their time is over."""

        def delete() -> None:
            with suppress(FileNotFoundError):
                obstore.delete(self._store, self._prefix + path)

        self._asked(delete)

    def within(self, folder: str) -> S3:
        """Give the files below a prefix."""
        return S3(self._store, self._where, f"{self._prefix}{folder}/")

    def _taken(self, file: NewFile) -> bool:
        return not self.replace(file.path, file.data, seen=None)

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (PermissionDeniedError, UnauthenticatedError):
            raise CannotVerify("store.away", "the object store refuses these credentials", where=self.where) from None
        except (BaseError, OSError) as err:
            # Without its cause: what a service answers may hold the name of a key.
            raise CannotVerify("store.away", got=type(err).__name__, where=self.where) from None


def open_bucket(address: str, endpoint: str | None, *, read: timedelta = READ, retry_for: timedelta = RETRY_FOR) -> S3:
    """Give the store of `s3://bucket/prefix`; nothing is asked of the service yet.

    Raises:
        InvalidInput: `input.malformed`, it is no such address, or it holds credentials: those come from the environment.
    """
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise InvalidInput(
            "input.malformed", "the object store's address", expected="s3://bucket or s3://bucket/prefix"
        )
    parts = urlsplit(endpoint or "https://")
    if parts.scheme not in {"http", "https"} or parts.username is not None or parts.query:
        raise InvalidInput("input.malformed", "the object store's endpoint", expected="http(s)://host[:port]")
    store = S3Store(
        found[1],
        client_options={
            "allow_http": parts.scheme == "http",
            "connect_timeout": CONNECT,
            "read_timeout": read,
            "timeout": WHOLE,
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": retry_for,
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2)},
        },
        config={"endpoint": endpoint} if endpoint else {},
    )
    prefix = (found[2] or "").strip("/")
    return S3(store, f"s3://{found[1]}", f"{prefix}/" if prefix else "")
