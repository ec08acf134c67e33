"""Cursors of lists: opaque, signed, and bound to tenant, query and the state of the log the first page was read from."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Final

from attest.errors import InvalidInput
from attest.model.scope import AsOf

MAX_CURSOR_CHARS: Final = 1024
_PREFIX: Final = "cur_"
_MAC_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the next page begins."""

    before: int
    """Rows of entries below this index follow."""
    as_of: AsOf


class Cursors:
    """Writes and reads the cursors of one tenant."""

    def __init__(self, tenant_secret: bytes, tenant: str) -> None:
        self._key = hmac.digest(tenant_secret, b"whereof list cursors v1", "sha256")
        self._tenant = tenant

    def write(self, query: str, place: Place) -> str:
        """Give the cursor of a place in the list that `query` names."""
        head = place.as_of
        body = json.dumps([1, place.before, head.log, head.tree_size, head.root.hex()]).encode()
        return _PREFIX + base64.urlsafe_b64encode(self._mac(query, body) + body).rstrip(b"=").decode()

    def read(self, query: str, cursor: str) -> Place:
        """Read a cursor back.

        Raises:
            InvalidInput: `service.cursor`, it is not one that this service wrote for this list.
        """
        raw = _decode(cursor)
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(query, body)):
            raise InvalidInput("service.cursor", where="cursor")
        _, before, log, size, root = json.loads(body)
        return Place(before=before, as_of=AsOf(log=log, tree_size=size, root=bytes.fromhex(root)))

    def _mac(self, query: str, body: bytes) -> bytes:
        return hmac.digest(self._key, f"{self._tenant}\0{query}\0".encode() + body, "sha256")


def _decode(cursor: str) -> bytes:
    if not cursor.startswith(_PREFIX) or len(cursor) > MAX_CURSOR_CHARS or not cursor.isascii():
        raise InvalidInput("service.cursor", where="cursor")
    text = cursor.removeprefix(_PREFIX)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as err:
        raise InvalidInput("service.cursor", where="cursor") from err
