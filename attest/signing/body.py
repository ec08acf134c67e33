"""Whether a log entry is about this bundle: its body must say exactly what the bundle says, for each known kind.

Known: `dsse` 0.0.1 and 0.0.2, `intoto` 0.0.2, `hashedrekord` 0.0.1 and 0.0.2. Not checked: the `envelopeHash` of
Rekor v1 entries, which is over an envelope's JSON as the signer wrote it, not as a bundle carries it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from attest.errors import CannotVerify, NotVerified
from attest.signing.artifact import ArtifactDigest
from attest.signing.bundle import MessageSignature
from attest.signing.dsse import MAX_SIGNATURE_BYTES, Envelope
from attest.signing.entry import BODY_HEAD, MAX_BODY_BYTES, body_of, der_of
from attest.signing.keys import VerifyingKey, key_from_der
from attest.signing.log_entry import LogEntry
from attest.signing.strict import Fields, parse_json, strict_base64

_CODE = "evidence.entry"
_HEX = re.compile("[0-9a-f]{64}", re.ASCII)
_V2_HASHES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the bundle says was signed, and by which key."""

    content: Envelope | MessageSignature
    certificate: bytes | None
    """DER; None for a managed key."""
    key: VerifyingKey
    artifact: ArtifactDigest | None


def verify_body(entry: LogEntry, signed: Signed) -> None:
    """Check that an entry's body is about this signature, key and content.

    Raises:
        NotVerified: `evidence.entry`: the body differs from the bundle in anything, or does not parse.
        CannotVerify: `evidence.unsupported`: an entry kind this verifier does not know.
    """
    if _is_usual(entry, signed):
        return
    body = parse_json(entry.body, MAX_BODY_BYTES, where="canonicalizedBody", code=_CODE)
    body.only("apiVersion", "kind", "spec")
    if (body.text("kind"), body.text("apiVersion")) != (entry.kind, entry.version):
        raise NotVerified(_CODE, "the entry's kind is not that of its body", got=f"{entry.kind} {entry.version}"[:80])
    spec, content = body.child("spec"), signed.content
    match entry.kind, entry.version, content:
        case "dsse", "0.0.1", Envelope():
            _dsse_v1(spec, content, signed)
        case "dsse", "0.0.2", Envelope():
            _dsse_v2(spec, content, signed)
        case "intoto", "0.0.2", Envelope():
            _intoto(spec, content, signed)
        case "hashedrekord", "0.0.2", _:
            _hashedrekord_v2(spec, signed)
        case "hashedrekord", "0.0.1", _:
            _hashedrekord_v1(spec, signed)
        case _:
            raise CannotVerify("evidence.unsupported", "an entry kind that cannot be about this bundle", got=entry.kind)


def _is_usual(entry: LogEntry, signed: Signed) -> bool:
    """Say whether a `dsse/0.0.1` body is, byte for byte, the canonical one for this bundle; only the hash is not ours.

    It is what nearly every entry is, and comparing takes a quarter of the time that parsing does.
    """
    content, certificate = signed.content, signed.certificate
    if (entry.kind, entry.version) != ("dsse", "0.0.1") or certificate is None or not isinstance(content, Envelope):
        return False
    hashed = entry.body[len(BODY_HEAD) : len(BODY_HEAD) + 64].decode("ascii", "replace")
    return _HEX.fullmatch(hashed) is not None and entry.body == body_of(hashed, content, certificate)


def _require(*, same: bool, what: str) -> None:
    if not same:
        raise NotVerified(_CODE, f"the log entry is about another {what}")


def _require_key(der: bytes, signed: Signed, *, certificate: bool) -> None:
    expected = signed.certificate if certificate else signed.key.spki
    _require(same=expected is not None and hmac.compare_digest(der, expected), what="key")


def _require_pem(pem: bytes, signed: Signed) -> None:
    certificate = signed.certificate is not None
    _require_key(der_of(pem, b"CERTIFICATE" if certificate else b"PUBLIC KEY"), signed, certificate=certificate)


def _require_hex_hash(fields: Fields, message: bytes) -> None:
    fields.only("algorithm", "value")
    good = fields.text("algorithm") == "sha256" and fields.text("value") == hashlib.sha256(message).hexdigest()
    _require(same=good, what="payload")


def _one(fields: Fields, name: str) -> Fields:
    found = fields.objects(name)
    _require(same=len(found) == 1, what="number of signatures")
    return found[0]


