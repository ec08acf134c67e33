"""The Rekor `dsse/0.0.1` entry body: the leaf of the log, made from an envelope and its certificate."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from attest.errors import NotVerified
from attest.signing.dsse import Envelope, parse_envelope
from attest.signing.strict import base64_text, parse_json, strict_base64

KIND = "dsse"
VERSION = "0.0.1"
MAX_BODY_BYTES = 1024 * 1024
"""Largest log entry body that is parsed, in bytes."""
BODY_HEAD = b'{"apiVersion":"0.0.1","kind":"dsse","spec":{"envelopeHash":{"algorithm":"sha256","value":"'
"""What stands before the envelope's hash in each body of ours."""


def pem_of(certificate: bytes, label: bytes = b"CERTIFICATE") -> bytes:
    """Give the PEM form of DER bytes, 64 characters a line, as every X.509 library writes it."""
    text = base64_text(certificate).encode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label, b"\n".join(lines), label)


def entry_body(envelope: bytes, certificate: bytes) -> bytes:
    """Give the canonical entry body for an envelope (its JSON bytes) and the certificate (DER) that signed it.

    Does not check the signature.

    Raises:
        NotVerified: `evidence.malformed` when the envelope does not parse.
    """
    return body_of(hashlib.sha256(envelope).hexdigest(), parse_envelope(envelope), certificate)


def body_of(envelope_hash: str, envelope: Envelope, certificate: bytes) -> bytes:
    """Give the canonical entry body for an envelope that was read already; the hash (hex) is over its JSON bytes."""
    # Spelled out: hex and base64 need no escaping, and the order is the canonical one.
    return (
        b'%b%b"},"payloadHash":{"algorithm":"sha256","value":"%b"},"signatures":[{"signature":"%b","verifier":"%b"}]}}'
        % (
            BODY_HEAD,
            envelope_hash.encode(),
            hashlib.sha256(envelope.payload).hexdigest().encode(),
            base64.b64encode(envelope.signature),
            _verifier(certificate),
        )
    )


@lru_cache(maxsize=64)
def _verifier(certificate: bytes) -> bytes:
    return base64.b64encode(pem_of(certificate))


def set_payload(body: bytes, *, index: int, integrated_time: int, log_id: bytes) -> bytes:
    """Give the bytes that a signed entry timestamp (SET) is over: RFC 8785 of body, time, log and index."""
    # Spelled out: these four fields need no escaping, and the order is the canonical one.
    return b'{"body":"%b","integratedTime":%d,"logID":"%b","logIndex":%d}' % (
        base64_text(body).encode(),
        integrated_time,
        log_id.hex().encode(),
        index,
    )


def certificate_of(body: bytes) -> bytes:
    """Give the certificate (DER) that an entry body of ours names as its one verifier.

    Raises:
        NotVerified: `evidence.entry`: the body is neither a `dsse/0.0.1` entry with one certificate nor a
            `hashedrekord/0.0.1` entry.
    """
    fields = parse_json(body, MAX_BODY_BYTES, where="canonicalizedBody", code="evidence.entry")
    spec = fields.child("spec")
    if fields.value.get("kind") == "hashedrekord":
        return der_of(spec.child("signature").child("publicKey").octets("content", MAX_BODY_BYTES))
    signatures = spec.objects("signatures")
    if fields.value.get("kind") != KIND or len(signatures) != 1:
        raise NotVerified("evidence.entry", "not a dsse entry with one signature")
    return der_of(signatures[0].octets("verifier", MAX_BODY_BYTES))


@lru_cache(maxsize=256)
def der_of(pem: bytes, label: bytes = b"CERTIFICATE") -> bytes:
    """Give the DER inside one PEM block, whatever its line lengths; nothing may stand around it.

    Remembered, as a pure function of its input: the entries of one session name one certificate.

    Raises:
        NotVerified: `evidence.entry`: not exactly one block of this label in strict base64.
    """
    lines = pem.replace(b"\r\n", b"\n").strip().split(b"\n")
    ends = (b"-----BEGIN %b-----" % label, b"-----END %b-----" % label)
    der = strict_base64(b"".join(lines[1:-1]).decode("ascii", "replace")) if (lines[0], lines[-1]) == ends else None
    if der is None:
        raise NotVerified("evidence.entry", "the verifier in the log entry is not one PEM block")
    return der
