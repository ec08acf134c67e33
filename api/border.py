"""The border of the service: what is checked before, and set after, every request whatever becomes of it.

1. give the request an id, and note whose trace it is of
2. refuse a Host that is not ours, but for probes, and a write from another origin; and who reads while too many wait
3. hand the request on; what nobody handled is a problem without details
4. set the security headers, unless the response was begun already
5. write one line: id, method, route, status, time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import Request

from api.bounded import bounded
from api.buckets import LIMITS
from api.failures import failure_response
from api.hosts import SAFE_METHODS, is_own_host, is_own_origin, is_probe
from api.pages.render import CONTENT_SECURITY_POLICY
from api.trace_context import CALLER, parent_in
from attest.clock import monotonic_s, ulid
from attest.errors import AttestError, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.service import Service

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none, a browser names no origin in a form either, and it would be refused
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_SECURITY: Final = tuple((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
_OURS: Final = frozenset((*(name for name, _ in _SECURITY), b"x-request-id"))
"""What a route says of these is replaced: headers are written as bytes, once, because every response has them."""


class Border:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self._app = app
        self._url = service.named.config.url if service.named else None
        self._clock = service.instance.clock
        self._entropy = service.instance.entropy
        self._events = service.events
        self._threads = service.threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; anything but HTTP is handed on, and WebSockets are refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._handle(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = ulid("req", self._clock, self._entropy)  # 1
        scope.setdefault("state", {})["request_id"] = request_id
        CALLER.set(parent_in(scope["headers"]))
        started, status = monotonic_s(), 0

        async def send_out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                theirs = [pair for pair in message.get("headers", ()) if pair[0].lower() not in _OURS]
                left = scope["state"].get(LIMITS, ())
                message["headers"] = [*theirs, *_SECURITY, *left, (b"x-request-id", request_id.encode())]  # 4
            await send(message)

        try:
            self._require_own(scope)  # 2
            self._threads.require_room(scope["method"], scope["path"])
            await self._app(scope, bounded(scope, receive), send_out)  # 3
        except AttestError as err:
            await failure_response(Request(scope), err)(scope, receive, send_out)
        except Exception as err:  # noqa: BLE001  # the outermost handler: only the type's name is safe to write
            self._events.error("request-failed", request=request_id, error=type(err).__name__)
            if status == 0:
                internal = Refused("service.internal")
                await failure_response(Request(scope), internal)(scope, receive, send_out)
        finally:
            route, code = scope.get("route"), scope["state"].get("code")
            self._events.info(  # 5
                "request",
                request=request_id,
                method=scope["method"],
                route=getattr(route, "path", "none"),
                status=status,
                ms=round((monotonic_s() - started) * 1000, 1),
                **({"code": code} if code else {}),
            )

    def _require_own(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        port = (scope.get("server") or ("", 0))[1] or 0
        if not is_own_host(hosts, port, self._url) and not is_probe(scope["method"], scope["path"], hosts):
            raise Refused("service.forbidden", "the Host is not this service's")
        own = is_own_origin(hosts[0], headers.getlist("origin"), headers.getlist("sec-fetch-site"), self._url)
        if scope["method"] not in SAFE_METHODS and not own:
            raise Refused("service.forbidden", "a write from another origin")
