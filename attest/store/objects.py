"""Objects by digest, in a folder or a bucket: created once, never changed, checked whenever they are read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, CannotVerify, NotVerified, Refused
from attest.store.files import NewFile, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.store.files import Files

MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024


class ObjectStore:
    """Objects named by the SHA-256 of their bytes. Any call may raise `CannotVerify`: `store.away`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @property
    def where(self) -> str:
        """What a message calls this store."""
        return self._files.where

    def put(self, data: bytes) -> str:
        """Keep bytes durably and give their address; keeping the same bytes twice changes nothing.

        Raises:
            NotVerified: `ledger.corrupt`, other bytes stand under that name already.
        """
        if len(data) > MAX_OBJECT_BYTES:
            raise Refused("input.too-large", "an object", expected=f"<= {MAX_OBJECT_BYTES} bytes", got=str(len(data)))
        address = hashlib.sha256(data).hexdigest()
        if self._files.create((NewFile(path=_key(address), data=data),)):
            # The name proves nothing: what is there is read before it is relied on.
            self.get(address)
        return address

    def get(self, address: str) -> bytes:
        """Give the bytes of an address.

        Raises:
            CannotVerify: `store.missing`, there is no such object.
            NotVerified: `ledger.corrupt`, its bytes are not those of its name.
        """
        try:
            data = self._files.get(_key(address))
        except Absent as err:
            raise CannotVerify("store.missing", where=address) from err
        if hashlib.sha256(data).hexdigest() != address:
            raise NotVerified("ledger.corrupt", "an object's bytes are not those of its name", where=address)
        return data

    def delete(self, address: str) -> None:
        """Remove an object, for good as far as the store goes; one that is not there is fine."""
        self._files.delete(_key(address))

    def holds(self, address: str) -> bool:
        """Tell whether an object is there, whatever its bytes."""
        try:
            self._files.get(_key(address))
        except Absent:
            return False
        return True

    def addresses(self) -> Iterator[str]:
        """Yield every address, in no order."""
        for path in self._files.paths(""):
            yield path.replace("/", "")

    def probe(self) -> None:
        """Hold the store to its promises, see `files.probe`.

        Raises:
            Refused: `store.refused`: nothing may be kept in it.
        """
        probe(self._files)


def _key(address: str) -> str:
    return f"{address[:2]}/{address[2:4]}/{address[4:]}"
