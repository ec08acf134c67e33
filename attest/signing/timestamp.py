"""RFC 3161 time stamps over a signature, against pinned time-stamp authorities.

1. The token is granted, strict DER, with one signer.
2. Its imprint is the hash of the signature it is shown with.
3. A pinned authority's own certificate is the signer's: same issuer and serial, and the ESSCertID hash.
4. The signed attributes name a TSTInfo and its digest, and their signature holds under that certificate.
5. The certificate may stamp times and nothing else (critical extended key usage), and leads to the pinned root.
6. The time lies inside every certificate's validity and inside the authority's pinned window, ends included.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.errors import CannotVerify, NotVerified
from attest.signing.chain import is_issued_in_turn
from attest.signing.cms import (
    OID_CONTENT_TYPE,
    OID_MESSAGE_DIGEST,
    OID_TST_INFO,
    Token,
    certificate_hash,
    oid_value,
)
from attest.signing.der import OCTET_STRING, DerError, DerReader
from attest.signing.keys import UNREADABLE, PublicKey, verifying_key
from attest.signing.memo import Memo
from attest.signing.token_shape import read_token
from attest.signing.trust import AfterRevocation, PinnedAuthority, TrustedRoot

_CODE = "evidence.timestamp"
_ECDSA = {
    ("1.2.840.10045.4.3.2", "sha256"): ec.ECDSA(hashes.SHA256()),
    ("1.2.840.10045.4.3.3", "sha384"): ec.ECDSA(hashes.SHA384()),
    ("1.2.840.10045.4.3.4", "sha512"): ec.ECDSA(hashes.SHA512()),
}
"""By signature algorithm and the digest that the signer names beside it, which must be the same (RFC 5754 3.2)."""
_RSA = {
    ("1.2.840.113549.1.1.11", "sha256"),
    ("1.2.840.113549.1.1.12", "sha384"),
    ("1.2.840.113549.1.1.13", "sha512"),
}
_RSA_ENCRYPTION, _ED25519 = "1.2.840.113549.1.1.1", "1.3.101.112"
_BY_NAME: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}

_DIGEST = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class UnpinnedStamp(NotVerified):
    """The time stamp is by no pinned authority: of whoever made it nothing is known."""


class RevokedStamp(CannotVerify):
    """The time stamp is of before the moment its authority is revoked from: whoever took the key could date it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stamper:
    """A pinned authority's certificate, its path verified: when it may stamp."""

    key: PublicKey
    serial: int
    der: bytes
    issuer: bytes
    start: datetime
    end: datetime


def verify_timestamp(raw: bytes, message: bytes, root: TrustedRoot, memo: Memo) -> tuple[datetime, str]:
    """Give the proved time of a token over `message`, and the authority that stamped it.

    Raises:
        NotVerified: `evidence.timestamp`: any step fails; `UnpinnedStamp` where no pinned authority stamped it,
            `AfterRevocation` where its authority is revoked from its time or before.
        RevokedStamp: `evidence.revoked`: all holds, but the authority's key may be somebody else's.
    """
    try:
        token = read_token(raw, memo)
        name, digest = certificate_hash(token.attributes)
    except DerError as err:
        raise NotVerified(_CODE, f"the time stamp does not parse: {err}", where="rfc3161Timestamps") from err
    if not hmac.compare_digest(_DIGEST[token.imprint_hash](message).digest(), token.imprint):
        raise NotVerified(_CODE, "the time stamp is over another signature")
    made = [one for one in _stampers(root, memo) if _is_by(token, one[0], name, digest)]
    if not made:
        raise UnpinnedStamp(_CODE, "the time stamp is by no pinned authority")
    _require_signed(token, made[0][0].key)
    # One authority may be pinned for several spans: any of them will do.
    spans = [authority for stamper, authority in made if stamper.start <= token.time <= stamper.end]
    for authority in spans:
        if authority.revoked is None:
            return token.time, authority.uri
    if spans:
        expected = "a time by a key that is not revoked"
        raise RevokedStamp("evidence.revoked", expected=expected, got=f"a stamp of {token.time.isoformat()}")
    raise _outside(token.time, tuple(authority for _, authority in made))


