"""Signing in by name: people through their provider, pipelines with their CI's token, and the credentials they get.

What is kept of a sign-in that is under way stands in a cookie, sealed with the tenant's secret: nonce and PKCE verifier
are derived from it, so that a state without its cookie, or with another's, is worth nothing.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from api.caller import COOKIE_PREFIX
from api.provider import Provider
from api.rates import Rates
from api.sign_in import digest_of, new_secret
from api.tokens import PREFIX
from attest.clock import ulid
from attest.errors import AttestError, NotVerified, Refused
from attest.model.rights import together
from attest.signing.embedded.id_token import check_token
from attest.store.credentials import Credential, holder_of, keep_credential, revoke_credential
from attest.usecases.issue_certificate import pseudonym_of

if TYPE_CHECKING:
    from api.access_config import AccessConfig, Federation
    from attest.model.may import Grant, Principal
    from attest.model.rights import Right
    from attest.signing.embedded.id_token import KeysOf, OutsideIdentity
    from attest.usecases.instance import Instance

COOKIE_S: Final = 8 * 3600
LOGIN_S: Final = 600
"""Longest time at the provider's pages."""
MAX_GROUPS: Final = 1000
TRIES: Final = 20
TRIES_PER_S: Final = 1 / 60
"""How many codes of command lines one person may send at once, and how many more a second. A code is one of 20^8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new credential with its secret, which is seen this once."""

    secret: str
    credential: Credential


class Named:
    """Everything about credentials of people and pipelines, over one instance."""

    def __init__(self, instance: Instance, config: AccessConfig, keys_of: KeysOf) -> None:
        self._instance = instance
        self.config = config
        self._keys_of = keys_of
        self._key = hmac.digest(instance.tenant_secret(), b"whereof sign-in v1", "sha256")
        people = config.people
        self.tries = Rates(TRIES_PER_S, TRIES)
        self._provider = Provider(people, f"{config.url}/sign-in/return") if people else None

    async def __call__(self, secret: str) -> tuple[str, Principal] | None:
        """Give id and principal of a secret that holds; None otherwise."""
        if len(secret) > 128 or not secret.isascii():
            return None
        instance = self._instance
        found = await run_in_threadpool(
            holder_of, instance.engine, instance.scope, digest_of(secret), instance.clock.now()
        )
        return (found[0].id, found[1]) if found else None

    def begin(self) -> tuple[str, str]:
        """Give where a browser is to go, and the sealed cookie that it brings back."""
        state = new_secret(self._instance.entropy)
        end = int(self._instance.clock.now().timestamp()) + LOGIN_S
        cookie = f"{state}.{end}.{self._derived('seal', f'{state}.{end}')}"
        return self._required().begin(
            state=state, nonce=self._derived("nonce", state), verifier=self._derived("verifier", state)
        ), cookie

    def finish(self, cookie: str, *, state: str, code: str, iss: str | None) -> Made:
        """Check what the provider sent back, and give the new cookie's secret.

        Raises:
            NotVerified: `identity.sign-in` or `identity.token`.
            Refused: `identity.no-role`.
            CannotVerify: the provider does not answer.
        """
        sealed, _, seal = cookie.rpartition(".")
        own, _, end = sealed.partition(".")
        good = hmac.compare_digest(seal.encode(), self._derived("seal", sealed).encode())
        if not good or not hmac.compare_digest(own.encode(), state.encode()):
            raise NotVerified("identity.sign-in", "it was begun in another browser, or not here")
        if int(end) < self._instance.clock.now().timestamp():
            raise NotVerified("identity.sign-in", "it was begun too long ago")
        provider, people = self._required(), self.config.people
        if people is None or iss not in {people.issuer.name, *(() if provider.endpoints().names_itself else (None,))}:
            raise NotVerified("identity.sign-in", "the answer is of another provider", where="iss")
        token = provider.finish(code, verifier=self._derived("verifier", own))
        now = self._instance.clock.now()
        who = check_token(token, (people.issuer,), self._keys_of, now=now, audience=people.client)
        nonce = who.claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), self._derived("nonce", own).encode()):
            raise NotVerified("identity.token", "the token was made for another sign-in", where="nonce")
        return self.make("cookie", pseudonym_of(self._instance, who), self._of_groups(who), seconds=COOKIE_S)

    def token_of_device(self, device_code: str) -> str:
        """Give the token of a command line that signs in; whoever has not the tenant's secret cannot tell it from the code."""
        derived = hmac.digest(self._key, f"device token\0{device_code}".encode("utf-8", "surrogatepass"), "sha256")
        return PREFIX + base64.urlsafe_b64encode(derived).rstrip(b"=").decode()

    def end(self, secret: str) -> None:
        """Take back the credential of a secret, if there is one."""
        instance = self._instance
        now = instance.clock.now()
        found = holder_of(instance.engine, instance.scope, digest_of(secret), now)
        if found is not None:
            revoke_credential(instance.engine, instance.scope, found[0].id, int(now.timestamp()), name=found[0].name)

    def exchange(self, token: str) -> Made:
        """Exchange a pipeline's identity token for a short-lived token of ours; the first rule that it meets counts.

        Raises:
            NotVerified: `identity.token`, it meets no rule.
            CannotVerify: an issuer's keys could not be had.
        """
        refused: AttestError = NotVerified("identity.token", "no rule is for such a token")
        for rule in self.config.pipelines:
            try:
                return self._by_rule(token, rule)
            except NotVerified as err:
                refused = err
        raise refused

    def _by_rule(self, token: str, rule: Federation) -> Made:
        now = self._instance.clock.now()
        who = check_token(token, (rule.issuer,), self._keys_of, now=now, audience=rule.audience)
        name = f"{who.issuer.name}#{who.subject}"
        return self.make("federated", name, rule.grants, seconds=rule.minutes * 60)

    def make(
        self, kind: str, name: str, grants: tuple[Grant, ...], *, seconds: int, only: frozenset[Right] | None = None
    ) -> Made:
        """Make a credential and keep the digest of its secret."""
        instance = self._instance
        secret = (COOKIE_PREFIX if kind == "cookie" else PREFIX) + new_secret(instance.entropy)
        at = int(instance.clock.now().timestamp())
        credential = Credential(
            id=ulid("tok", instance.clock, instance.entropy),
            kind=kind,
            name=name,
            grants=grants,
            only=only,
            created_at=at,
            expires_at=at + seconds,
        )
        keep_credential(instance.engine, instance.scope, digest_of(secret), credential)
        return Made(secret=secret, credential=credential)

    def _of_groups(self, who: OutsideIdentity) -> tuple[Grant, ...]:
        people = self.config.people
        if people is None:
            return ()
        value = who.claims.get(people.claim)
        groups = {one for one in (value if isinstance(value, list) else [value])[:MAX_GROUPS] if isinstance(one, str)}
        found = tuple(grant for group, grants in people.roles if group in groups for grant in grants)
        if together(grant.role for grant in found) is not None:
            raise Refused("identity.no-role", "your groups give roles that are kept apart")
        return found

    def _required(self) -> Provider:
        if self._provider is None:
            raise Refused("identity.sign-in", "people do not sign in here")
        return self._provider

    def _derived(self, what: str, state: str) -> str:
        return hmac.digest(self._key, f"{what}\0{state}".encode(), "sha256").hex()
