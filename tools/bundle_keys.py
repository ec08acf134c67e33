"""Keys, certificates and time stamps that come out the same on every run: for the bundle vectors, and nothing else.

Private keys are hashes of their labels: whoever reads this file has them all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attest.signing.der import OCTET_STRING, encode
from attest.signing.embedded.ca import OID_ISSUER_V1, OID_ISSUER_V2, key_usage
from attest.signing.embedded.sct import signed_part

if TYPE_CHECKING:
    from collections.abc import Sequence

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""From when on everything that is pinned is valid."""
NOW: Final = datetime(2024, 6, 1, 12, tzinfo=UTC)
"""When the vectors are signed."""
END: Final = datetime(2044, 1, 1, tzinfo=UTC)
_OID_SCT_LIST: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_UTF8_STRING: Final = 0x0C
_CURVES: Final[dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]]] = {
    "p256": (ec.SECP256R1(), hashes.SHA256()),
    "p384": (ec.SECP384R1(), hashes.SHA384()),
}
DETAILS: Final = {
    "p256": "PKIX_ECDSA_P256_SHA_256",
    "p384": "PKIX_ECDSA_P384_SHA_384",
    "ed25519": "PKIX_ED25519",
}


class Key:
    """A private key of a label; signs the same message the same way every time."""

    def __init__(self, label: str, kind: str = "p256") -> None:
        self.label, self.kind = label, kind
        self.hash_name = {"p256": "sha256", "p384": "sha384"}.get(kind, "sha256")
        seed = hashlib.sha512(f"{kind} {label}".encode()).digest()
        self.private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
        if kind == "ed25519":
            self.private = ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
        else:
            self.private = ec.derive_private_key(int.from_bytes(seed[:31], "big") + 1, _CURVES[kind][0])

    def sign(self, message: bytes) -> bytes:
        """Sign a message by the hash that belongs to the kind of key."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(message)
        return self.private.sign(message, ec.ECDSA(_CURVES[self.kind][1], deterministic_signing=True))

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def pem(self) -> bytes:
        """The public key as a PEM file."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def certify(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Sign a certificate."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return builder.sign(self.private, None)
        return builder.sign(self.private, _CURVES[self.kind][1], ecdsa_deterministic=True)  # type: ignore[arg-type]  # one of the two


def name_of(common_name: str) -> x509.Name:
    """Give the name of an authority."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(key: Key, name: x509.Name, span: tuple[datetime, datetime]) -> x509.CertificateBuilder:
    public = key.private.public_key()
    serial = int.from_bytes(hashlib.sha256(f"serial {key.label} {span}".encode()).digest()[:15], "big")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def authority(key: Key, issuer: Key, *, depth: int, span: tuple[datetime, datetime] = (START, END)) -> x509.Certificate:
    """Give the certificate of an authority; its own issuer makes it a root."""
    builder = (
        _builder(key, name_of(key.label), span)
        .issuer_name(name_of(issuer.label))
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(key_usage(cert_sign=True), critical=True)
    )
    return issuer.certify(_under(builder, issuer) if issuer is not key else builder)


def _under(builder: x509.CertificateBuilder, issuer: Key) -> x509.CertificateBuilder:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key())
    return builder.add_extension(identifier, critical=False)


def stamper(
    key: Key,
    issuer: Key,
    *,
    usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    span: tuple[datetime, datetime] = (START, END),
) -> x509.Certificate:
    """Give the certificate of a time-stamp authority."""
    builder = (
        _builder(key, name_of(key.label), span)
        .issuer_name(name_of(issuer.label))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(usages)), critical=critical)
    )
    return issuer.certify(_under(builder, issuer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a signing certificate says; the defaults are a good one."""

    names: tuple[x509.GeneralName, ...]
    issuer: str | None
    issuer_v1: str | None = None
    """The older extension, where it says something else."""
    start: datetime = NOW - timedelta(minutes=1)
    end: datetime = NOW + timedelta(minutes=9)
    usage: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CODE_SIGNING,)
    signs: bool = True
    is_authority: bool = False
    scts: int = 1
    sct_at: datetime = NOW - timedelta(minutes=1)


def issue(key: Key, issuer: Key, ct: Key, leaf: Leaf) -> bytes:
    """Give a signing certificate (DER), SCTs inside."""
    builder = (
        _builder(key, x509.Name([]), (leaf.start, leaf.end))
        .issuer_name(name_of(issuer.label))
        .add_extension(key_usage(digital_signature=leaf.signs, cert_sign=not leaf.signs), critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(leaf.usage)), critical=False)
        .add_extension(x509.SubjectAlternativeName(leaf.names), critical=True)
    )
    if leaf.is_authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if leaf.issuer is not None:
        raw, older = leaf.issuer.encode(), (leaf.issuer_v1 or leaf.issuer).encode()
        builder = builder.add_extension(x509.UnrecognizedExtension(OID_ISSUER_V1, older), critical=False)
        builder = builder.add_extension(
            x509.UnrecognizedExtension(OID_ISSUER_V2, encode(_UTF8_STRING, raw)), critical=False
        )
    builder = _under(builder, issuer)
    tbs = issuer.certify(builder).tbs_certificate_bytes
    if leaf.scts:
        stamps = _scts(ct, signed_part(tbs, issuer.spki, _milliseconds(leaf.sct_at)), leaf)
        extension = x509.UnrecognizedExtension(_OID_SCT_LIST, encode(OCTET_STRING, stamps))
        builder = builder.add_extension(extension, critical=False)
    return issuer.certify(builder).public_bytes(Encoding.DER)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def _scts(ct: Key, signed: bytes, leaf: Leaf) -> bytes:
    signature = ct.sign(signed)
    moment = _milliseconds(leaf.sct_at).to_bytes(8, "big")
    head = b"\x00" + hashlib.sha256(ct.spki).digest() + moment + b"\x00\x00\x04\x03"
    one = head + len(signature).to_bytes(2, "big") + signature
    framed = (len(one).to_bytes(2, "big") + one) * leaf.scts
    return len(framed).to_bytes(2, "big") + framed
