"""Objects by digest, in a folder or a bucket: created once, never changed, checked whenever they are read."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore

from attest.errors import CannotVerify, NotVerified, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024


class ObjectStore:
    """A folder of objects named by the SHA-256 of their bytes."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._store = LocalStore(str(directory))

    def put(self, data: bytes) -> str:
        """Keep bytes durably and give their address; keeping the same bytes twice changes nothing.

        Raises:
            NotVerified: `ledger.corrupt`, other bytes stand under that name already.
        """
        if len(data) > MAX_OBJECT_BYTES:
            raise Refused("input.too-large", "an object", expected=f"<= {MAX_OBJECT_BYTES} bytes", got=str(len(data)))
        address = hashlib.sha256(data).hexdigest()
        try:
            obstore.put(self._store, _key(address), data, mode="create")
        except AlreadyExistsError:
            # A crash can leave a name without its bytes: what is there is read before it is relied on.
            self.get(address)
        self._sync(address)
        return address

    def get(self, address: str) -> bytes:
        """Give the bytes of an address.

        Raises:
            CannotVerify: `store.missing`, there is no such object.
            NotVerified: `ledger.corrupt`, its bytes are not those of its name.
        """
        try:
            data = bytes(obstore.get(self._store, _key(address)).bytes())
        except FileNotFoundError as err:
            raise CannotVerify("store.missing", where=address) from err
        if hashlib.sha256(data).hexdigest() != address:
            raise NotVerified("ledger.corrupt", "an object's bytes are not those of its name", where=address)
        return data

    def has(self, address: str) -> bool:
        """Tell whether an object is there, without reading it."""
        return (self._directory / _key(address)).is_file()

    def addresses(self) -> Iterator[str]:
        """Yield every address, in no order."""
        for batch in obstore.list(self._store):
            for item in batch:
                yield item["path"].replace("/", "")

    def probe(self) -> None:
        """Create one object twice and expect the second to be refused.

        Raises:
            Refused: `store.refused`, the store overwrites: nothing may be kept in it.
        """
        name = f"probe/{os.urandom(16).hex()}"
        obstore.put(self._store, name, b"1", mode="create")
        try:
            obstore.put(self._store, name, b"2", mode="create")
        except AlreadyExistsError:
            return
        else:
            raise Refused("store.refused", "the object store overwrites what must be created once")
        finally:
            obstore.delete(self._store, name)

    def _sync(self, address: str) -> None:
        path = self._directory / _key(address)
        for target, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
            handle = os.open(target, flags)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _key(address: str) -> str:
    return f"{address[:2]}/{address[2:4]}/{address[4:]}"
