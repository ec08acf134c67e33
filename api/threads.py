"""The threads that answer requests, and how many requests wait for one.

Whoever is let in is answered after those that wait before: with many at once a wait of many seconds. So a request that
only reads is turned away while as many wait as may, which costs next to nothing, and can come again in a second. Writes
have places of their own (`api.writing`), and probes, metrics and static files are always let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anyio.to_thread import current_default_thread_limiter

from api.hosts import PROBES, SAFE_METHODS
from attest.errors import Refused

if TYPE_CHECKING:
    from anyio import CapacityLimiter

_STATIC: Final = "/static/"
"""A page that was let in needs them."""


class Threads:
    """Threads of one service; `begin` takes them over from the event loop that runs it."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._threads, self._most = threads, waiting
        self._limiter: CapacityLimiter | None = None

    def begin(self) -> None:
        """Set how many threads the running event loop has."""
        self._limiter = current_default_thread_limiter()
        self._limiter.total_tokens = self._threads

    @property
    def waiting(self) -> int:
        """How many requests wait for a thread now; 0 before the service runs."""
        return self._limiter.statistics().tasks_waiting if self._limiter else 0

    def require_room(self, method: str, path: str) -> None:
        """Let a request in, unless it only reads and too many wait.

        Raises:
            Refused: `service.too-many`.
        """
        if method not in SAFE_METHODS or path in PROBES or path.startswith(_STATIC):
            return
        if self.waiting >= self._most:
            raise Refused("service.too-many", "too many requests wait for an answer")
