"""The Rekor `hashedrekord/0.0.1` entry body: the leaf for a signature over an artifact that is not here."""

from __future__ import annotations

from typing import Final

from attest.canonical import canonical_json
from attest.errors import NotVerified
from attest.signing.dsse import MAX_SIGNATURE_BYTES
from attest.signing.entry import MAX_BODY_BYTES, certificate_of, pem_of
from attest.signing.strict import base64_text, parse_json

KIND: Final = "hashedrekord"
VERSION: Final = "0.0.1"


def artifact_body(digest: bytes, signature: bytes, certificate: bytes) -> bytes:
    """Give the canonical entry body for an artifact's SHA-256, a signature over it and the certificate (DER).

    Does not check the signature.
    """
    return canonical_json(
        {
            "apiVersion": VERSION,
            "kind": KIND,
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": digest.hex()}},
                "signature": {
                    "content": base64_text(signature),
                    "publicKey": {"content": base64_text(pem_of(certificate))},
                },
            },
        }
    )


def parse_artifact_body(body: bytes) -> tuple[bytes, bytes, bytes]:
    """Give digest, signature and certificate (DER) of an entry body that `artifact_body` made; no other is read.

    Raises:
        NotVerified: `evidence.entry`: it is not byte for byte such a body. Whether the signature holds is not checked.
    """
    fields = parse_json(body, MAX_BODY_BYTES, where="canonicalizedBody", code="evidence.entry")
    spec = fields.child("spec")
    digest = _bytes(spec.child("data").child("hash").text("value", 64))
    signature = spec.child("signature").octets("content", MAX_SIGNATURE_BYTES)
    certificate = certificate_of(body)
    if artifact_body(digest, signature, certificate) != body:
        raise NotVerified("evidence.entry", "not the canonical body of an artifact's entry")
    return digest, signature, certificate


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as err:
        raise NotVerified("evidence.entry", "a digest in hex is required") from err
