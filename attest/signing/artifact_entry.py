"""The Rekor `hashedrekord/0.0.1` entry body: the leaf for a signature over an artifact that is not here."""

from __future__ import annotations

from typing import Final

from attest.canonical import canonical_json
from attest.signing.entry import pem_of
from attest.signing.strict import base64_text

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
