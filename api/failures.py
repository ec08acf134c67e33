"""Failures as responses: problems for the API, pages for readers; who is not signed in is led to the sign-in page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from api.pages.render import render_problem
from api.problems import headers_of, plain_response, problem_response, status_of
from api.sigstore import PATHS
from attest.errors import Absent, AttestError, InvalidInput, Refused

if TYPE_CHECKING:
    from starlette.types import ExceptionHandler

_API: Final = ("/v1/", "/logs/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def failure_response(request: Request, error: AttestError) -> Response:
    """Give the response of an error in the form that fits the address asked for; the border writes its code down."""
    state = request.scope.setdefault("state", {})
    state["code"] = error.code
    request_id = state.get("request_id", "req_unknown")
    path = request.scope["path"]
    if PATHS.match(path):
        return plain_response(error, request_id)
    form = "text/html" in request.headers.get("accept", "")
    if path.startswith(_API) or (request.method not in {"GET", "HEAD"} and not form):
        return problem_response(error, request_id)
    if error.code == "service.unauthenticated":
        return RedirectResponse(f"/sign-in?next={quote(path)}", status_code=303, headers={"Cache-Control": "no-store"})
    status = status_of(error)
    return HTMLResponse(render_problem(error, request_id), status_code=status, headers=headers_of(status))


def _methods(request: Request) -> list[str]:
    """Give what can be done at the path of a request: several routes may stand at one path."""
    asked = dict(request.scope)
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    at_path = [route for route in routes if route.matches(asked)[0] is not Match.NONE]
    return sorted({method for route in at_path for method in route.methods or ()})


def handle_failures(app: FastAPI) -> None:
    """Make every error of ours, of validation and of routing one of these responses."""

    def ours(request: Request, error: AttestError) -> Response:
        return failure_response(request, error)

    def validation(request: Request, error: RequestValidationError) -> Response:
        # The input itself is left out: it may be anything.
        place = next((".".join(str(part) for part in item["loc"]) for item in error.errors()), "")
        kind = next((str(item["type"]) for item in error.errors()), "")
        return failure_response(request, InvalidInput("input.malformed", expected=kind[:80], where=place[:120]))

    def routing(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            refused = failure_response(request, Refused("service.method"))
            refused.headers["Allow"] = ", ".join(_methods(request))
            return refused
        if error.status_code == 404:
            return failure_response(request, Absent("service.not-found"))
        if error.status_code == 400:
            # The framework could not read a body: for a reason of ours, or because it is no text.
            cause = error.__cause__
            told = cause if isinstance(cause, AttestError) else InvalidInput("input.malformed", where="body")
            return failure_response(request, told)
        return failure_response(request, Refused("service.internal"))

    handlers: tuple[tuple[type[Exception], ExceptionHandler], ...] = (
        (AttestError, ours),  # type: ignore[assignment]  # starlette types handlers by the root of all exceptions
        (RequestValidationError, validation),
        (HTTPException, routing),
    )
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)
