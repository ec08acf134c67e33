"""RFC 3161 tokens in every form that authorities give them, and in forms that none may: for the bundle vectors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.der import (
    GENERALIZED_TIME,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    encode,
    encode_integer,
    encode_oid,
    encode_set_of,
)
from tools.bundle_keys import NOW, Key

if TYPE_CHECKING:
    from cryptography import x509

_HASHES: Final = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_SIGNED: Final = {"p256": "1.2.840.10045.4.3.2", "p384": "1.2.840.10045.4.3.3", "ed25519": "1.3.101.112"}
_RSA_SHA256: Final = "1.2.840.113549.1.1.11"
_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_CERTIFICATE_V1, _CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_POLICY: Final = "2.25.309475061274198337241902841730217653410.1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How a token is made; the defaults are a good one."""

    at: datetime = NOW
    fraction: str = ""
    """Behind the seconds, with its point."""
    imprint: str = "sha256"
    digest: str = "sha256"
    status: int = 0
    with_certificate: bool = True
    certificate_id: str = "v2"
    """`v2`, `v1` (SHA-1), `wrong` or `none`."""
    info_digest: bytes | None = None
    """The digest that the signed attributes name, where it is not that of the TSTInfo."""
    signers: int = 1
    extra: bytes = b""
    """Behind the last field of the TSTInfo."""


def token(message: bytes, key: Key, certificate: x509.Certificate, stamp: Stamp) -> bytes:
    """Give a TimeStampResp (DER) over a message."""
    info = _info(message, stamp)
    der = certificate.public_bytes(Encoding.DER)
    signer = _signer(info, key, certificate, stamp)
    data = encode(
        SEQUENCE,
        encode_integer(3),
        encode_set_of(_algorithm(_HASHES[stamp.digest])),
        encode(SEQUENCE, encode_oid(_TST_INFO), encode(0xA0, encode(OCTET_STRING, info))),
        *((encode(0xA0, der),) if stamp.with_certificate else ()),
        encode_set_of(*[signer] * stamp.signers),
    )
    content = encode(SEQUENCE, encode_oid(_SIGNED_DATA), encode(0xA0, data))
    return encode(SEQUENCE, encode(SEQUENCE, encode_integer(stamp.status)), content)


def _algorithm(oid: str) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode(NULL))


def _info(message: bytes, stamp: Stamp) -> bytes:
    moment = stamp.at.strftime("%Y%m%d%H%M%S") + stamp.fraction + "Z"
    digest = hashlib.new(stamp.imprint, message).digest()
    return encode(
        SEQUENCE,
        encode_integer(1),
        encode_oid(_POLICY),
        encode(SEQUENCE, _algorithm(_HASHES[stamp.imprint]), encode(OCTET_STRING, digest)),
        encode_integer(7),
        encode(GENERALIZED_TIME, moment.encode("ascii")),
        stamp.extra,
    )


def _signer(info: bytes, key: Key, certificate: x509.Certificate, stamp: Stamp) -> bytes:
    digest = stamp.info_digest or hashlib.new(stamp.digest, info).digest()
    attributes = [
        _attribute(_CONTENT_TYPE, encode_oid(_TST_INFO)),
        _attribute(_MESSAGE_DIGEST, encode(OCTET_STRING, digest)),
        *_certificate_id(certificate.public_bytes(Encoding.DER), stamp.certificate_id),
    ]
    signed = encode_set_of(*attributes)
    return encode(
        SEQUENCE,
        encode_integer(1),
        encode(SEQUENCE, certificate.issuer.public_bytes(), encode_integer(certificate.serial_number)),
        _algorithm(_HASHES[stamp.digest]),
        b"\xa0" + signed[1:],
        encode(SEQUENCE, encode_oid(_SIGNED[key.kind])) if key.kind in _SIGNED else _algorithm(_RSA_SHA256),
        encode(OCTET_STRING, key.sign(signed)),
    )


def _attribute(oid: str, value: bytes) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode_set_of(value))


def _certificate_id(der: bytes, form: str) -> tuple[bytes, ...]:
    if form == "none":
        return ()
    if form == "v1":
        oid, digest = _CERTIFICATE_V1, hashlib.sha1(der, usedforsecurity=False).digest()
    else:
        oid, digest = _CERTIFICATE_V2, hashlib.sha256(der if form == "v2" else der + b"!").digest()
    one = encode(SEQUENCE, encode(OCTET_STRING, digest))
    return (_attribute(oid, encode(SEQUENCE, encode(SEQUENCE, one))),)
