"""Signing in by name: to the provider and back, with a cookie that this host alone gets, over TLS alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal, TypedDict
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Open
from api.caller import SECURE_COOKIE
from api.named import COOKIE_S, LOGIN_S, Named
from api.pages.links import local_path
from api.pages.other_views import SignInView
from api.pages.render import render_sign_in
from api.pages.spans import spans
from api.problems import status_of
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from attest.errors import Absent, AttestError

router = APIRouter(include_in_schema=False, dependencies=[Depends(Open("how one signs in and out"))])
LOGIN_COOKIE: Final = "__Host-whereof-sign-in"
Short = Annotated[str, Query(max_length=2048)]


class _Sealed(TypedDict):
    httponly: bool
    secure: bool
    samesite: Literal["lax"]
    path: str


SEALED: Final[_Sealed] = {"httponly": True, "secure": True, "samesite": "lax", "path": "/"}


def sign_in_view(service: Service, target: str) -> SignInView:
    """Give the page's view: a link to the provider where people sign in by name, a field for the code otherwise."""
    if service.named is None:
        return SignInView(next=target)
    href = f"/sign-in/with?next={quote(local_path(target), safe='')}"
    return SignInView(next=target, provider="your organisation", provider_href=href)


@router.get("/sign-in/with")
def begin(service: ServiceHere, next: str = "/") -> Response:  # noqa: A002  # the parameter's public name
    """Lead to the provider that people sign in with."""
    target, cookie = _named(service).begin()
    found = RedirectResponse(target, status_code=303, headers=NO_STORE)
    # Lax: the provider leads back here from another site.
    found.set_cookie(LOGIN_COOKIE, f"{cookie}|{quote(local_path(next))}", max_age=LOGIN_S, **SEALED)
    return found


@router.get("/sign-in/return")
def come_back(  # noqa: PLR0917  # what the provider sends
    request: Request,
    service: ServiceHere,
    state: Short = "",
    code: Short = "",
    iss: Annotated[str | None, Query(max_length=512)] = None,
) -> Response:
    """Take what the provider sent, once, and give the cookie of somebody who signed in."""
    cookie, _, target = request.cookies.get(LOGIN_COOKIE, "").partition("|")
    try:
        made = _named(service).finish(cookie, state=state, code=code, iss=iss)
    except AttestError as err:
        service.events.info("sign-in", accepted=False, code=err.code)
        view = replace(sign_in_view(service, "/"), message=spans(f"{err.what} [{err.code}]"))
        found: Response = HTMLResponse(render_sign_in(view), status_code=status_of(err), headers=NO_STORE)
    else:
        service.events.info("sign-in", accepted=True)
        found = RedirectResponse(local_path(unquote(target)), status_code=303, headers=NO_STORE)
        found.set_cookie(SECURE_COOKIE, made.secret, max_age=COOKIE_S, **SEALED)
    found.delete_cookie(LOGIN_COOKIE, **SEALED)
    return found


def _named(service: Service) -> Named:
    if service.named is None:
        raise Absent("service.not-found")
    return service.named
