"""What a route needs of its caller: every route declares it, in its signature or in its `dependencies`.

    def detail(session: str, _caller: Reads, service: ServiceHere) -> Response: ...
    @router.get("/healthz", dependencies=[Depends(Open("says nothing of a tenant"))])

| declaration | who gets in |
|---|---|
| `Reads`, `Verifies`, `Ingests`, `ReadsTranscripts`, `Exports`, … | a signed-in caller with that right (`attest.model.rights`) |
| `Myself` | whoever is signed in, about nobody but themselves |
| `Depends(OfTheLog())` | everyone to a public log, whoever may verify to a private one |
| `Depends(OfThisMachine())` | programs on the machine of an embedded instance, whoever may verify elsewhere |
| `Depends(Open("why"))` | everyone; the reason is printed in `docs/reference/access.md` |

A route without one fails `tests/service/test_every_route_declares.py`, and `CallerHere`, which declares nothing, lets in
the owner of an embedded instance alone. `ServiceHere` is narrowed to the caller: its `instance.scope` holds the tenant and
the repositories that the caller's roles reach, and every query takes it. A transcript is opened by `api.transcripts` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.caller import Caller, cookie_name, port_of
from api.config import is_loopback
from api.hosts import SAFE_METHODS, is_own_host
from api.service import Service, here
from attest.errors import Absent, Refused
from attest.model.may import Decision, Resource, may
from attest.model.rights import Right
from attest.store.attestations import ACCESS_LOG

__all__ = (
    "Administers",
    "AdminsLog",
    "Caller",
    "CallerHere",
    "Exports",
    "Ingests",
    "Myself",
    "Needs",
    "OfTheLog",
    "OfThisMachine",
    "Open",
    "Reads",
    "ReadsAccessLog",
    "ReadsTranscripts",
    "Reviews",
    "Verifies",
    "caller_of",
    "cookie_name",
    "has",
    "port_of",
    "require",
)


@dataclass(frozen=True, slots=True)
class Open:
    """Declares that a route is for everyone, and why."""

    why: str

    async def __call__(self) -> None:
        """Let everyone through."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Declares the right that a route needs; None: to be signed in, for what concerns the caller alone."""

    right: Right | None

    async def __call__(self, request: Request) -> Caller:
        """Give the caller.

        Raises:
            Absent: `service.unauthenticated`.
            Refused: `service.no-right`, or `service.forbidden`: a write by cookie that no page of ours can have sent;
                `service.rate`, the caller asks too often.
        """
        caller = await _signed_in(request)
        if self.right is not None:
            require(caller, self.right, here(request))
        here(request).buckets.take(request, caller, self.right)
        return caller


@dataclass(frozen=True, slots=True)
class OfTheLog:
    """Declares that a route reads the log itself: everyone a public one, who may verify a private one.

    The access log is never public: its hashes are for who may verify, its entries for who reads the access log.
    """

    async def __call__(self, request: Request) -> None:
        """Let everyone read a public log, and those with `verify` a private one.

        Raises:
            Absent: `service.unauthenticated`.
            Refused: `service.no-right`.
        """
        if request.path_params.get("log") == ACCESS_LOG:
            entries = str(request.path_params.get("path", "")).startswith("entries")
            await Needs(Right.ACCESS_LOG if entries else Right.VERIFY)(request)
        elif here(request).instance.private:
            await Needs(Right.VERIFY)(request)


@dataclass(frozen=True, slots=True)
class OfThisMachine:
    """Declares that a route is open to programs on the machine of an embedded instance, and needs `verify` elsewhere.

    A page in a browser there could send another Host than ours (DNS rebinding): with one, `verify` is needed too.
    """

    async def __call__(self, request: Request) -> None:
        """Let callers on loopback read of an embedded instance, and those with `verify` of any.

        Raises:
            Absent: `service.unauthenticated`.
            Refused: `service.no-right`.
        """
        own = is_own_host(request.headers.getlist("host"), port_of(request))
        near = request.client is not None and is_loopback(request.client.host)
        if not (own and near and here(request).who.owner is not None):
            await Needs(Right.VERIFY)(request)


def has(caller: Caller, right: Right, service: Service) -> bool:
    """Say whether a caller has a right over anything of this tenant, for pages that offer what it opens."""
    now, tenant = service.instance.clock.now(), service.instance.scope.tenant
    return may(caller.principal, right, Resource(tenant=tenant), now=now) is Decision.YES


def require(caller: Caller, right: Right, service: Service) -> None:
    """Let a caller go on who has a right over anything of this tenant.

    Raises:
        Refused: `service.no-right`.
        Absent: `service.not-found`, a caller of another tenant.
    """
    now, tenant = service.instance.clock.now(), service.instance.scope.tenant
    decision = may(caller.principal, right, Resource(tenant=tenant), now=now)
    if decision is Decision.HIDDEN:
        raise Absent("service.not-found")
    if decision is not Decision.YES:
        raise Refused("service.no-right", expected=right.value)


async def caller_of(request: Request) -> Caller:
    """Give the owner of an embedded instance: for routes that declare no right, which are nobody else's.

    Raises:
        Absent: `service.unauthenticated`.
        Refused: `service.no-right`, somebody else; `service.forbidden`, see `Needs`.
    """
    caller = await _signed_in(request)
    if not caller.principal.owner:
        raise Refused("service.no-right")
    return caller


async def _signed_in(request: Request) -> Caller:
    found = await here(request).who.of(request)
    if found is None:
        raise Absent("service.unauthenticated")
    # Browsers name the origin of every write; a cookie without one comes from something that is no browser of ours.
    if found.by == "cookie" and request.method not in SAFE_METHODS and "origin" not in request.headers:
        raise Refused("service.forbidden", "a write with a cookie and without an Origin")
    return found


CallerHere = Annotated[Caller, Depends(caller_of)]
Myself = Annotated[Caller, Depends(Needs(None))]
Ingests = Annotated[Caller, Depends(Needs(Right.INGEST))]
Verifies = Annotated[Caller, Depends(Needs(Right.VERIFY))]
Reads = Annotated[Caller, Depends(Needs(Right.SESSION_READ))]
ReadsTranscripts = Annotated[Caller, Depends(Needs(Right.TRANSCRIPT))]
Exports = Annotated[Caller, Depends(Needs(Right.EXPORT))]
Reviews = Annotated[Caller, Depends(Needs(Right.REVIEW))]
ReadsAccessLog = Annotated[Caller, Depends(Needs(Right.ACCESS_LOG))]
AdminsLog = Annotated[Caller, Depends(Needs(Right.LOG_ADMIN))]
Administers = Annotated[Caller, Depends(Needs(Right.ADMIN))]
