"""What a Rekor v1 client proposes for the log: `dsse/0.0.1`, `intoto/0.0.2`, `hashedrekord/0.0.1`. Read, not verified.

`intoto` carries the same envelope in an older dress (payload and signature in base64 twice); both become the same leaf.
The hashes that a proposal says about itself are not believed: the log makes its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.signing.dsse import MAX_ENVELOPE_BYTES, MAX_SIGNATURE_BYTES, Envelope, envelope_from
from attest.signing.entry import der_of
from attest.signing.strict import Fields, parse_json, strict_base64

MAX_PROPOSAL_BYTES: Final = 4 * 1024 * 1024
MAX_PEM_BYTES: Final = 16 * 1024
_FILLED_IN: Final = ("envelopeHash", "payloadHash", "signatures")
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedEnvelope:
    """A signed envelope and the certificate that is said to have signed it."""

    envelope: Envelope
    certificate: bytes
    """DER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedArtifact:
    """A signature over an artifact that stays with the signer: only its SHA-256 is known here."""

    digest: bytes
    signature: bytes
    certificate: bytes
    """DER."""


def parse_proposal(raw: bytes) -> ProposedEnvelope | ProposedArtifact:
    """Read one proposal.

    Raises:
        InvalidInput: `input.malformed`: anything unknown, missing or too long in it, or a bare key for a certificate.
        CannotVerify: `evidence.unsupported`: another kind of entry.
        NotVerified: `evidence.malformed`: the envelope in it does not parse.
    """
    fields = parse_json(raw, MAX_PROPOSAL_BYTES, where="entry", error=InvalidInput, code="input.malformed")
    fields.only("apiVersion", "kind", "spec")
    kind, spec = (fields.text("kind", 32), fields.text("apiVersion", 32)), fields.child("spec")
    match kind:
        case ("dsse", "0.0.1"):
            return _dsse(spec)
        case ("intoto", "0.0.2"):
            return _intoto(spec)
        case ("hashedrekord", "0.0.1"):
            return _hashedrekord(spec)
        case _:
            expected = "dsse 0.0.1, intoto 0.0.2 or hashedrekord 0.0.1"
            raise CannotVerify("evidence.unsupported", "this log takes no entries of that kind", expected=expected)


def _dsse(spec: Fields) -> ProposedEnvelope:
    # sigstore-python names what only the log fills in, with null.
    spec.only("proposedContent", *_FILLED_IN)
    if any(spec.has(name) for name in _FILLED_IN):
        raise spec.fail("", "what the log fills in is not for the client to say")
    content = spec.child("proposedContent")
    content.only("envelope", "verifiers")
    text = content.text("envelope", MAX_ENVELOPE_BYTES).encode()
    verifiers = content.octet_list("verifiers", MAX_PEM_BYTES)
    if len(verifiers) != 1:
        raise content.fail("verifiers", "exactly one is required")
    envelope = envelope_from(parse_json(text, MAX_PROPOSAL_BYTES, where="envelope"))
    return ProposedEnvelope(envelope=envelope, certificate=_certificate(verifiers[0]))


def _intoto(spec: Fields) -> ProposedEnvelope:
    spec.only("content")
    content = spec.child("content")
    content.only("envelope", "hash", "payloadHash")
    envelope = content.child("envelope")
    envelope.only("payload", "payloadType", "signatures")
    signatures = envelope.objects("signatures")
    if len(signatures) != 1:
        raise envelope.fail("signatures", "exactly one is required")
    signatures[0].only("sig", "keyid", "publicKey")
    return ProposedEnvelope(
        envelope=Envelope(
            payload=_twice(envelope, "payload", MAX_PROPOSAL_BYTES),
            payload_type=envelope.text("payloadType"),
            signature=_twice(signatures[0], "sig", MAX_SIGNATURE_BYTES),
            key_hint="",
        ),
        certificate=_certificate(signatures[0].octets("publicKey", MAX_PEM_BYTES)),
    )


def _twice(fields: Fields, name: str, limit: int) -> bytes:
    inner = strict_base64(fields.octets(name, limit * 4 // 3 + 4).decode("ascii", "replace"))
    if not inner:
        raise fields.fail(name, "base64 in base64 is required")
    return inner


def _hashedrekord(spec: Fields) -> ProposedArtifact:
    spec.only("data", "signature")
    data, signature = spec.child("data"), spec.child("signature")
    data.only("hash")
    signature.only("content", "publicKey")
    hashed, key = data.child("hash"), signature.child("publicKey")
    hashed.only("algorithm", "value")
    key.only("content")
    # P-256 keys, the only ones certified here, sign by SHA-256.
    if hashed.text("algorithm", 16) != "sha256" or not _HEX.fullmatch(hashed.text("value", 128)):
        raise hashed.fail("value", "the SHA-256 of the artifact is required, in small hex")
    return ProposedArtifact(
        digest=bytes.fromhex(hashed.text("value")),
        signature=signature.octets("content", MAX_SIGNATURE_BYTES, least=1),
        certificate=_certificate(key.octets("content", MAX_PEM_BYTES)),
    )


def _certificate(pem: bytes) -> bytes:
    try:
        return der_of(pem)
    except NotVerified as err:
        raise InvalidInput("input.malformed", "one certificate in PEM is required", where="verifier") from err
