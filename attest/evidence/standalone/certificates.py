"""Section 5, certificate and time: the path to the root, the SCT, RFC 3161 tokens."""

from __future__ import annotations

# ruff: noqa: ANN401, B905, RUF005, RUF007, DTZ007, UP017
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.evidence.standalone.archive import Bad, expect
from attest.evidence.standalone.roots import CURVES, Pinned, Root, signed_by

HASH_OIDS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
HASH_KINDS: dict[str, Any] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
SIGNING_CERTIFICATE_1 = "1.2.840.113549.1.9.16.2.12"


class Unpinned(Bad):
    """A time stamp by nobody who is pinned."""


class Doubted(Unpinned):
    """A time stamp by a revoked authority: it proves no time."""


class Der:
    """Reads DER elements one behind the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def peek(self) -> int:
        """Give the next tag, or -1."""
        return self.data[self.at] if self.at < len(self.data) else -1

    def take(self, tag: int = -1) -> tuple[bytes, bytes]:
        """Give contents and whole of the next element."""
        start, data = self.at, self.data
        expect(start + 2 <= len(data) and tag in (-1, data[start]), "the DER is not what must stand there")
        length, at = data[start + 1], start + 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            expect(1 <= count <= 4 and length >= 0x80 and data[at] != 0, "a DER length is malformed")
            at += count
        expect(at + length <= len(data), "the DER is cut")
        self.at = at + length
        return data[at : self.at], data[start : self.at]

    def inside(self, tag: int) -> Der:
        """Give a reader of the next element's contents."""
        return Der(self.take(tag)[0])

    def skip(self, tag: int) -> None:
        """Pass over the next element when it has this tag."""
        if self.peek() == tag:
            self.take()

    def number(self) -> int:
        """Give an INTEGER."""
        return int.from_bytes(self.take(2)[0], "big", signed=True)

    def oid(self) -> str:
        """Give an OBJECT IDENTIFIER in dotted form."""
        raw, arcs, value = self.take(6)[0], [], 0
        for octet in raw:
            value = value << 7 | octet & 0x7F
            if octet < 0x80:
                arcs.append(value)
                value = 0
        expect(bool(arcs), "an object identifier is empty")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))

    def end(self) -> None:
        """Require that nothing follows."""
        expect(self.at == len(self.data), "something follows the DER")


def time_stamped(raw: bytes, message: bytes, root: Root) -> datetime:
    """Check an RFC 3161 response over a message, and give its time."""
    outer = Der(raw)
    response = outer.inside(0x30)
    outer.end()
    expect(response.inside(0x30).number() == 0, "the time stamp was not granted")
    content = response.inside(0x30)
    expect(content.oid() == "1.2.840.113549.1.7.2", "the time stamp is no SignedData")
    signed = content.inside(0xA0).inside(0x30)
    expect(signed.number() == 3, "the version of SignedData")
    signed.take(0x31)
    inner = signed.inside(0x30)
    expect(inner.oid() == "1.2.840.113549.1.9.16.1.4", "this is no time stamp")
    info = inner.inside(0xA0).take(4)[0]
    held = _held(signed)
    signed.skip(0xA1)
    signers = signed.inside(0x31)
    signed.end()
    signer = signers.inside(0x30)
    signers.end()
    at = _info(info, message)
    _require_stamper(signer, (info, at, held), root)
    return at


def _held(signed: Der) -> list[bytes]:
    found = []
    inside = signed.inside(0xA0) if signed.peek() == 0xA0 else Der(b"")
    while inside.peek() >= 0:
        found.append(inside.take()[1])
    return found


def _info(raw: bytes, message: bytes) -> datetime:
    info = Der(raw).inside(0x30)
    expect(info.number() == 1, "the version of TSTInfo")
    info.oid()
    imprint = info.inside(0x30)
    name = HASH_OIDS.get(imprint.inside(0x30).oid(), "")
    expect(bool(name), "the time stamp uses an unknown hash")
    expect(imprint.take(4)[0] == hashlib.new(name, message).digest(), "the time stamp is over another signature")
    info.number()
    text = info.take(0x18)[0].decode("ascii", "replace")
    try:
        at = datetime.strptime(text, "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ")
    except ValueError:
        raise Bad("the time of the stamp is malformed") from None
    for optional in (0x30, 0x01, 0x02, 0xA0):
        info.skip(optional)
    info.end()
    return at.replace(tzinfo=timezone.utc)


def _require_stamper(signer: Der, stamp: tuple[bytes, datetime, list[bytes]], root: Root) -> None:
    info, at, held = stamp
    expect(signer.number() == 1, "the version of SignerInfo")
    sid = signer.inside(0x30)
    issuer, serial = sid.take()[1], sid.number()
    digest = HASH_OIDS.get(signer.inside(0x30).oid(), "")
    expect(bool(digest) and signer.peek() == 0xA0, "the stamp's signer uses an unknown form")
    inside, whole = signer.take()
    signer.take(0x30)
    signature = signer.take(4)[0]
    signer.skip(0xA1)
    signer.end()
    attributes = _attributes(inside)
    named, hashed = _certificate_hash(attributes)
    expect(Der(attributes.get("1.2.840.113549.1.9.3", b"")).oid() == "1.2.840.113549.1.9.16.1.4", "the content type")
    expected = Der(attributes.get("1.2.840.113549.1.9.4", b"")).take(4)[0]
    expect(expected == hashlib.new(digest, info).digest(), "the stamp's attributes are over something else")
    signed = b"\x31" + whole[1:]
    for one in root.stampers:
        leaf = one.chain[0]
        der = leaf.public_bytes(Encoding.DER)
        if leaf.serial_number != serial or leaf.issuer.public_bytes() != issuer or len(one.chain) < 2:
            continue
        if hashlib.new(named, der).digest() != hashed or (held and der not in held) or not one.holds(at):
            continue
        expect(_may_stamp(leaf) and _chained(one.chain, at), "the stamp's authority may not stamp, or not then")
        expect(_stamp_holds(leaf.public_key(), signature, signed, digest), "the stamp's signature does not hold")
        if one.revoked:
            raise Doubted("the time stamp is by a revoked authority")
        return
    raise Unpinned("the time stamp is by no pinned authority")


