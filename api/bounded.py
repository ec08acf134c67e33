"""Bodies that the framework reads whole, before any endpoint is asked, taken in under limits of size and time.

Endpoints that take large bodies read them block by block (`api.bodies`), under limits of their own, and say so first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

MAX_BYTES: Final = 2 * 1024 * 1024
STALL_S: Final = 30.0
"""Longest wait for the next bytes."""
WHOLE_S: Final = 120.0
"""Longest time for a whole body."""
_OWN: Final = "bounds-itself"


def bounds_itself(scope: Scope) -> None:
    """Say that whoever reads the body of this request keeps to limits of its own."""
    scope.setdefault("state", {})[_OWN] = True


def bounded(scope: Scope, receive: Receive) -> Receive:
    """Give a `receive` that fails on a body that is too large or too slow.

    It raises `InvalidInput` `input.too-large` and `Refused` `service.timeout`.
    """
    taken, whole, ends = 0, False, 0.0

    async def take() -> Message:
        nonlocal taken, whole, ends
        # What comes after the body says that the client went: that is waited for as long as the answer takes.
        if whole or scope.get("state", {}).get(_OWN):
            return await receive()
        now = asyncio.get_running_loop().time()
        ends = ends or now + WHOLE_S
        try:
            async with asyncio.timeout_at(min(ends, now + STALL_S)):
                message = await receive()
        except TimeoutError as err:
            raise Refused("service.timeout") from err
        taken += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if taken > MAX_BYTES:
            raise InvalidInput("input.too-large", "the body", expected=f"<= {MAX_BYTES} bytes")
        return message

    return take
