"""Signing in: the printed link or code, used once, becomes a cookie that only this service reads."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Open, cookie_name
from api.bodies import FormBody
from api.caller import SECURE_COOKIE
from api.pages.links import local_path
from api.pages.other_views import SignInView
from api.pages.render import render_sign_in
from api.pages.spans import spans
from api.parameters import InPath
from api.replies import NO_STORE
from api.routes.people import sign_in_view
from api.service import Service, ServiceHere
from api.sign_in import COOKIE_LIFE

router = APIRouter(include_in_schema=False, dependencies=[Depends(Open("how one signs in and out"))])
USED = "This code was used before, is too old, or never was one. Start the service again for a new one."


@router.get("/sign-in")
def page(service: ServiceHere, next: str = "/") -> Response:  # noqa: A002  # the parameter's public name
    """Show the sign-in page."""
    return HTMLResponse(render_sign_in(sign_in_view(service, next)), headers=NO_STORE)


@router.get("/sign-in/{code}")
def link(code: InPath, request: Request, service: ServiceHere) -> Response:
    """Use the printed link."""
    return _sign_in(request, service, (code, "/"))


@router.post("/sign-in")
def form(request: Request, raw: FormBody, service: ServiceHere) -> Response:
    """Use the code typed in."""
    fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=8)
    code, target = (fields.get(name, [""])[0] for name in ("token", "next"))
    return _sign_in(request, service, (code.strip(), target))


@router.post("/sign-out")
def end(request: Request, service: ServiceHere) -> Response:
    """Forget the cookie, here and in the browser."""
    service.sign_ins.end(request.cookies.get(cookie_name(request), ""))
    if service.named is not None:
        service.named.end(request.cookies.get(SECURE_COOKIE, ""))
    found = RedirectResponse("/sign-in", status_code=303, headers=NO_STORE)
    found.delete_cookie(cookie_name(request), httponly=True, samesite="strict", path="/")
    found.delete_cookie(SECURE_COOKIE, httponly=True, samesite="lax", path="/", secure=True)
    return found


def _sign_in(request: Request, service: Service, what: tuple[str, str]) -> Response:
    code, target = what
    cookie = service.sign_ins.exchange(code)
    service.events.info("sign-in", accepted=cookie is not None)
    if cookie is None:
        view = SignInView(next=target, message=spans(USED))
        return HTMLResponse(render_sign_in(view), status_code=401, headers=NO_STORE)
    found = RedirectResponse(local_path(target), status_code=303, headers=NO_STORE)
    found.set_cookie(
        cookie_name(request),
        cookie,
        max_age=int(COOKIE_LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        path="/",
        # Loopback has no TLS; browsers treat it as a secure context, but not every one sends a Secure cookie there.
        secure=False,
    )
    return found
