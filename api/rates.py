"""How often one address may ask: a bucket of requests each, that fills again at a fixed rate."""

from __future__ import annotations

from typing import Final

from attest.clock import monotonic_s

MAX_ADDRESSES: Final = 4096
"""Buckets held; the one that was used least recently makes room, and whoever had it begins with a full one."""


class Rates:
    """Buckets by address. For the event loop alone: nothing here waits, and nothing is locked."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._held: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> bool:
        """Take one request out of an address's bucket; False when it is empty."""
        now = monotonic_s()
        left, at = self._held.pop(address, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        good = left >= 1
        self._held[address] = (left - 1 if good else left, now)
        if len(self._held) > MAX_ADDRESSES:
            del self._held[next(iter(self._held))]
        return good

    def left(self, address: str) -> int:
        """Give how many requests were in an address's bucket after the last was taken."""
        return int(self._held.get(address, (self._burst, 0.0))[0])
