"""RFC 3161 tokens taken apart: status, CMS SignedData with one signer, and the TSTInfo inside. Nothing is verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from attest.signing.der import (
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    DerError,
    DerReader,
)

OID_SIGNED_DATA = "1.2.840.113549.1.7.2"
OID_TST_INFO = "1.2.840.113549.1.9.16.1.4"
OID_CONTENT_TYPE = "1.2.840.113549.1.9.3"
OID_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
OID_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
OID_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
MAX_ATTRIBUTES = 32
MAX_EMBEDDED_CERTIFICATES = 16
_TAG_0, _TAG_1 = 0xA0, 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The parts of a granted time-stamp response that verification reads."""

    info: bytes
    """TSTInfo, the signed content."""
    imprint_hash: str
    imprint: bytes
    time: datetime
    policy: str
    certificates: tuple[bytes, ...]
    issuer: bytes
    """The signer's issuer name, DER."""
    serial: int
    digest_hash: str
    signature_algorithm: str
    signature: bytes
    signed_attributes: bytes
    """As signed: with the SET OF tag."""
    attributes: dict[str, bytes]
    """By object identifier: the one value, DER."""


def parse_token(raw: bytes) -> Token:
    """Read a DER TimeStampResp that was granted.

    Raises:
        DerError: not granted, or not exactly one signer over one TSTInfo in strict DER.
    """
    reader = DerReader(raw)
    response = reader.enter(SEQUENCE)
    reader.end()
    if response.enter(SEQUENCE).integer() != 0:
        raise DerError("the time stamp was not granted")
    content = response.enter(SEQUENCE)
    response.end()
    if content.oid() != OID_SIGNED_DATA:
        raise DerError("not SignedData")
    signed = content.enter(_TAG_0).enter(SEQUENCE)
    if signed.integer() != 3:
        raise DerError("version of SignedData")
    signed.octets(SET)  # digest algorithms: a hint, the signer names its own
    encapsulated = signed.enter(SEQUENCE)
    if encapsulated.oid() != OID_TST_INFO:
        raise DerError("not a time stamp")
    info = encapsulated.enter(_TAG_0).octets(OCTET_STRING)
    certificates = _certificates(signed)
    signed.skip(_TAG_1)  # revocation lists are not used
    signers = signed.enter(SET)
    signed.end()
    signer = signers.enter(SEQUENCE)
    signers.end()
    return _signer(signer, info, certificates)


def _certificates(signed: DerReader) -> tuple[bytes, ...]:
    if signed.peek() != _TAG_0:
        return ()
    inside, found = signed.enter(_TAG_0), []
    while inside.peek() is not None:
        found.append(inside.element()[2])
        if len(found) > MAX_EMBEDDED_CERTIFICATES:
            raise DerError("too many certificates")
    return tuple(found)


def _signer(signer: DerReader, info: bytes, certificates: tuple[bytes, ...]) -> Token:
    if signer.integer() != 1:
        raise DerError("version of SignerInfo")
    sid = signer.enter(SEQUENCE)
    issuer, serial = sid.element()[2], sid.integer()
    sid.end()
    digest_hash = _hash(signer.enter(SEQUENCE))
    tag, inside, whole = signer.element()
    if tag != _TAG_0:
        raise DerError("signed attributes are required")
    algorithm = signer.enter(SEQUENCE).oid()
    signature = signer.octets(OCTET_STRING)
    signer.skip(_TAG_1)  # unsigned attributes prove nothing here
    signer.end()
    imprint_hash, imprint, policy, moment = _tst_info(info)
    return Token(
        info=info,
        imprint_hash=imprint_hash,
        imprint=imprint,
        time=moment,
        policy=policy,
        certificates=certificates,
        issuer=issuer,
        serial=serial,
        digest_hash=digest_hash,
        signature_algorithm=algorithm,
        signature=signature,
        signed_attributes=bytes((SET,)) + whole[1:],
        attributes=_attributes(inside),
    )


def _hash(algorithm: DerReader) -> str:
    name = HASHES.get(algorithm.oid())
    if name is None:
        raise DerError("an unknown hash")
    return name


def _attributes(raw: bytes) -> dict[str, bytes]:
    reader, found = DerReader(raw), dict[str, bytes]()
    while reader.peek() is not None:
        name, value = _attribute(reader.element()[2])
        if name in found or len(found) >= MAX_ATTRIBUTES:
            raise DerError("an attribute twice, or too many")
        found[name] = value
    return found


@lru_cache(maxsize=256)
def _attribute(raw: bytes) -> tuple[str, bytes]:
    # Half of a token's attributes are the same in every token of one authority.
    reader = DerReader(raw)
    attribute = reader.enter(SEQUENCE)
    name, values = attribute.oid(), attribute.enter(SET)
    attribute.end()
    value = values.element()[2]
    values.end()
    return name, value


def _tst_info(raw: bytes) -> tuple[str, bytes, str, datetime]:
    reader = DerReader(raw)
    info = reader.enter(SEQUENCE)
    reader.end()
    if info.integer() != 1:
        raise DerError("version of TSTInfo")
    policy = info.oid()
    imprint = info.enter(SEQUENCE)
    imprint_hash = _hash(imprint.enter(SEQUENCE))
    digest = imprint.octets(OCTET_STRING)
    imprint.end()
    info.integer()  # serial number
    if info.peek() != GENERALIZED_TIME:
        raise DerError("time")
    moment = info.time()
    for optional in (SEQUENCE, BOOLEAN, INTEGER, _TAG_0):  # accuracy, ordering, nonce, tsa
        info.skip(optional)
    info.end()  # an extension would be of unknown meaning
    return imprint_hash, digest, policy, moment


def certificate_hash(attributes: dict[str, bytes]) -> tuple[str, bytes]:
    """Give hash name and value of the first ESSCertID (RFC 5035; RFC 2634 with SHA-1).

    Raises:
        DerError: neither signing-certificate attribute is there, or it does not parse.
    """
    newer = attributes.get(OID_SIGNING_CERTIFICATE_V2)
    older = attributes.get(OID_SIGNING_CERTIFICATE)
    value = newer or older
    if value is None:
        raise DerError("no signing-certificate attribute")
    return _first_certificate_hash(value, newer is not None)


@lru_cache(maxsize=64)
def _first_certificate_hash(value: bytes, v2: bool) -> tuple[str, bytes]:  # noqa: FBT001  # a cache takes positions
    first = DerReader(value).enter(SEQUENCE).enter(SEQUENCE).enter(SEQUENCE)
    name = "sha256" if v2 else "sha1"
    if v2 and first.peek() == SEQUENCE:
        name = _hash(first.enter(SEQUENCE))
    return name, first.octets(OCTET_STRING)


def oid_value(der: bytes) -> str:
    """Give an attribute's value that is one OBJECT IDENTIFIER."""
    if DerReader(der).peek() != OID:
        raise DerError("an object identifier is required")
    return DerReader(der).oid()
