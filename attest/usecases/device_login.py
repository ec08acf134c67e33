"""Sign this command line in at a service by the browser of its user (RFC 8628), and out again.

1. begin    the service gives a code for the user, and one for us that only we know
2. show     the user opens the page, signs in there, and types the code
3. ask      as often as we were told, and no longer than the codes hold
4. keep     the token, for the user alone
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.client import ask, parse_server
from attest.clock import monotonic_s
from attest.errors import AttestError, CannotVerify, InvalidInput
from attest.usecases.signed_in import SignedIn, forget, held_for, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from attest.client import Server

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
LONGEST_S: Final = 1800
LONGEST_PAUSE_S: Final = 60
SLOWER_S: Final = 5
MAX_CHARS: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the user is told."""

    address: str
    code: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """What was given, and where it is kept."""

    file: Path
    scope: str
    expires_in: int


def log_in(
    address: str,
    environment: Mapping[str, str],
    scope: str,
    *,
    show: Callable[[Shown], object],
    wait: Callable[[float], object],
) -> LoggedIn:
    """Sign in at a service, and keep its token for every command that asks it.

    Raises:
        InvalidInput: `service.code`, the user said no or nobody answered; or the address is none.
        CannotVerify: `service.away`.
    """
    server = parse_server(address, None)
    form = {"client_id": "whereof", **({"scope": scope} if scope else {})}
    begun = _object(ask(server, "POST", "/v1/tokens:device", form=form), server)  # 1
    code = _text(begun, "device_code", server)
    left = min(_number(begun, "expires_in", server), LONGEST_S)
    shown = Shown(
        address=_text(begun, "verification_uri", server), code=_text(begun, "user_code", server), minutes=left // 60
    )
    show(shown)  # 2
    given = _asked(server, code, (left, _number(begun, "interval", server)), wait)  # 3
    held = SignedIn(token=_text(given, "access_token", server), id=_text(given, "id", server))
    return LoggedIn(  # 4
        file=keep(address, environment, held),
        scope=_text(given, "scope", server),
        expires_in=_number(given, "expires_in", server),
    )


def log_out(address: str, environment: Mapping[str, str]) -> bool:
    """Take the token back at the service and remove it here; False where none was kept. It is removed whatever happens.

    Raises:
        CannotVerify: `service.away`: the token may hold there until its time is over.
    """
    held = held_for(address, environment)
    if held is None:
        return False
    server = parse_server(address, held.token)
    try:
        ask(server, "DELETE", f"/v1/tokens/{held.id}")
    except AttestError as err:
        # One that the service does not know any more needs no taking back.
        if err.code not in {"service.unauthenticated", "service.not-found"}:
            raise
    finally:
        forget(address, environment)
    return True


def _asked(server: Server, code: str, times: tuple[int, int], wait: Callable[[float], object]) -> dict[str, object]:
    left, pause = times
    ends = monotonic_s() + left
    while monotonic_s() < ends:
        pause = min(max(pause, 1), LONGEST_PAUSE_S)
        wait(pause)
        try:
            return _object(
                ask(server, "POST", "/v1/tokens:poll", form={"grant_type": GRANT, "device_code": code}), server
            )
        except AttestError as err:
            if err.code == "service.slow-down":
                pause += SLOWER_S
            elif err.code != "service.pending":
                raise
    raise InvalidInput("service.code")


def _object(value: object, server: Server) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CannotVerify("service.away", "this is no answer of a Whereof service", where=server.host)
    return value


def _text(value: dict[str, object], name: str, server: Server) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= MAX_CHARS or not found.isprintable():
        raise CannotVerify("service.away", "this is no answer of a Whereof service", got=name, where=server.host)
    return found


def _number(value: dict[str, object], name: str, server: Server) -> int:
    found = value.get(name)
    if not isinstance(found, int) or found < 1:
        raise CannotVerify("service.away", "this is no answer of a Whereof service", got=name, where=server.host)
    return found
