"""Identity tokens of outside issuers (OIDC ID tokens, JWS compact): checked whole before anything is certified.

1. bounded, three parts, header and claims read strictly: no name twice, no `crit`
2. the issuer is one that is configured
3. a signature by one of the issuer's own keys, by an asymmetric algorithm that fits the key's kind
4. issuer, one audience (`sigstore` for certificates) and no other, issued and not expired, a life of at most a day
5. the claims that the configuration demands

Not checked: whether the issuer has taken the token back, and (`nonce`) that this browser asked for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from attest.errors import CannotVerify, NotVerified
from attest.signing.embedded.issuers import MAX_NAME_CHARS, Issuer
from attest.signing.strict import Fields, parse_json

AUDIENCE: Final = "sigstore"
MAX_TOKEN_CHARS: Final = 16 * 1024
MAX_LIFE_S: Final = 24 * 3600
LEEWAY_S: Final = 5
"""How far the issuer's clock may be from ours, in seconds."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Never one with a shared key: the issuer's public key would be taken for the secret."""
MAX_KEYS: Final = 64
_MIN_RSA_BITS: Final = 2048
_CODE: Final = "identity.token"
PublicKeys = tuple[RSAKey | ECKey | OKPKey, ...]
KeysOf = Callable[[Issuer, str | None], PublicKeys]
"""Gives the keys of an issuer; the key id of the token says whether they must be fetched anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideIdentity:
    """Who stands behind a token that holds."""

    issuer: Issuer
    subject: str
    challenges: tuple[str, ...]
    """What a proof of possession may be over: the subject, and the e-mail address where the issuer verified it."""
    claims: dict[str, object]
    digest: bytes
    """SHA-256 of what was signed: the token's name when it is used up."""
    expires_at: int
    """Seconds since the epoch."""


def check_token(
    token: str, issuers: tuple[Issuer, ...], keys_of: KeysOf, *, now: datetime, audience: str = AUDIENCE
) -> OutsideIdentity:
    """Give who a token is of; it must be for `audience` and no other, also where it names an authorized party (`azp`).

    Raises:
        NotVerified: `identity.token`, any of the checks above.
        CannotVerify: the issuer's keys could not be had.
    """
    header, claims = _read(token)  # 1
    issuer = next((each for each in issuers if each.name == claims.value.get("iss")), None)  # 2
    if issuer is None:
        raise NotVerified(_CODE, "the token is of an issuer that is not configured here")
    _require_signed(token, header, keys_of(issuer, header.optional_text("kid")))  # 3
    _require_claims(claims.value, issuer, int(now.timestamp()), audience)  # 4
    _require_demanded(claims.value, issuer)  # 5
    subject = claims.text("sub", MAX_NAME_CHARS)
    if not subject or not subject.isprintable():
        raise NotVerified(_CODE, "the token names no subject")
    email = claims.value.get("email")
    verified = isinstance(email, str) and claims.value.get("email_verified") is True
    return OutsideIdentity(
        issuer=issuer,
        subject=subject,
        challenges=(subject, email) if verified and isinstance(email, str) else (subject,),
        claims=claims.value,
        digest=hashlib.sha256(token.rpartition(".")[0].encode()).digest(),
        expires_at=_seconds(claims.value.get("exp")),
    )


def _read(token: str) -> tuple[Fields, Fields]:
    parts = token.split(".")
    if len(token) > MAX_TOKEN_CHARS or len(parts) != 3 or not token.isascii():
        raise NotVerified(_CODE, "not a signed token in compact form")
    header, claims = (
        parse_json(_decoded(part), MAX_TOKEN_CHARS, where=where, code=_CODE)
        for part, where in zip(parts[:2], ("header", "claims"), strict=True)
    )
    if "crit" in header.value or header.value.get("b64", True) is not True:
        raise NotVerified(_CODE, "the token's header asks for what is not known here")
    return header, claims


def _decoded(part: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as err:
        raise NotVerified(_CODE, "not base64url") from err
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise NotVerified(_CODE, "not base64url in its one spelling")
    return raw


def _require_signed(token: str, header: Fields, keys: PublicKeys) -> None:
    if header.value.get("alg") not in ALGORITHMS:
        raise NotVerified(_CODE, "the token's algorithm is not accepted", expected=", ".join(ALGORITHMS))
    kid = header.optional_text("kid")
    fitting = [key for key in keys if key.kid == kid] if kid is not None else keys
    if len(fitting) != 1:
        raise NotVerified(_CODE, "the token does not name one key of its issuer")
    try:
        jwt.decode(
            token, fitting[0], algorithms=list(ALGORITHMS), registry=jws.JWSRegistry(algorithms=list(ALGORITHMS))
        )
    except (JoseError, ValueError, TypeError) as err:
        raise NotVerified(_CODE, "the token is not signed by its issuer") from err


def _require_claims(claims: dict[str, object], issuer: Issuer, now: int, audience: str) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True},
        sub={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as err:
        raise NotVerified(_CODE, "the token is expired, not yet valid, or lacks a claim") from err
    if claims["aud"] not in (audience, [audience]):
        raise NotVerified(_CODE, "the token is for another audience", expected=audience)
    if audience != AUDIENCE and claims.get("azp", audience) != audience:
        raise NotVerified(_CODE, "the token was given to another party", expected=audience, where="azp")
    issued, expires = _seconds(claims["iat"]), _seconds(claims["exp"])
    if not issued <= expires <= issued + MAX_LIFE_S:
        raise NotVerified(_CODE, "the token lives too long", expected=f"at most {MAX_LIFE_S} s")


def _require_demanded(claims: dict[str, object], issuer: Issuer) -> None:
    for name, accepted in issuer.require:
        value = claims.get(name)
        held = value if isinstance(value, list) else [value]
        if not any(isinstance(one, str) and one in accepted for one in held):
            raise NotVerified(_CODE, "the token lacks a claim that is demanded here", where=name)


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**53:
        raise NotVerified(_CODE, "a time in the token is no time")
    return int(value)


def read_keys(raw: bytes, limit: int) -> PublicKeys:
    """Read a JSON Web Key Set: the signing keys in it whose kind is accepted; others are passed over.

    Raises:
        CannotVerify: `identity.keys`: it does not parse, or holds a private key, or none that is accepted.
    """
    fields = parse_json(raw, limit, where="jwks", error=CannotVerify, code="identity.keys")
    found = []
    for each in fields.objects("keys")[:MAX_KEYS]:
        if each.value.get("kty") not in {"RSA", "EC", "OKP"} or each.value.get("use", "sig") != "sig":
            continue
        if each.value["kty"] == "RSA" and len(each.text("n")) * 6 < _MIN_RSA_BITS:
            continue
        try:
            key = KeySet.import_key_set({"keys": [each.value]}).keys[0]  # type: ignore[list-item]  # read from JSON
        except (JoseError, ValueError, TypeError, KeyError) as err:
            raise CannotVerify("identity.keys", where=each.where) from err
        if not isinstance(key, RSAKey | ECKey | OKPKey) or key.is_private:
            raise each.fail("d", "a public key is required")
        found.append(key)
    if not found:
        raise CannotVerify("identity.keys", "no key in it is accepted")
    return tuple(found)