def _outside(time: datetime, authorities: tuple[PinnedAuthority, ...]) -> NotVerified:
    """Give why a stamp that was made then by one of these is of no time that it is pinned for."""
    ended = next((one.revoked for one in authorities if one.revoked is not None and time >= one.revoked), None)
    if ended is not None:
        expected = f"a time before {ended.isoformat()}"
        return AfterRevocation(_CODE, "its authority is revoked", expected=expected, got=time.isoformat())
    return NotVerified(_CODE, "the authority was not valid at the time it stamped", got=time.isoformat())


def _stampers(root: TrustedRoot, memo: Memo) -> Iterator[tuple[_Stamper, PinnedAuthority]]:
    for position, authority in enumerate(root.timestamp_authorities):
        stamper = _stamper(position, authority, root, memo)
        if stamper is not None:
            yield stamper, authority


def _stamper(position: int, authority: PinnedAuthority, root: TrustedRoot, memo: Memo) -> _Stamper | None:
    key = ("tsa", root.memo_key, position.to_bytes(4, "big"))
    known = memo.get(key, _Stamper)
    if known is not None:
        return known
    leaf = authority.chain[0]
    if len(authority.chain) < 2 or not _may_stamp(leaf) or not is_issued_in_turn(list(authority.chain)):
        return None
    public = verifying_key(leaf.public_key())
    if public is None:
        return None
    ends = [each.not_valid_after_utc for each in authority.chain]
    if authority.window.end is not None:
        ends.append(authority.window.end)
    stamper = _Stamper(
        key=public.key,
        serial=leaf.serial_number,
        der=leaf.public_bytes(Encoding.DER),
        issuer=leaf.issuer.public_bytes(),
        start=max(authority.window.start, *(each.not_valid_before_utc for each in authority.chain)),
        end=min(ends),
    )
    return memo.keep(key, stamper)


def _may_stamp(leaf: x509.Certificate) -> bool:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except UNREADABLE:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _is_by(token: Token, stamper: _Stamper, name: str, digest: bytes) -> bool:
    if token.serial != stamper.serial or token.issuer != stamper.issuer:
        return False
    if token.certificates and stamper.der not in token.certificates:
        return False
    return hmac.compare_digest(_certificate_digest(stamper.der, name), digest)


@lru_cache(maxsize=256)
def _certificate_digest(der: bytes, name: str) -> bytes:
    return hashlib.new(name, der, usedforsecurity=False).digest()


def _require_signed(token: Token, key: PublicKey) -> None:
    try:
        named = oid_value(token.attributes[OID_CONTENT_TYPE]) == OID_TST_INFO
        digest = DerReader(token.attributes[OID_MESSAGE_DIGEST]).octets(OCTET_STRING)
    except (KeyError, DerError) as err:
        raise NotVerified(_CODE, "the time stamp's signed attributes are not whole") from err
    if not named or not hmac.compare_digest(_DIGEST[token.digest_hash](token.info).digest(), digest):
        raise NotVerified(_CODE, "the time stamp's signed attributes are over something else")
    try:
        signed = _check_signature(token, key)
    except InvalidSignature:
        signed = False
    if not signed:
        raise NotVerified(_CODE, "the time stamp's signature does not hold")


def _check_signature(token: Token, key: PublicKey) -> bool:
    name = token.signature_algorithm
    if isinstance(key, ec.EllipticCurvePublicKey) and (name, token.digest_hash) in _ECDSA:
        key.verify(token.signature, token.signed_attributes, _ECDSA[name, token.digest_hash])
    elif isinstance(key, rsa.RSAPublicKey) and ((name, token.digest_hash) in _RSA or name == _RSA_ENCRYPTION):
        key.verify(token.signature, token.signed_attributes, padding.PKCS1v15(), _BY_NAME[token.digest_hash])
    elif isinstance(key, ed25519.Ed25519PublicKey) and name == _ED25519:
        key.verify(token.signature, token.signed_attributes)
    else:
        return False
    return True
