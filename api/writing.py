"""One place at the writers' table: a few writes work at once, some wait without a thread, the rest are turned away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends

from api.service import ServiceHere
from attest.errors import Refused


async def writer_slot(service: ServiceHere) -> AsyncIterator[None]:
    """Hold a place while an endpoint writes; nothing is committed here.

    Raises:
        Refused: `service.too-many`.
    """
    if len(service.waiting) >= service.config.waiting:
        raise Refused("service.too-many")
    service.waiting.append(None)
    try:
        async with service.writers:
            yield None
    finally:
        service.waiting.pop()


WriterSlot = Annotated[None, Depends(writer_slot, scope="function")]
StreamSlot = Annotated[None, Depends(writer_slot, scope="request")]
"""Held until the last byte of the answer is sent: an answer that is made on the way works until then."""
