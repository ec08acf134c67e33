"""Certify a key for whoever holds an identity token of a configured issuer.

1. token       whole, by an issuer that is configured here, for the audience `sigstore`, with the claims demanded
2. possession  the private half of the key is held
3. name        people: their pseudonym, made now if they have none; workloads: the name in clear, outside our own names
4. use         the token is used up, unless its issuer may use one several times
5. certify     ten minutes, with the token's issuer and an SCT

A token that fails at 1 or 2 is not used up. Nothing of the token but its digest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import NotVerified
from attest.signing.embedded.actor import actor_uri
from attest.signing.embedded.id_token import check_token
from attest.signing.embedded.issuers import workload_name
from attest.signing.embedded.possession import proved_key
from attest.store.actors import keep_actor, uri_of
from attest.store.used_tokens import use_once
from attest.usecases.stamp import require_signing

if TYPE_CHECKING:
    from attest.signing.embedded.id_token import KeysOf, OutsideIdentity
    from attest.signing.embedded.issuers import Issuer
    from attest.signing.embedded.possession import CertificateRequest
    from attest.usecases.instance import Instance

SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuers:
    """Who may vouch for others here, and where their keys come from."""

    configured: tuple[Issuer, ...]
    keys_of: KeysOf


def issue_certificate(
    instance: Instance, issuers: Issuers, token: str, request: CertificateRequest
) -> tuple[bytes, ...]:
    """Give the new certificate and the authorities above it, DER, leaf first.

    Raises:
        NotVerified: `identity.token` or `identity.possession`: nothing was certified.
        CannotVerify: `identity.keys`: the issuer's keys could not be had.
        InvalidInput: the request does not parse.
        Refused: the log may sign nothing, see `require_signing`.
    """
    require_signing(instance)
    now = instance.clock.now()
    who = check_token(token, issuers.configured, issuers.keys_of, now=now)  # 1
    key = proved_key(request, who.challenges)  # 2
    name = _name(instance, who)  # 3
    at = int(now.timestamp())
    once = who.issuer.reuse or use_once(
        instance.engine, instance.scope, who.digest, expires_at=who.expires_at, at=at
    )  # 4
    if not once:
        raise NotVerified("identity.token", "a certificate was made for this token before; one token gives one")
    authority = instance.services.authority
    leaf = authority.issue(key, identity=name, issuer=who.issuer.name, now=now)  # 5
    return (leaf, *chain_of(instance))


def chain_of(instance: Instance) -> tuple[bytes, ...]:
    """Give the authorities that issue here, DER: intermediate, then root."""
    authority = instance.services.authority
    return tuple(each.public_bytes(Encoding.DER) for each in (authority.certificate, authority.root))


def _name(instance: Instance, who: OutsideIdentity) -> str:
    if who.issuer.names == "people":
        return pseudonym_of(instance, who)
    name = workload_name(who.issuer.identity, who.claims)
    if name is None or name.startswith(f"https://{instance.services.host}/"):
        raise NotVerified("identity.token", "the token has no claims that a certified name can be made of")
    return name


def pseudonym_of(instance: Instance, who: OutsideIdentity) -> str:
    """Give the pseudonym of a person, made now if they have none."""
    issuer, subject = who.issuer.name, who.subject
    known = uri_of(instance.engine, instance.scope, issuer=issuer, subject=subject)
    if known is not None:
        return known
    salt = instance.entropy.bytes(SALT_BYTES)
    return keep_actor(
        instance.engine,
        instance.scope,
        issuer=issuer,
        subject=subject,
        uri=actor_uri(instance.services.host, salt, issuer=issuer, subject=subject),
        salt=salt,
        at=int(instance.clock.now().timestamp()),
    )
