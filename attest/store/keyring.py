"""The key ring: secrets wrapped under a root key, one durable file each, apart from what they protect.

A file names the key it is wrapped under, so that root keys can be replaced one by one. Whoever reads the whole
directory can unwrap everything: its protection is the file system's (0600), until a KMS holds the root key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from attest.errors import CannotVerify, InvalidInput
from attest.store.durable import create_file, remove_file

if TYPE_CHECKING:
    from pathlib import Path

    from attest.clock import Entropy

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}")
_KID: Final = re.compile(r"kek_[0-9a-f]{32}")
_ROOT_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = 1


class FileKeyRing:
    """A key ring in a directory of this machine."""

    def __init__(self, directory: Path, entropy: Entropy) -> None:
        self._directory = directory
        self._entropy = entropy
        self._roots: dict[str, AESGCMSIV] = {}
        self._withheld: tuple[str, ...] = ()

    def load(self, name: str) -> bytes | None:
        """Give the secret of that name, or None when none was ever made.

        Raises:
            CannotVerify: `key.missing`, the root key it is wrapped under is gone or does not fit; `erasure.not-replayed`,
                see `withhold`.
        """
        path = self._path(name)
        if name.startswith(self._withheld):
            raise CannotVerify("erasure.not-replayed", where=name)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            record = json.loads(raw)
            wrapped = base64.b64decode(record["wrapped"], validate=True)
            return self._root(record["kid"]).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError, KeyError, TypeError) as err:
            raise CannotVerify("key.missing", "a wrapped key does not open", where=name) from err

    def create(self, name: str, secret: bytes) -> bytes:
        """Keep a new secret durably; when the name is taken, give the secret that is there instead."""
        kid = self._newest_root()
        nonce = self._entropy.bytes(_NONCE_BYTES)
        wrapped = nonce + self._root(kid).encrypt(nonce, secret, name.encode())
        record = {"version": _VERSION, "name": name, "kid": kid, "wrapped": base64.b64encode(wrapped).decode()}
        create_file(self._path(name), json.dumps(record, sort_keys=True).encode(), mode=0o600)
        kept = self.load(name)
        if kept is None:
            raise CannotVerify("key.missing", "a key vanished while it was made", where=name)
        return kept

    def key_id(self, name: str) -> str:
        """Give the id of the root key that a secret is wrapped under.

        Raises:
            CannotVerify: `key.missing`, there is no such secret.
        """
        try:
            return str(json.loads(self._path(name).read_bytes())["kid"])
        except FileNotFoundError as err:
            raise CannotVerify("key.missing", where=name) from err

    def holds(self, name: str) -> bool:
        """Tell whether there is a secret of that name, whether or not it opens."""
        return self._path(name).exists()

    def destroy(self, name: str) -> bool:
        """Destroy a secret for good, durably; False where there was none.

        The file's bytes are written over first. What a copying file system, a disk or a backup keeps of them is its own.
        """
        return remove_file(self._path(name))

    def withhold(self, *prefixes: str) -> None:
        """From here on give no secret whose name begins so: it cannot be known which of them should have been destroyed."""
        self._withheld = prefixes

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InvalidInput("input.malformed", "not a key name", expected=_NAME.pattern, got=repr(name[:80]))
        return self._directory / f"{name}.json"

    def _root(self, kid: str) -> AESGCMSIV:
        if kid not in self._roots:
            if not _KID.fullmatch(kid):
                raise CannotVerify("key.missing", "not the name of a root key", got=repr(kid[:80]))
            path = self._directory / "root" / f"{kid}.key"
            try:
                secret = path.read_bytes()
            except FileNotFoundError as err:
                raise CannotVerify("key.missing", "a root key is gone", where=kid) from err
            if _kid(secret) != kid:
                raise CannotVerify("key.missing", "a root key file holds another key", expected=kid, got=_kid(secret))
            self._roots[kid] = AESGCMSIV(secret)
        return self._roots[kid]

    def _newest_root(self) -> str:
        current = self._directory / "root" / "current"
        if not current.exists():
            secret = self._entropy.bytes(_ROOT_KEY_BYTES)
            create_file(self._directory / "root" / f"{_kid(secret)}.key", secret, mode=0o600)
            create_file(current, _kid(secret).encode(), mode=0o600)
            self._directory.chmod(0o700)
        return current.read_text()


def _kid(secret: bytes) -> str:
    return "kek_" + hashlib.sha256(b"whereof root key\0" + secret).hexdigest()[:32]
