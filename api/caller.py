"""Who is asking: found once for a request, by the cookie or the bearer token that it carries.

An instance without `access.json` has one user, who owns it: the printed link and the token files stand for that user.
With it, only credentials that were made for somebody by name count, see `attest.store.credentials`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.tokens import PREFIX
from attest.model.may import Principal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Request

    from api.sign_in import SignIns
    from api.tokens import TokenFiles
    from attest.model.scope import Scope

_KEY: Final = "caller"
_NOBODY: Final = "nobody"
OWNER: Final = "owner"
"""How records of access name the one user of an embedded instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in asker."""

    by: str
    """`cookie` or `token`."""
    principal: Principal
    credential: str = ""
    """Id of the credential, `tok_…`; empty for the owner of an embedded instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Finds who is asking."""

    sign_ins: SignIns
    tokens: TokenFiles
    owner: Principal | None
    """Whom the printed link and the token files stand for; None where people sign in by name."""
    named: Callable[[str], Awaitable[tuple[str, Principal] | None]] | None = None
    """Looks a secret up among the credentials that were made for somebody by name."""

    async def of(self, request: Request, *, again: bool = False) -> Caller | None:
        """Give who is asking; None without credentials, and with wrong ones. `again`: as it is now, not at its begin."""
        state = request.scope.setdefault("state", {})
        if again or _KEY not in state:
            state[_KEY] = await self._find(request) or _NOBODY
        found = state[_KEY]
        return found if isinstance(found, Caller) else None

    async def _find(self, request: Request) -> Caller | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            # A wrong token is not helped by a right cookie.
            return await self._token(token.strip()) if scheme.lower() == "bearer" else None
        cookie = request.cookies.get(cookie_name(request))
        if self.owner is not None and cookie and self.sign_ins.holds(cookie):
            return Caller(by="cookie", principal=self.owner)
        cookie = request.cookies.get(SECURE_COOKIE, "")
        return await self._named("cookie", cookie) if cookie.startswith(COOKIE_PREFIX) else None

    async def _token(self, token: str) -> Caller | None:
        if self.owner is not None and self.tokens.holds(token):
            return Caller(by="token", principal=self.owner)
        return await self._named("token", token) if token.startswith(PREFIX) else None

    async def _named(self, by: str, secret: str) -> Caller | None:
        named = await self.named(secret) if self.named else None
        return Caller(by=by, principal=named[1], credential=named[0]) if named else None


COOKIE_PREFIX: Final = "whs_"
"""A cookie is no token, nor the other way round: each begins in its own way."""
SECURE_COOKIE: Final = "__Host-whereof"
"""The cookie of people who signed in by name: over TLS only, for this host and path alone."""


def cookie_name(request: Request) -> str:
    """Give the name of the loopback cookie: browsers share cookies between ports, so each service has its own."""
    return f"whereof_{port_of(request)}"


def port_of(request: Request) -> int:
    """Give the port of the socket that the request came in by."""
    server = request.scope.get("server") or ("", 0)
    return int(server[1] or 0)


def owner_of(scope: Scope) -> Principal:
    """Give the one user of an embedded instance."""
    return Principal(tenant=scope.tenant, name=OWNER, owner=True)
