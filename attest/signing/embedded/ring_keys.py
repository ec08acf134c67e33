"""Keys and certificates out of a key ring, or made and kept there; after the first start they are only taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)

from attest.errors import Refused
from attest.model.ports import KeyRing
from attest.signing.embedded.held import HeldEd25519, HeldP256, KeyHolder, label_in, mark_of


@dataclass(frozen=True, slots=True)
class RingKeys:
    """The keys of a ring, by part."""

    ring: KeyRing
    must_exist: bool
    """Whether what is not there is a loss, and nothing to be made."""
    now: datetime
    """Dates the certificates that are made."""
    holder: KeyHolder | None = None
    """Where keys of some parts are made instead; the ring keeps what they are called."""

    def p256(self, part: str) -> ec.EllipticCurvePrivateKey:
        """Give the P-256 key of a part.

        Raises:
            Refused: `key.missing`.
        """
        raw = self._secret(f"sigstore/{part}.key", lambda: self._new_p256(part))
        label = label_in(raw, self.holder, part)
        if label is not None and self.holder is not None:
            spki, sign = self.holder.p256(label, make=False)
            public = load_der_public_key(spki)
            if not isinstance(public, ec.EllipticCurvePublicKey):
                raise Refused("key.missing", "the key is of another kind", where=part)
            return HeldP256(public, sign, f"{self.holder.name} {label}")
        key = load_der_private_key(raw, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Refused("key.missing", "the key is of another kind", where=part)
        return key

    def ed25519(self, part: str) -> ed25519.Ed25519PrivateKey:
        """Give the Ed25519 key of a part.

        Raises:
            Refused: `key.missing`.
        """
        raw = self._secret(f"sigstore/{part}.key", lambda: self._new_ed25519(part))
        label = label_in(raw, self.holder, part)
        if label is not None and self.holder is not None:
            point, sign = self.holder.ed25519(label, make=False)
            public = ed25519.Ed25519PublicKey.from_public_bytes(point)
            return HeldEd25519(public, sign, f"{self.holder.name} {label}")
        key = load_der_private_key(raw, password=None)
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise Refused("key.missing", "the key is of another kind", where=part)
        return key

    def certificate(self, part: str, make: Callable[[datetime], x509.Certificate]) -> x509.Certificate:
        """Give the certificate of a part.

        Raises:
            Refused: `key.missing`.
        """
        raw = self._secret(f"sigstore/{part}.cert", lambda: make(self.now).public_bytes(Encoding.DER))
        return x509.load_der_x509_certificate(raw)

    def _new_p256(self, part: str) -> bytes:
        if self.holder is None or not self.holder.takes(part):
            return _pkcs8(ec.generate_private_key(ec.SECP256R1()))
        label = self._label(part)
        self.holder.p256(label, make=True)
        return mark_of(self.holder, label)

    def _new_ed25519(self, part: str) -> bytes:
        if self.holder is None or not self.holder.takes(part):
            return _pkcs8(ed25519.Ed25519PrivateKey.generate())
        label = self._label(part)
        self.holder.ed25519(label, make=True)
        return mark_of(self.holder, label)

    def _label(self, part: str) -> str:
        host = (self.ring.load("sigstore/host") or b"").decode()
        return f"whereof-{host.partition('.')[0]}-{part}"

    def _secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        found = self.ring.load(name)
        if found is not None:
            return found
        if self.must_exist:
            raise Refused("key.missing", where=name)
        return self.ring.create(name, make())


def _pkcs8(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
