"""Parts: the texts of a session, committed to by salted hashes and sealed one by one (decision D6).

A part's commitment is SHA-256(salt_i, bytes) with salt_i = HKDF(session salt, part name). Without the salt nobody can
test a guess against it; with the session's secret destroyed, commitment and ciphertext stay and say nothing more.
Sealing is AES-256-GCM-SIV under the session's data key with the part name as associated data. Nonce and ciphertext
follow from name and bytes alone, so the same part of a later capture is the same object.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from attest.errors import NotVerified

SESSION_SECRET_BYTES: Final = 96
"""Data key, nonce key and salt of one session, 32 bytes each: destroyed together at erasure."""
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPart:
    """One part, ready to be kept: what it is committed to and its ciphertext."""

    name: str
    """For example `intent` or `transcript/0007`."""
    size: int
    """Bytes before sealing."""
    commitment: bytes
    ciphertext: bytes

    @property
    def address(self) -> str:
        """SHA-256 of the ciphertext, hex: the name it is stored under."""
        return hashlib.sha256(self.ciphertext).hexdigest()


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The secret of one session, split by use."""

    data_key: bytes
    nonce_key: bytes
    salt: bytes

    @classmethod
    def from_secret(cls, secret: bytes) -> SessionKeys:
        """Split the 96 bytes that the key ring holds."""
        if len(secret) != SESSION_SECRET_BYTES:
            raise NotVerified("ledger.corrupt", "a session secret", expected="96 bytes", got=str(len(secret)))
        return cls(secret[:32], secret[32:64], secret[64:])

    def seal(self, name: str, data: bytes) -> SealedPart:
        """Commit to a part and encrypt it; equal name and bytes give equal results."""
        commitment = self.commit(name, data)
        nonce = hmac.digest(self.nonce_key, name.encode() + b"\0" + commitment, "sha256")[:_NONCE_BYTES]
        ciphertext = nonce + AESGCMSIV(self.data_key).encrypt(nonce, data, name.encode())
        return SealedPart(name=name, size=len(data), commitment=commitment, ciphertext=ciphertext)

    def open(self, name: str, ciphertext: bytes, commitment: bytes) -> bytes:
        """Decrypt a part and check it against its commitment.

        Raises:
            NotVerified: `ledger.corrupt`, the bytes are not those committed to under this name.
        """
        data = self.unseal(name, ciphertext)
        if not hmac.compare_digest(self.commit(name, data), commitment):
            raise NotVerified("ledger.corrupt", "a part differs from its commitment", where=name)
        return data

    def unseal(self, name: str, ciphertext: bytes) -> bytes:
        """Decrypt a part; what it is committed to is not looked at.

        Raises:
            NotVerified: `ledger.corrupt`, it was not sealed under this name with this key.
        """
        try:
            return AESGCMSIV(self.data_key).decrypt(ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as err:  # ValueError: too short to be anything sealed
            raise NotVerified("ledger.corrupt", "a part does not open", where=name) from err

    def commit(self, name: str, data: bytes) -> bytes:
        """Give the salted commitment of a part."""
        return hashlib.sha256(self.salt_of(name) + data).digest()

    def salt_of(self, name: str) -> bytes:
        """Give the salt under a name: whoever has many things to commit to under one name derives it once."""
        info = b"whereof part salt v1\0" + name.encode()
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(self.salt)


def derive_token_key(tenant_secret: bytes, session_id: str) -> bytes:
    """Derive the key of a session's redaction tokens from the tenant's secret (HKDF-SHA-256)."""
    info = b"whereof redaction tokens v1\0" + session_id.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(tenant_secret)
