"""The embedded OIDC issuer: short ES256 tokens that say which identity a local process acts for.

The issuer name is not a reachable address (`.invalid`, RFC 2606): tokens are checked against the instance's own key.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from attest.errors import NotVerified
from attest.signing.strict import Fields, parse_json

AUDIENCE = "sigstore"
TOKEN_LIFETIME_S = 300
MAX_TOKEN_BYTES = 8192
_COORDINATE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssuer:
    """Issues and checks identity tokens of one instance."""

    key: ec.EllipticCurvePrivateKey
    issuer: str

    def issue(self, subject: str, *, now: datetime) -> str:
        """Give a compact JWT for `subject`, valid `TOKEN_LIFETIME_S` seconds. Whether to give one is the caller's."""
        at = int(now.timestamp())
        claims = {"aud": AUDIENCE, "exp": at + TOKEN_LIFETIME_S, "iat": at, "iss": self.issuer, "sub": subject}
        signed = _segment({"alg": "ES256", "typ": "JWT"}) + b"." + _segment(claims)
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return (signed + b"." + _base64url(raw)).decode("ascii")

    def subject_of(self, token: str, *, now: datetime) -> str:
        """Give the subject of a token of this issuer that holds at `now`.

        Raises:
            NotVerified: `evidence.identity`: malformed, another algorithm, issuer or audience, expired, or not
                signed by this issuer.
        """
        parts = token.split(".")
        if len(token) > MAX_TOKEN_BYTES or len(parts) != 3 or not token.isascii():
            raise NotVerified("evidence.identity", "the identity token does not parse")
        header, claims = (_read(part) for part in parts[:2])
        if header.text("alg") != "ES256" or not self._is_signed(token, parts[2]):
            raise NotVerified("evidence.identity", "the identity token is not signed by this instance")
        at = int(now.timestamp())
        good = hmac.compare_digest(claims.text("iss"), self.issuer) and claims.text("aud") == AUDIENCE
        if not good or not claims.u64("iat") - 1 <= at < claims.u64("exp"):
            raise NotVerified("evidence.identity", "the identity token is for another issuer, audience or time")
        return claims.text("sub")

    def _is_signed(self, token: str, signature: str) -> bool:
        raw = _unbase64url(signature)
        if len(raw) != 2 * _COORDINATE_BYTES:
            return False
        r, s = (int.from_bytes(half, "big") for half in (raw[:_COORDINATE_BYTES], raw[_COORDINATE_BYTES:]))
        try:
            self.key.public_key().verify(
                encode_dss_signature(r, s), token.rpartition(".")[0].encode(), ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            return False
        return True


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _unbase64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _segment(value: dict[str, object]) -> bytes:
    return _base64url(json.dumps(value, separators=(",", ":"), sort_keys=True).encode())


def _read(segment: str) -> Fields:
    return parse_json(_unbase64url(segment), MAX_TOKEN_BYTES, where="token", code="evidence.identity")
