"""Posts to addresses that others named: over TLS, to public addresses only, bounded in time and bytes, never redirected.

A name is resolved once, every address it has must be one that may be asked, and the connection goes to the address that
was looked at: a name that is resolved to something else a moment later leads nowhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_S: Final = 5.0
"""Of connecting, and of each answer's next bytes."""
WHOLE_S: Final = 15.0
"""Of one post from the beginning to the end: who answers a byte at a time is cut off."""
MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_URL_CHARS: Final = 2048
_CODE: Final = "service.target"
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Outbound:
    """Posts to targets that may be asked."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        """Take networks of the operator's own that may be asked as well, also without TLS."""
        self._own: tuple[Network, ...] = tuple(ipaddress.ip_network(one) for one in networks)

    def require(self, url: str) -> None:
        """Refuse an address that can never be asked; what a name resolves to is looked at when it is asked.

        Raises:
            InvalidInput: `service.target`.
        """
        parts = _parts(url)
        literal = _literal(parts.hostname or "")
        own = literal is not None and self._is_own(literal)
        if literal is not None and not own and not is_public(literal):
            raise InvalidInput(_CODE, "an address that is not public", where="url")
        if parts.scheme != "https" and not (own or (literal is None and self._own)):
            raise InvalidInput(_CODE, expected="https", where="url")

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post, and give the status of the answer; its body is read no further than bounds, and thrown away.

        Raises:
            InvalidInput: `service.target`, it is not an address that may be asked.
            CannotVerify: `service.away`, there was no answer.
        """
        self.require(url)
        parts = _parts(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = self._resolved(host, port, plain=parts.scheme == "http")
        connection = _Pinned(host, port, address=str(address), tls=parts.scheme == "https")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        cut = Timer(WHOLE_S, connection.cut)
        cut.daemon = True
        cut.start()
        try:
            connection.request("POST", path, body=body, headers={**headers, "User-Agent": "Whereof"})
            answer = connection.getresponse()
            answer.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise CannotVerify("service.away", "the target did not answer", got=type(err).__name__) from err
        finally:
            cut.cancel()
            connection.close()
        return answer.status

    def _resolved(self, host: str, port: int, *, plain: bool) -> Address:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as err:
            raise CannotVerify("service.away", "the target has no address") from err
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        for address in addresses:
            own = self._is_own(address)
            if not own and (plain or not is_public(address)):
                raise InvalidInput(_CODE, "an address that is not public", where="url")
        if not addresses:
            raise CannotVerify("service.away", "the target has no address")
        return addresses[0]

    def _is_own(self, address: Address) -> bool:
        return any(address in network for network in self._own if network.version == address.version)


def is_public(address: Address) -> bool:
    """Say whether an address is of the public internet, also where another is written inside it."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _parts(url: str) -> SplitResult:
    if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise _no_address()
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError as err:
        raise _no_address() from err
    if not good:
        raise _no_address()
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput(_CODE, "an address with a user or a fragment", where="url")
    return parts


def _no_address() -> InvalidInput:
    return InvalidInput(_CODE, "not an address", expected="https://host/path", where="url")


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, under the name that was asked for."""

    def __init__(self, host: str, port: int, *, address: str, tls: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address = address
        self._tls = tls

    def cut(self) -> None:
        """End the connection from another thread: whoever waits for its bytes gets none."""
        # It may be closed already, or not be there yet.
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        """Connect to the address, and hold its certificate against the name."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
