"""The embedded time-stamp authority (RFC 3161): answers a request with a signed time, as CMS SignedData.

Its clock is the operator's own: a token proves order and integrity under this instance, not an outside time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attest.errors import InvalidInput
from attest.signing.der import (
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    DerReader,
    encode,
    encode_integer,
    encode_oid,
    encode_set_of,
)
from attest.signing.embedded.ca import AUTHORITY_LIFETIME, BACKDATE, key_usage, require_current
from attest.signing.strict import parse_json

POLICY_OID = "2.25.309475061274198337241902841730217653410.1.1"
"""Our own policy arc (under a random UUID); says: a clock of the operator, one second, no outside audit."""
MAX_REQUEST_BYTES = 4096
"""Largest time-stamp request that is read, in bytes."""
MAX_NONCE_BITS = 256
"""Longest nonce that is given back, in bits; none is negative."""
_SHA256, _SHA384, _SHA512 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"
_DIGEST_BYTES = {_SHA256: 32, _SHA384: 48, _SHA512: 64}
_BY_NAME = {"sha256": _SHA256, "sha384": _SHA384, "sha512": _SHA512}
_ECDSA_SHA256, _TST_INFO, _SIGNED_DATA = "1.2.840.10045.4.3.2", "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


_GRANTED = encode(SEQUENCE, encode_integer(0))
_ECDSA_ALGORITHM = encode(SEQUENCE, encode_oid(_ECDSA_SHA256))
_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """What a client asks to have stamped (RFC 3161 2.4.1)."""

    algorithm: str
    digest: bytes
    nonce: int | None
    want_certificate: bool


def parse_request(raw: bytes) -> TimestampRequest:
    """Read a DER time-stamp request.

    Raises:
        InvalidInput: `input.malformed`: not DER, another version, another hash than SHA-256/384/512, another policy
            than ours, a negative or very long nonce, or an extension.
    """
    if len(raw) > MAX_REQUEST_BYTES:
        raise InvalidInput("input.too-large", where="TimeStampReq", got=f"{len(raw)} bytes")
    try:
        version, policy, request = _read_request(raw)
    except DerError as err:
        raise InvalidInput("input.malformed", f"time-stamp request: {err}", where="TimeStampReq") from err
    known = version == 1 and policy in (None, POLICY_OID)
    if not known or _DIGEST_BYTES.get(request.algorithm) != len(request.digest) or not _is_nonce(request.nonce):
        raise InvalidInput(
            "input.malformed", "time-stamp request: unknown version, policy, hash or nonce", where="TimeStampReq"
        )
    return request


def _is_nonce(nonce: int | None) -> bool:
    return nonce is None or 0 <= nonce < 1 << MAX_NONCE_BITS


def _read_request(raw: bytes) -> tuple[int, str | None, TimestampRequest]:
    reader = DerReader(raw)
    fields = reader.enter(SEQUENCE)
    reader.end()
    version, imprint = fields.integer(), fields.enter(SEQUENCE)
    algorithm, digest = imprint.enter(SEQUENCE).oid(), imprint.octets(OCTET_STRING)
    policy = fields.oid() if fields.peek() == OID else None
    nonce = fields.integer() if fields.peek() == INTEGER else None
    want = fields.peek() == BOOLEAN and fields.octets(BOOLEAN) == b"\xff"
    fields.end()
    return version, policy, TimestampRequest(algorithm=algorithm, digest=digest, nonce=nonce, want_certificate=want)


def parse_json_request(raw: bytes) -> TimestampRequest:
    """Read the JSON form that sigstore-js sends: `artifactHash`, `hashAlgorithm`, `certificates`, `nonce`, `tsaPolicyOID`.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`: as for `parse_request`.
    """
    fields = parse_json(raw, MAX_REQUEST_BYTES, where="TimeStampReq", error=InvalidInput, code="input.malformed")
    fields.only("artifactHash", "hashAlgorithm", "certificates", "nonce", "tsaPolicyOID")
    algorithm = _BY_NAME.get(fields.text("hashAlgorithm", 16).lower(), "")
    nonce, want = fields.value.get("nonce"), fields.value.get("certificates", False)
    if isinstance(nonce, bool) or not isinstance(nonce, int | None) or not _is_nonce(nonce):
        raise fields.fail("nonce", "a number that is not negative")
    if not isinstance(want, bool) or fields.value.get("tsaPolicyOID") not in (None, "", POLICY_OID):
        raise fields.fail("", "certificates or tsaPolicyOID is not what is given here")
    digest = fields.octets("artifactHash", 64)
    if _DIGEST_BYTES.get(algorithm) != len(digest):
        raise fields.fail("artifactHash", "a digest of sha256, sha384 or sha512 is required")
    return TimestampRequest(algorithm=algorithm, digest=digest, nonce=nonce, want_certificate=want)


def request_for(message: bytes, nonce: int | None = None) -> TimestampRequest:
    """Give the request that stamps a message by its SHA-256, with the certificate in the answer."""
    return TimestampRequest(
        algorithm=_SHA256, digest=hashlib.sha256(message).digest(), nonce=nonce, want_certificate=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampAuthority:
    """Signs times with one key, whose certificate says that it does nothing else."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    def respond(self, request: TimestampRequest, *, now: datetime, serial: int) -> bytes:
        """Give a granted TimeStampResp (DER) for `now`, cut to the second.

        Raises:
            Refused: `key.expired`: the authority's own certificate does not hold at that time.
        """
        require_current(self.certificate, now, timedelta(0), role="tsa")
        info = _tst_info(request, now, serial)
        own = _own_parts(self.certificate)
        token = _signed_data(info, self._signer_info(info, own), own.certificate if request.want_certificate else b"")
        return encode(SEQUENCE, _GRANTED, token)

    def _signer_info(self, info: bytes, own: _OwnParts) -> bytes:
        digest = _attribute(_MESSAGE_DIGEST, encode(OCTET_STRING, hashlib.sha256(info).digest()))
        signed = encode_set_of(own.content_type, digest, own.certificate_id)
        return encode(
            SEQUENCE,
            own.signer,
            b"\xa0" + signed[1:],
            _ECDSA_ALGORITHM,
            encode(OCTET_STRING, self.key.sign(signed, _ECDSA)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _OwnParts:
    """What every token of one authority has in common, DER."""

    certificate: bytes
    """As SignedData holds it."""
    signer: bytes
    """Version, issuer with serial number, and digest algorithm, behind each other."""
    content_type: bytes
    certificate_id: bytes


@lru_cache(maxsize=16)
def _own_parts(certificate: x509.Certificate) -> _OwnParts:
    der = certificate.public_bytes(Encoding.DER)
    name = encode(SEQUENCE, certificate.issuer.public_bytes(), encode_integer(certificate.serial_number))
    hashed = encode(SEQUENCE, encode(OCTET_STRING, hashlib.sha256(der).digest()))
    return _OwnParts(
        certificate=encode(0xA0, der),
        signer=encode_integer(1) + name + _algorithm(_SHA256),
        content_type=_attribute(_CONTENT_TYPE, encode_oid(_TST_INFO)),
        certificate_id=_attribute(_SIGNING_CERTIFICATE_V2, encode(SEQUENCE, encode(SEQUENCE, hashed))),
    )


@lru_cache(maxsize=8)
def _algorithm(oid: str) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode(NULL))


def _attribute(oid: str, value: bytes) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode_set_of(value))


def _tst_info(request: TimestampRequest, now: datetime, serial: int) -> bytes:
    nonce = () if request.nonce is None else (encode_integer(request.nonce),)
    return encode(
        SEQUENCE,
        encode_integer(1),
        encode_oid(POLICY_OID),
        encode(SEQUENCE, _algorithm(request.algorithm), encode(OCTET_STRING, request.digest)),
        encode_integer(serial),
        encode(GENERALIZED_TIME, now.strftime("%Y%m%d%H%M%SZ").encode("ascii")),
        encode(SEQUENCE, encode_integer(1)),  # accuracy: one second
        *nonce,
    )


def _signed_data(info: bytes, signer_info: bytes, certificates: bytes) -> bytes:
    data = encode(
        SEQUENCE,
        encode_integer(3),
        encode_set_of(_algorithm(_SHA256)),
        encode(SEQUENCE, encode_oid(_TST_INFO), encode(0xA0, encode(OCTET_STRING, info))),
        certificates,
        encode_set_of(signer_info),
    )
    return encode(SEQUENCE, encode_oid(_SIGNED_DATA), encode(0xA0, data))


def make_tsa_certificate(
    public_key: ec.EllipticCurvePublicKey,
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    *,
    common_name: str,
    now: datetime,
) -> x509.Certificate:
    """Give the authority's certificate: time stamping alone, marked critical (RFC 3161 2.3)."""
    start = now.replace(microsecond=0) - BACKDATE
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "whereof embedded"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(root.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + AUTHORITY_LIFETIME - 2 * BACKDATE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
