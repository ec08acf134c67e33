"""Telling a forge: one bounded request, no redirect followed, no word of the answer kept."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from api.forges.pull import Message

TIMEOUT_S: Final = 10.0
_CREATED: Final = frozenset({200, 201, 202, 204})


class Tells(Protocol):
    """Sends a message to a forge."""

    def __call__(self, api: str, message: Message) -> None:
        """Send it, or raise CannotVerify `forge.unreachable`."""


def tell(api: str, message: Message) -> None:
    """Send a message to a forge.

    Raises:
        CannotVerify: `forge.unreachable`, it did not answer in time, or refused.
    """
    parts = urlsplit(api)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
    try:
        path = parts.path.rstrip("/") + message.path
        connection.request(message.method, path, body=message.body, headers=dict(message.headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as err:
        raise CannotVerify("forge.unreachable", where=host) from err
    finally:
        connection.close()
    if status not in _CREATED:
        raise CannotVerify("forge.unreachable", got=f"status {status}", where=host)
