"""DSSE envelopes (protocol v1.0): what is signed, and the JSON that carries it.

An envelope that came from outside keeps its bytes: the log entry commits to the hash of exactly those.
"""

from __future__ import annotations

from dataclasses import dataclass

from attest.canonical import canonical_json
from attest.errors import NotVerified
from attest.signing.strict import Fields, base64_text, parse_json

IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_ENVELOPE_BYTES = 16 * 1024 * 1024
"""Largest envelope that is parsed, in bytes of JSON."""
MAX_SIGNATURE_BYTES = 1024
"""Largest signature, in bytes: RSA-4096 gives 512."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A DSSE envelope with exactly one signature."""

    payload: bytes
    payload_type: str
    signature: bytes
    key_hint: str
    """The unauthenticated `keyid`; empty where the envelope has none. No check may rest on it."""

    def pae(self) -> bytes:
        """Give the bytes that the signature is over (DSSE v1 pre-authentication encoding)."""
        return pae(self.payload_type, self.payload)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Give the pre-authentication encoding of a payload: type and body, each behind its length in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def encode_envelope(payload: bytes, signature: bytes, payload_type: str = IN_TOTO_PAYLOAD_TYPE) -> bytes:
    """Give the canonical JSON of an envelope: equal parts give equal bytes."""
    return canonical_json(
        {
            "payload": base64_text(payload),
            "payloadType": payload_type,
            "signatures": [{"sig": base64_text(signature)}],
        }
    )


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope from its JSON bytes.

    Raises:
        NotVerified: `evidence.malformed`: not JSON, an unknown or missing field, not strict base64, or not exactly
            one non-empty signature. The signature itself is not checked here.
    """
    return envelope_from(parse_json(raw, MAX_ENVELOPE_BYTES, where="dsseEnvelope"))


def envelope_from(fields: Fields) -> Envelope:
    """Read an envelope from its parsed JSON object; see `parse_envelope`."""
    fields.only("payload", "payloadType", "signatures")
    signatures = fields.objects("signatures")
    if len(signatures) != 1:
        raise NotVerified(
            "evidence.malformed",
            "the envelope must hold exactly one signature",
            expected="1",
            got=str(len(signatures)),
            where=fields.where,
        )
    signatures[0].only("sig", "keyid")
    return Envelope(
        payload=fields.octets("payload", MAX_ENVELOPE_BYTES),
        payload_type=fields.text("payloadType"),
        signature=signatures[0].octets("sig", MAX_SIGNATURE_BYTES, least=1),
        key_hint=signatures[0].optional_text("keyid") or "",
    )
