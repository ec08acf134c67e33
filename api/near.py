"""Whether a request was made on this machine: bytes that nobody redacted or looked into are taken from there only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.caller import port_of
from api.config import is_loopback
from api.hosts import is_own_host
from attest.errors import Refused

if TYPE_CHECKING:
    from fastapi import Request

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds: then the loopback address is the proxy's, and the request came from anywhere."""


def require_near(request: Request) -> None:
    """Refuse a request from another machine, also when a proxy on this one handed it on.

    A proxy that adds none of the usual headers and writes a loopback Host is not seen.

    Raises:
        Refused: `service.loopback-only`.
    """
    near = is_loopback(request.client.host if request.client else "")
    own = is_own_host(request.headers.getlist("host"), port_of(request))
    if not (near and own) or any(name in request.headers for name in _FORWARDED):
        raise Refused("service.loopback-only")
