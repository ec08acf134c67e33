"""The clock and the source of ids, as ports: everything else asks these for time and randomness."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Protocol

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EPOCH_CHARS = 10


class Clock(Protocol):
    """Gives the present moment, aware and in UTC."""

    def now(self) -> datetime: ...


class Entropy(Protocol):
    """Gives unpredictable bytes."""

    def bytes(self, count: int) -> bytes: ...


class SystemClock:
    """The machine's own clock. It can be wrong or set back: nobody may take its word for order."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemEntropy:
    """The operating system's random source."""

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def monotonic_s() -> float:
    """Give seconds of a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def running_s() -> float:
    """Give seconds of a clock that never goes back and that nobody sets, sleep included; only differences mean anything."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def ulid(prefix: str, clock: Clock, entropy: Entropy) -> str:
    """Give a new id `<prefix>_<ULID>`: 48 bits of milliseconds, 80 random bits, sortable by time of making."""
    value = int(clock.now().timestamp() * 1000) << 80 | int.from_bytes(entropy.bytes(10), "big")
    digits = [_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def ulid_time(name: str) -> datetime:
    """Give the moment in an id made by `ulid`, as its maker's clock said.

    Raises:
        ValueError: the first ten characters after the prefix are not Crockford's.
    """
    milliseconds = 0
    for char in name.partition("_")[2][:_EPOCH_CHARS]:
        milliseconds = milliseconds << 5 | _CROCKFORD.index(char)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
