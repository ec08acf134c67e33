"""How a log makes the keys of its index rows: in clear, or with a secret that whoever may ask the log holds (D5)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from attest.errors import CannotVerify, InvalidInput
from attest.ledger.index.keys import KeyKind, index_key, index_keys

PLAIN: Final = "sha256"
"""Keys as they are derived from statements."""
_KEYED: Final = "hmac-sha256:"
SECRET_BYTES: Final = 32
_HEADER: Final = "whereof-index-key/v1"
_NAME: Final = re.compile(r"sha256|hmac-sha256:[0-9a-f]{64}", re.ASCII)
_FILE: Final = re.compile(rf"{_HEADER} ([0-9a-f]{{64}})\n?".encode(), re.ASCII)
MAX_KEY_FILE_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Keying:
    """One way of making keys, as index leaves name it; of a private log, with its secret where that is held."""

    name: str
    """`sha256`, or `hmac-sha256:` and the commitment to the secret."""
    secret: bytes | None = field(default=None, repr=False)

    @property
    def private(self) -> bool:
        """Tell whether keys need a secret."""
        return self.name != PLAIN

    def require(self) -> None:
        """Raise unless keys can be made.

        Raises:
            CannotVerify: `evidence.index-key`, the secret is not here.
        """
        if self.private and self.secret is None:
            raise CannotVerify("evidence.index-key", expected=self.name)

    def apply(self, key: bytes) -> bytes:
        """Give the key of a row for the key of a value.

        Raises:
            CannotVerify: `evidence.index-key`, the secret is not here.
        """
        self.require()
        return key if self.secret is None else hmac.digest(self.secret, key, "sha256")

    def key(self, kind: KeyKind, value: str) -> bytes:
        """Give the key that rows of a value have; raises as `apply` does."""
        return self.apply(index_key(kind, value))

    def keys(self, statement: Mapping[str, object]) -> tuple[bytes, ...]:
        """Give the keys that the rows of a statement have, ascending; raises as `apply` does."""
        return self.keyed(index_keys(statement))

    def keyed(self, keys: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Give the keys of rows for keys of values, ascending as those are; raises as `apply` does."""
        return tuple(sorted(self.apply(key) for key in keys))


PUBLIC: Final = Keying(PLAIN)


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The secrets at hand: one for each private log that may be asked about."""

    _held: Mapping[str, Keying] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, secrets: Iterable[bytes]) -> IndexKeys:
        """Take secrets of 32 bytes; which log each is of is told by what logs commit to.

        Raises:
            InvalidInput: one has another length.
        """
        return cls({keying.name: keying for keying in map(keyed_by, secrets)})

    def also(self, secret: bytes) -> IndexKeys:
        """Give these and one more; raises as `of` does."""
        one = keyed_by(secret)
        return IndexKeys({**self._held, one.name: one})

    def keying(self, name: str) -> Keying:
        """Give the keying that a log commits to. A secret it does not commit to is never used.

        Raises:
            CannotVerify: `evidence.index-key`, the log is private and none of the secrets here is its own.
        """
        if name == PLAIN:
            return PUBLIC
        found = self._held.get(name)
        if found is None:
            more = f"none of the {len(self._held)} keys here" if self._held else "no key"
            raise CannotVerify("evidence.index-key", expected=name, got=more)
        return found


NO_KEYS: Final = IndexKeys()


def keyed_by(secret: bytes) -> Keying:
    """Give the keying of a private log with this secret.

    Raises:
        InvalidInput: the secret does not have 32 bytes.
    """
    if len(secret) != SECRET_BYTES:
        raise InvalidInput("input.malformed", "an index key has the wrong length", expected=f"{SECRET_BYTES} bytes")
    return Keying(_KEYED + sha256(_HEADER.encode() + b"\n" + secret).hexdigest(), secret)


def is_keying(name: str) -> bool:
    """Tell whether an index leaf may name this keying."""
    return _NAME.fullmatch(name) is not None


def encode_key_file(secret: bytes) -> bytes:
    """Give a secret as the file that is handed to those who may ask: one line."""
    return f"{_HEADER} {secret.hex()}\n".encode()


def parse_key_file(raw: bytes, where: str) -> bytes:
    """Give the secret in such a file.

    Raises:
        InvalidInput: `input.malformed`; nothing of the file is in the error.
    """
    found = _FILE.fullmatch(raw)
    if found is None:
        raise InvalidInput(
            "input.malformed", "this is no index key", expected=f"{_HEADER} and 64 hex digits", where=where
        )
    return bytes.fromhex(found[1].decode())
