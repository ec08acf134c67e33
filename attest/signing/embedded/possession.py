"""What is asked of the certificate authority (Fulcio v2 `CreateSigningCertificate`), and the proof that its key is held.

A PKCS #10 request proves its key by its own signature; a bare public key by a signature over the token's subject. Of a
request nothing but the key is used: whom the certificate names comes from the token alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from attest.errors import InvalidInput, NotVerified
from attest.signing.keys import UNREADABLE
from attest.signing.strict import Fields, parse_json

MAX_REQUEST_BYTES: Final = 64 * 1024
"""Largest request for a certificate, in bytes of JSON."""
MAX_CSR_BYTES: Final = 8 * 1024
MAX_KEY_CHARS: Final = 4 * 1024
MAX_PROOF_BYTES: Final = 1024
_CURVE: Final = "secp256r1"
_CODE: Final = "identity.possession"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """A request, read and not yet checked: either a CSR, or a key with its proof."""

    token: str | None
    """The identity token where the body carries it; else it is in the `Authorization` header."""
    csr: bytes
    public_key: str
    proof: bytes


def parse_certificate_request(raw: bytes) -> CertificateRequest:
    """Read the JSON body of a request.

    Raises:
        InvalidInput: `input.malformed`: anything unknown, missing or too long in it.
    """
    fields = parse_json(raw, MAX_REQUEST_BYTES, where="request", error=InvalidInput, code="input.malformed")
    fields.only("credentials", "publicKeyRequest", "certificateSigningRequest")
    credentials = fields.optional_child("credentials")
    if credentials is not None:
        credentials.only("oidcIdentityToken")
    token = credentials.optional_text("oidcIdentityToken") if credentials is not None else None
    if fields.has("publicKeyRequest") == fields.has("certificateSigningRequest"):
        raise fields.fail("", "either a public key or a certificate request is required")
    if fields.has("certificateSigningRequest"):
        csr = fields.octets("certificateSigningRequest", MAX_CSR_BYTES, least=1)
        return CertificateRequest(token=token, csr=csr, public_key="", proof=b"")
    return _bare(fields.child("publicKeyRequest"), token)


def _bare(fields: Fields, token: str | None) -> CertificateRequest:
    fields.only("publicKey", "proofOfPossession")
    key = fields.child("publicKey")
    key.only("algorithm", "content")
    return CertificateRequest(
        token=token,
        csr=b"",
        public_key=key.text("content", MAX_KEY_CHARS),
        proof=fields.octets("proofOfPossession", MAX_PROOF_BYTES, least=1),
    )


def proved_key(request: CertificateRequest, challenges: tuple[str, ...]) -> ec.EllipticCurvePublicKey:
    """Give the key of a request, when whoever asks holds its private half.

    Raises:
        InvalidInput: `input.malformed`: neither a CSR nor a PEM public key.
        NotVerified: `identity.possession`: the proof does not hold, or the key is not ECDSA P-256.
    """
    csr = None
    key: object
    try:
        if request.csr:
            csr = x509.load_pem_x509_csr(request.csr)
            key = csr.public_key()
        else:
            key = load_pem_public_key(request.public_key.encode())
    except UNREADABLE as err:
        raise InvalidInput("input.malformed", "neither a certificate request nor a public key in PEM") from err
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != _CURVE:
        raise NotVerified(_CODE, "only keys on P-256 are certified", expected="ECDSA P-256")
    proved = csr.is_signature_valid if csr else any(_holds(key, request.proof, each) for each in challenges)
    if not proved:
        raise NotVerified(_CODE)
    return key


def _holds(key: ec.EllipticCurvePublicKey, proof: bytes, challenge: str) -> bool:
    try:
        key.verify(proof, challenge.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
