"""Keys that never come into this process: a token or a key service signs, and the ring keeps only what the key is called.

Such a key stands where one of `cryptography` stands: it has a public key and signs. Each signature is checked against that
public key before it is given, so that a broken holder makes no bundle that nobody can verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from attest.errors import Refused

_GENERATION: Final = re.compile(r"-[0-9]+\Z", re.ASCII)
_MARK: Final = b"whereof held key v1\n"
Sign = Callable[[bytes], bytes]


class KeyHolder(Protocol):
    """Where keys are made and used. Finds or makes by label, so that a crash after making loses nothing."""

    @property
    def name(self) -> str:
        """What the ring and errors call this place: no PIN, no credential."""
        ...

    def takes(self, part: str) -> bool:
        """Tell whether a new key of this part is made here."""
        ...

    def p256(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Give a P-256 key's public half (DER SPKI) and what signs: SHA-256 and ECDSA over a message, as DER.

        Raises:
            Refused: `key.missing`, it is not there and not to be made; `key.unavailable`, the place does not answer.
        """
        ...

    def ed25519(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Give an Ed25519 key's public half (raw) and what signs.

        Raises:
            Refused: as for `p256`.
        """
        ...


def family_of(part: str) -> str:
    """Give what a part is called whatever its generation and whichever log it is of: `ca-2` is `ca`, `access-log` is `log`."""
    name = _GENERATION.sub("", part)
    for family in ("log-c2sp", "log"):
        if name.endswith(f"-{family}"):
            return family
    return name


def mark_of(holder: KeyHolder, label: str) -> bytes:
    """Give what the ring keeps in a held key's place."""
    return _MARK + f"{holder.name}\n{label}".encode()


def label_in(raw: bytes, holder: KeyHolder | None, part: str) -> str | None:
    """Give the label of a held key; None where the ring holds the key itself.

    Raises:
        Refused: `key.missing`, the key is in a place that is not set up here.
    """
    if not raw.startswith(_MARK):
        return None
    name, _, label = raw.removeprefix(_MARK).decode().partition("\n")
    if holder is None or holder.name != name:
        raise Refused("key.missing", "the key is held elsewhere", expected=name, where=part)
    return label


class HeldP256(ec.EllipticCurvePrivateKey):
    """A P-256 private key that is somewhere else. It signs SHA-256 with ECDSA, and does nothing else."""

    def __init__(self, public: ec.EllipticCurvePublicKey, sign: Sign, where: str) -> None:
        self._public, self._sign, self._where = public, sign, where

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # type: ignore[override]
        """Sign a message.

        Raises:
            Refused: `key.unavailable`: the holder does not answer, or gives a signature that does not hold.
        """
        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.SHA256) or isinstance(algorithm, Prehashed):
            _never("sign anything but SHA-256")
        signature = self._sign(bytes(data))
        try:
            self._public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as err:
            raise Refused("key.unavailable", "the signature does not hold", where=self._where) from err
        return signature

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Give the public half."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """256."""
        return self._public.key_size

    def exchange(self, *_: object, **__: object) -> NoReturn:
        """Refuse: this key only signs."""
        _never("exchange")

    def private_numbers(self) -> NoReturn:
        """Refuse: this key never leaves."""
        _never("be read")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Refuse: this key never leaves."""
        _never("be read")

    def __copy__(self) -> HeldP256:
        """Give itself: there is one key."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> HeldP256:
        """Give itself: there is one key."""
        return self


class HeldEd25519(ed25519.Ed25519PrivateKey):
    """An Ed25519 private key that is somewhere else."""

    def __init__(self, public: ed25519.Ed25519PublicKey, sign: Sign, where: str) -> None:
        self._public, self._sign, self._where = public, sign, where

    def sign(self, data: bytes) -> bytes:  # type: ignore[override]
        """Sign a message.

        Raises:
            Refused: `key.unavailable`: the holder does not answer, or gives a signature that does not hold.
        """
        signature = self._sign(bytes(data))
        try:
            self._public.verify(signature, data)
        except InvalidSignature as err:
            raise Refused("key.unavailable", "the signature does not hold", where=self._where) from err
        return signature

    def public_key(self) -> ed25519.Ed25519PublicKey:
        """Give the public half."""
        return self._public

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Refuse: this key never leaves."""
        _never("be read")

    def private_bytes_raw(self) -> NoReturn:
        """Refuse: this key never leaves."""
        _never("be read")

    def __copy__(self) -> HeldEd25519:
        """Give itself: there is one key."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> HeldEd25519:
        """Give itself: there is one key."""
        return self


def _never(what: str) -> NoReturn:
    raise TypeError(f"a held key does not {what}")
