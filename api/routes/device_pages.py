"""The page where a person lets a command line act for them: type the code, see what it asks for, say yes or no."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.auth import Myself
from api.bodies import FormBody
from api.devices import TOKEN_S, devices_of, grantable, shown
from api.pages.device_view import DeviceView, device_view
from api.pages.render import DEFAULT_PAGE, render
from api.pages.spans import spans
from api.problems import status_of
from api.replies import NO_STORE
from api.service import ServiceHere
from attest.errors import AttestError

router = APIRouter(include_in_schema=False)
LET: Final = "let"
NOT: Final = "refuse"


async def counted(caller: Myself, service: ServiceHere) -> None:
    """Count a code that somebody sends.

    Raises:
        Refused: `service.rate`, too many.
        Absent: `service.not-found`, people do not sign in here.
    """
    devices_of(service).take_a_try(caller)


Counted = Annotated[None, Depends(counted)]


@router.get("/device")
def page(_caller: Myself, service: ServiceHere) -> Response:
    """Ask for the code."""
    devices_of(service)
    return _page(DeviceView())


@router.post("/device")
def form(raw: FormBody, caller: Myself, _counted: Counted, service: ServiceHere) -> Response:
    """Show what a command line asks for; with an answer, let it or refuse it."""
    fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=8)
    typed, answer = (fields.get(name, [""])[0].strip() for name in ("code", "answer"))
    devices = devices_of(service)
    try:
        waiting = devices.find(typed)
        if answer == LET:
            devices.let(waiting, caller)
        elif answer == NOT:
            devices.turn_away(waiting)
    except AttestError as err:
        return _page(DeviceView(message=spans(f"{err.what} [{err.code}]")), status=status_of(err))
    if answer in {LET, NOT}:
        service.events.info("device-answered", let=answer == LET)
        return _page(DeviceView(done=answer))
    return _page(
        device_view(shown(waiting.user_code), waiting.asker, grantable(waiting, caller), days=TOKEN_S // 86400)
    )


def _page(view: DeviceView, *, status: int = 200) -> Response:
    text = render("device.html", replace(DEFAULT_PAGE, current=""), view=view)
    return HTMLResponse(text, status_code=status, headers=NO_STORE)