def _dsse_v1(spec: Fields, envelope: Envelope, signed: Signed) -> None:
    spec.only("envelopeHash", "payloadHash", "signatures")
    _require_hex_hash(spec.child("payloadHash"), envelope.payload)
    one = _one(spec, "signatures")
    one.only("signature", "verifier")
    _require(same=one.octets("signature", MAX_SIGNATURE_BYTES) == envelope.signature, what="signature")
    _require_pem(one.octets("verifier", MAX_BODY_BYTES), signed)


def _intoto(spec: Fields, envelope: Envelope, signed: Signed) -> None:
    spec.only("content")
    content = spec.child("content")
    content.only("envelope", "hash", "payloadHash")
    _require_hex_hash(content.child("payloadHash"), envelope.payload)
    logged = content.child("envelope")
    logged.only("payload", "payloadType", "signatures")
    _require(same=logged.text("payloadType") == envelope.payload_type, what="payload type")
    if logged.has("payload"):
        _require(same=_twice(logged, "payload", envelope.payload), what="payload")
    one = _one(logged, "signatures")
    one.only("keyid", "publicKey", "sig")
    _require(same=_twice(one, "sig", envelope.signature), what="signature")
    _require_pem(one.octets("publicKey", MAX_BODY_BYTES), signed)


def _twice(fields: Fields, name: str, expected: bytes) -> bool:
    # Rekor's intoto entries carry the base64 text of the envelope as bytes, so it is encoded twice.
    inner = fields.octets(name, MAX_BODY_BYTES)
    return inner == expected or strict_base64(inner.decode("ascii", "replace")) == expected


def _require_v2_verifier(signature: Fields, expected: bytes, signed: Signed) -> None:
    signature.only("content", "verifier")
    _require(same=signature.octets("content", MAX_SIGNATURE_BYTES) == expected, what="signature")
    verifier = signature.child("verifier")
    verifier.only("publicKey", "x509Certificate", "keyDetails")
    _require(same=verifier.has("publicKey") != verifier.has("x509Certificate"), what="key")
    certificate = verifier.has("x509Certificate")
    held = verifier.child("x509Certificate" if certificate else "publicKey")
    held.only("rawBytes")
    _require_key(held.octets("rawBytes", MAX_BODY_BYTES), signed, certificate=certificate)
    if verifier.has("keyDetails"):
        _require(same=key_from_der(signed.key.spki, verifier.text("keyDetails")) is not None, what="kind of key")


def _dsse_v2(spec: Fields, envelope: Envelope, signed: Signed) -> None:
    spec.only("dsseV002")
    entry = spec.child("dsseV002")
    entry.only("payloadHash", "signatures")
    _require(same=_v2_hash(entry.child("payloadHash")) == ("sha256", _sha256(envelope.payload)), what="payload")
    _require_v2_verifier(_one(entry, "signatures"), envelope.signature, signed)


def _hashedrekord_v2(spec: Fields, signed: Signed) -> None:
    spec.only("hashedRekordV002")
    entry = spec.child("hashedRekordV002")
    entry.only("data", "signature")
    name, digest = _v2_hash(entry.child("data"))
    _require_digest(name, digest, signed)
    _require_v2_verifier(entry.child("signature"), signed.content.signature, signed)


def _require_digest(name: str, digest: bytes, signed: Signed) -> None:
    if isinstance(signed.content, Envelope):
        # The digest is over the PAE, by the hash that belongs to the signing key.
        _require(same=name == signed.key.hash_name, what="hash")
        _require(same=digest == hashlib.new(name, signed.content.pae()).digest(), what="payload")
    else:
        _require(same=signed.artifact is not None and signed.artifact.get(name) == digest, what="artifact")


def _hashedrekord_v1(spec: Fields, signed: Signed) -> None:
    spec.only("data", "signature")
    data = spec.child("data").child("hash")
    data.only("algorithm", "value")
    value = data.text("value", 128)
    _require(same=len(value) % 2 == 0 and set(value) <= set("0123456789abcdef"), what="digest")
    _require_digest(data.text("algorithm", 16), bytes.fromhex(value), signed)
    signature = spec.child("signature")
    signature.only("content", "publicKey", "format")
    _require(same=signature.octets("content", MAX_SIGNATURE_BYTES) == signed.content.signature, what="signature")
    _require_pem(signature.child("publicKey").octets("content", MAX_BODY_BYTES), signed)


def _v2_hash(fields: Fields) -> tuple[str, bytes]:
    fields.only("algorithm", "digest")
    name = _V2_HASHES.get(fields.text("algorithm"))
    if name is None:
        raise fields.fail("algorithm", "an unknown hash")
    return name, fields.octets("digest", 64)


def _sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()