def _attributes(raw: bytes) -> dict[str, bytes]:
    reader, found = Der(raw), {}
    while reader.peek() >= 0:
        attribute = reader.inside(0x30)
        name, values = attribute.oid(), attribute.inside(0x31)
        expect(name not in found, "an attribute of the stamp is there twice")
        found[name] = values.take()[1]
        values.end()
    return found


def _certificate_hash(attributes: dict[str, bytes]) -> tuple[str, bytes]:
    newer = SIGNING_CERTIFICATE in attributes
    raw = attributes.get(SIGNING_CERTIFICATE if newer else SIGNING_CERTIFICATE_1, b"")
    first = Der(raw).inside(0x30).inside(0x30).inside(0x30)
    name = "sha256" if newer else "sha1"
    if newer and first.peek() == 0x30:
        name = HASH_OIDS.get(first.inside(0x30).oid(), "")
    expect(bool(name), "the stamp names its certificate by an unknown hash")
    return name, first.take(4)[0]


def _stamp_holds(key: Any, signature: bytes, message: bytes, digest: str) -> bool:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(HASH_KINDS[digest]()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), HASH_KINDS[digest]())
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _may_stamp(leaf: x509.Certificate) -> bool:
    usage = extension_of(leaf, x509.ExtendedKeyUsage)
    return usage is not None and usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def extension_of(certificate: x509.Certificate, kind: Any) -> Any:
    """Give an extension; None where the certificate has none such that can be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except Exception:  # noqa: BLE001  # absent or unreadable: whoever asks decides
        return None


def _chained(chain: list[x509.Certificate], at: datetime) -> bool:
    for child, parent in zip(chain, chain[1:]):
        constraints = extension_of(parent, x509.BasicConstraints)
        if constraints is None or not constraints.value.ca:
            return False
        try:
            child.verify_directly_issued_by(parent)
        except (ValueError, TypeError, InvalidSignature):
            return False
    return all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in chain)


def require_path(leaf: x509.Certificate, at: datetime, root: Root) -> x509.Certificate:
    """Require that a pinned authority issued a signing certificate for this time; give the issuer."""
    usage, purposes = extension_of(leaf, x509.KeyUsage), extension_of(leaf, x509.ExtendedKeyUsage)
    constraints = extension_of(leaf, x509.BasicConstraints)
    expect(usage is not None and usage.value.digital_signature, "the certificate's key may not sign")
    expect(
        purposes is not None and ExtendedKeyUsageOID.CODE_SIGNING in purposes.value, "the certificate is for other uses"
    )
    expect(constraints is None or not constraints.value.ca, "the certificate is an authority's")
    for authority in root.authorities:
        for place, issuer in enumerate(authority.chain):
            if authority.holds(at) and _chained([leaf] + authority.chain[place:], at):
                return issuer
    raise Bad("no pinned authority issued the certificate for the proved time")


def require_sct(leaf: x509.Certificate, issuer: x509.Certificate, root: Root) -> None:
    """Require one SCT, by a pinned log, for this certificate and issuer (RFC 6962 3.2)."""
    held = extension_of(leaf, x509.PrecertificateSignedCertificateTimestamps)
    stamps = list(held.value) if held is not None else []
    expect(len(stamps) == 1, "the certificate must hold one SCT")
    stamp = stamps[0]
    at = stamp.timestamp.replace(tzinfo=timezone.utc)
    logs = [one for one in root.ct_logs if one.log_id == stamp.log_id and one.holds(at)]
    spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    tbs = leaf.tbs_precertificate_bytes
    age = (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
    signed = b"".join(
        (
            b"\0\0" + age.to_bytes(8, "big") + b"\0\1" + hashlib.sha256(spki).digest(),
            len(tbs).to_bytes(3, "big") + tbs,
            len(stamp.extension_bytes).to_bytes(2, "big") + stamp.extension_bytes,
        )
    )
    expect(bool(logs), "the SCT is by a log that is not pinned")
    expect(any(signed_by(one.key, stamp.signature, signed) for one in logs), "the SCT's signature does not hold")


def named_in(certificate: x509.Certificate) -> tuple[str, str]:
    """Give name and issuer as certified."""
    names = extension_of(certificate, x509.SubjectAlternativeName)
    values = [str(one.value) for one in names.value] if names is not None else []
    expect(len(values) == 1, "the certificate must have one name")
    issuer = ""
    for one in certificate.extensions:
        if one.oid.dotted_string == "1.3.6.1.4.1.57264.1.8" and isinstance(one.value, x509.UnrecognizedExtension):
            issuer = Der(one.value.value).take()[0].decode("utf-8", "replace")
        elif one.oid.dotted_string == "1.3.6.1.4.1.57264.1.1" and isinstance(one.value, x509.UnrecognizedExtension):
            issuer = issuer or one.value.value.decode("utf-8", "replace")
    return values[0], issuer


__all__ = ["CURVES", "Pinned"]
