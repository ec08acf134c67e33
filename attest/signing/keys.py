"""Public keys that verify: RSA (PKCS#1 v1.5), ECDSA on P-256, P-384, P-521, and Ed25519, each with its one hash.

The pairs are those of Sigstore's algorithm registry; no other pair is accepted, so a signature can never be read
under a weaker hash than its key was meant for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from attest.errors import InvalidInput

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
MAX_KEY_BYTES = 4096
"""Largest encoded public key that is read, in bytes."""
_MIN_RSA_BITS = 2048

_CURVE_HASH: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
# Made once: building them costs a twentieth of a verification, and a batch makes thousands.
_ECDSA = {name: ec.ECDSA(each) for name, each in _CURVE_HASH.items()}
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()
_DETAILS = {
    "PKIX_ECDSA_P256_SHA_256": "secp256r1",
    "PKIX_ECDSA_P384_SHA_384": "secp384r1",
    "PKIX_ECDSA_P521_SHA_512": "secp521r1",
    "PKIX_RSA_PKCS1V15_2048_SHA256": "rsa",
    "PKIX_RSA_PKCS1V15_3072_SHA256": "rsa",
    "PKIX_RSA_PKCS1V15_4096_SHA256": "rsa",
    "PKCS1_RSA_PKCS1V5": "rsa",
    "PKIX_ED25519": "ed25519",
}

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""Every way in which `cryptography` says that a certificate or key is not one it can read."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key with the hash that belongs to it."""

    key: PublicKey
    spki: bytes
    """DER SubjectPublicKeyInfo."""

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the SPKI (RFC 6962 3.2)."""
        return _key_id(self.spki)

    @property
    def hash_name(self) -> str | None:
        """`sha256`, `sha384` or `sha512`; None for Ed25519, which takes the message itself."""
        if isinstance(self.key, rsa.RSAPublicKey):
            return "sha256"
        return _CURVE_HASH[self.key.curve.name].name if isinstance(self.key, ec.EllipticCurvePublicKey) else None

    def is_signature_of(self, signature: bytes, message: bytes) -> bool:
        """Say whether a signature over a message holds."""
        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, message, _ECDSA[self.key.curve.name])
            elif isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, message, _PKCS1, _SHA256)
            else:
                self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def is_signature_of_digest(self, signature: bytes, digest: bytes) -> bool:
        """Say whether a signature holds over the message with this digest, which must be of `hash_name`.

        Never true for Ed25519: it signs messages, not digests.
        """
        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, digest, ec.ECDSA(Prehashed(_CURVE_HASH[self.key.curve.name])))
            elif isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
            else:
                return False
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=256)
def _key_id(spki: bytes) -> bytes:
    return hashlib.sha256(spki).digest()


def verifying_key(key: object) -> VerifyingKey | None:
    """Give a loaded public key as one that verifies here, or None when its kind or size is not accepted."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        accepted = key.curve.name in _CURVE_HASH
    elif isinstance(key, rsa.RSAPublicKey):
        accepted = key.key_size >= _MIN_RSA_BITS
    else:
        accepted = isinstance(key, ed25519.Ed25519PublicKey)
    if not accepted or not isinstance(key, PublicKey):
        return None
    return VerifyingKey(key, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def key_from_der(der: bytes, details: str) -> VerifyingKey | None:
    """Give the key in a trusted root; None when its `keyDetails` name a pair that is not accepted, or another key."""
    kind = _DETAILS.get(details)
    try:
        found = verifying_key(load_der_public_key(der))
    except (ValueError, UnsupportedAlgorithm):
        return None
    if found is None or kind is None:
        return None
    if isinstance(found.key, ec.EllipticCurvePublicKey):
        return found if found.key.curve.name == kind else None
    return found if kind == ("rsa" if isinstance(found.key, rsa.RSAPublicKey) else "ed25519") else None


def key_from_pem(pem: bytes) -> VerifyingKey:
    """Give the key in a PEM file.

    Raises:
        InvalidInput: `input.malformed`: not one PEM public key of an accepted kind.
    """
    try:
        found = verifying_key(load_pem_public_key(pem)) if len(pem) <= MAX_KEY_BYTES else None
    except (ValueError, UnsupportedAlgorithm) as err:
        raise InvalidInput("input.malformed", "not a PEM public key", where="key") from err
    if found is None:
        raise InvalidInput("input.malformed", "a public key of a kind that is not accepted", where="key")
    return found
