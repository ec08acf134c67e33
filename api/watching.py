"""How long the log is now: looked up for all who wait together, a few times a second at most."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from attest.clock import monotonic_s

if TYPE_CHECKING:
    from attest.store.log_reader import LogReader

LOOK_S: Final = 0.5


class Watch:
    """Watches one log. For the event loop alone."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._lock = asyncio.Lock()
        self._at = float("-inf")
        self._size = 0
        self.clients = 0
        """Who reads the stream now."""

    async def size(self) -> int:
        """Give the size of the log as it was half a second ago or later."""
        async with self._lock:
            if monotonic_s() - self._at >= LOOK_S:
                head = await run_in_threadpool(self._log.head)
                self._size = head.tree_size if head else 0
                self._at = monotonic_s()
            return self._size
