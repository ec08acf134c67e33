"""Who is asking: a cookie from signing in, or a bearer token. Without either nothing of a tenant is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.hosts import SAFE_METHODS
from api.service import Service, here
from attest.errors import Absent, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in asker of the one tenant that an embedded instance has."""

    by: str
    """`cookie` or `token`."""


async def caller_of(request: Request) -> Caller:
    """Give who is asking; asynchronous, since looking for one small file is quicker than asking for a thread.

    Raises:
        Absent: `service.unauthenticated`.
        Refused: `service.forbidden`, a write by cookie that no page of ours can have sent.
    """
    service = here(request)
    found = _find(request, service)
    if found is None:
        raise Absent("service.unauthenticated")
    # Browsers name the origin of every write; a cookie without one comes from something that is no browser of ours.
    if found.by == "cookie" and request.method not in SAFE_METHODS and "origin" not in request.headers:
        raise Refused("service.forbidden", "a write with a cookie and without an Origin")
    return found


def _find(request: Request, service: Service) -> Caller | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        # A wrong token is not helped by a right cookie.
        return Caller(by="token") if scheme.lower() == "bearer" and service.tokens.holds(token.strip()) else None
    cookie = request.cookies.get(cookie_name(request))
    return Caller(by="cookie") if cookie and service.sign_ins.holds(cookie) else None


def cookie_name(request: Request) -> str:
    """Give the cookie's name: browsers share cookies between ports, so each service has its own."""
    return f"whereof_{port_of(request)}"


def port_of(request: Request) -> int:
    """Give the port of the socket that the request came in by."""
    server = request.scope.get("server") or ("", 0)
    return int(server[1] or 0)


CallerHere = Annotated[Caller, Depends(caller_of)]
