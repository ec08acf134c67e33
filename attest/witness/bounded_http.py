"""One HTTP request to a stranger: bounded in bytes and in time as a whole, no redirects, no compression.

A server that sends a byte every few seconds keeps every single read short and the whole endless: the connection is
therefore cut when its time is over, whatever is going on.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.parse
from dataclasses import dataclass
from threading import Event, Timer
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_S: Final = 10
TOTAL_S: Final = 30
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A base address; `token` is sent to it over TLS or to this machine only."""

    host: str
    port: int
    secure: bool
    path: str
    token: str | None = None


def parse_address(url: str, token: str | None = None) -> Address:
    """Read a base address such as `https://witness.example/w1`; plain HTTP is for what is signed or public.

    Raises:
        InvalidInput: it is none, or a token would go over the wire in clear.
    """
    wrong = InvalidInput("input.usage", "this is no address", expected="http(s)://HOST[:PORT][/PATH]")
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError as err:
        raise wrong from err
    odd = parts.username or parts.password or parts.query or parts.fragment or not url.isascii()
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
        raise wrong
    secure = parts.scheme == "https"
    if token and not secure and parts.hostname not in _LOOPBACK:
        raise InvalidInput("input.usage", "a token goes over TLS only", expected="https://…")
    return Address(
        host=parts.hostname,
        port=port or (443 if secure else 80),
        secure=secure,
        path=parts.path.rstrip("/"),
        token=token,
    )


def request(
    address: Address,
    path: str,
    *,
    most: int,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    total_s: float = TOTAL_S,
) -> Reply:
    """Send one request below an address (POST with a body, else GET) and read up to `most` bytes of the answer.

    Raises:
        CannotVerify: `service.away`: no answer, no whole answer in time, or more than `most` bytes.
    """
    connection = _connection(address)
    sent = dict(headers or {}) | ({"Authorization": f"Bearer {address.token}"} if address.token else {})
    late = Event()
    end: Timer | None = None
    try:
        connection.connect()
        end = Timer(total_s, _hang_up, (connection.sock, late))
        end.daemon = True
        end.start()
        connection.request("POST" if body is not None else "GET", address.path + path, body=body, headers=sent)
        with connection.getresponse() as answer:
            data = answer.read(most + 1)
    except (OSError, http.client.HTTPException, ValueError) as err:
        raise CannotVerify("service.away", got=type(err).__name__, where=address.host) from err
    finally:
        if end is not None:
            end.cancel()
        connection.close()
    if len(data) > most:
        raise CannotVerify(
            "service.away", "the answer is too large", expected=f"up to {most} bytes", where=address.host
        )
    # An answer without a length ends where the connection does: one that was cut here would look whole.
    if late.is_set() or answer.length:
        raise CannotVerify("service.away", "the answer did not come whole in time", where=address.host)
    return Reply(status=answer.status, content_type=answer.headers.get("Content-Type", ""), body=data)


def _connection(address: Address) -> http.client.HTTPConnection:
    if address.secure:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(address.host, address.port, timeout=CONNECT_S, context=context)
    return http.client.HTTPConnection(address.host, address.port, timeout=CONNECT_S)


def _hang_up(connection: socket.socket, late: Event) -> None:
    late.set()
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
