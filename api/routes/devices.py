"""Signing in of command lines (RFC 8628): one begins, a person lets it at `/device`, and it is given its token, once."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from api.auth import Open
from api.devices import ASKS_BY_ITSELF, WAIT_S, devices_of
from api.openapi import WRITE, documented
from api.replies import reply
from api.routes.tokens import FORM_BODY, Form, IssuedToken, issued
from api.schemas import Body
from api.service import ServiceHere
from api.sigstore import seldom_enough
from attest.errors import InvalidInput, Refused
from attest.model.rights import Right
from attest.store.device_codes import INTERVAL_S

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
MAX_CODE_CHARS: Final = 128
_ASKER: Final = re.compile(r"[A-Za-z0-9._ -]{1,64}", re.ASCII)
_OPEN: Final = [
    Depends(Open("a command line that signs in has nothing yet; a person lets it")),
    Depends(seldom_enough),
]
_CODES: Final = (*WRITE, "service.not-found")
router = APIRouter(prefix="/v1/tokens", tags=["access"], dependencies=_OPEN)


class BegunBody(Body):
    """What a command line shows, and asks with (RFC 8628, 3.2)."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int = Field(description="Seconds.")
    interval: int = Field(description="Seconds between two questions.")


@router.post(
    ":device",
    operation_id="begin_device",
    responses=documented(BegunBody, _CODES),
    openapi_extra=FORM_BODY,
)
def begin(form: Form, service: ServiceHere) -> Response:
    """Begin to sign a command line in; `client_id` is how it calls itself, `scope` what it asks for."""
    asker, scope = form.get("client_id", "whereof"), form.get("scope", "").split()
    if not _ASKER.fullmatch(asker) or not set(scope) <= {right.value for right in Right}:
        raise InvalidInput("input.malformed", expected=f"a client_id; scopes: {', '.join(Right)}", where="body")
    begun = devices_of(service).begin(frozenset(Right(one) for one in scope) or ASKS_BY_ITSELF, asker)
    url = service.named.config.url if service.named else ""
    body = BegunBody(
        device_code=begun.device_code,
        user_code=begun.user_code,
        verification_uri=f"{url}/device",
        expires_in=WAIT_S,
        interval=INTERVAL_S,
    )
    return reply(body)


@router.post(
    ":poll",
    operation_id="poll_device",
    responses=documented(IssuedToken, (*_CODES, "service.pending", "service.slow-down", "service.code")),
    openapi_extra=FORM_BODY,
)
def ask(form: Form, service: ServiceHere) -> Response:
    """Ask whether somebody let the command line; the token is given once, with what was granted of the scopes."""
    if form.get("grant_type") != GRANT:
        raise InvalidInput("input.malformed", expected=GRANT, where="body")
    code = form.get("device_code", "")
    if not 0 < len(code) <= MAX_CODE_CHARS:
        raise Refused("service.code")
    return issued(devices_of(service).take(code), service)
