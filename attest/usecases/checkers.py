"""Bundles checked in processes of their own: verification is most of what an ingest costs, and one process uses one core.

The processes get bundles and what is pinned and give back what was read: they hold no key, no store and no network, and end
with the one that began them. Few bundles are checked in place, as are all while the processes cannot be had.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context, parent_process
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.usecases.ingest_check import check_here
from attest.usecases.pinned_trust import Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.usecases.ingest_check import Checked, Incoming

FEWEST: Final = 16
"""Bundles that a process is asked for at once; fewer than two times as many are checked in place."""
_Failure = tuple[type[AttestError], tuple[str, str], dict[str, str]]


class Checkers:
    """A `Check` over several processes; they begin when there is first something for them, or when they are told to."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._begun: list[Future[list[Incoming | _Failure]]] = []
        self._lock = Lock()

    def __call__(self, raws: Sequence[bytes], trust: Trust) -> Iterator[Checked]:
        """Check many bundles, and give what is done while the rest is looked at; a process that dies changes no outcome."""
        pool = self._ready() if len(raws) >= 2 * FEWEST else None
        done = 0
        if pool is not None:
            size = max(FEWEST, -(-len(raws) // (2 * max(1, self._processes))))
            parts = [list(raws[at : at + size]) for at in range(0, len(raws), size)]
            try:
                for found in pool.map(_check, parts, [trust] * len(parts)):
                    for one in found:
                        yield _error(one) if isinstance(one, tuple) else replace(one, raw=raws[done])
                        done += 1
            except (BrokenProcessPool, RuntimeError):  # died, or closed while this was on its way
                self._forget(pool)
        yield from check_here(raws[done:], trust)

    def close(self) -> None:
        """End the processes; what is asked from now on is done in place."""
        with self._lock:
            pool, self._pool, self._processes = self._pool, None, 0
        if pool is not None:
            pool.shutdown()

    def begin(self) -> None:
        """Begin the processes, which takes a second or more; nobody waits for it, and until then all is done in place."""
        with self._lock:
            if self._pool is None and self._processes > 1:
                # Not by fork: this process has threads that hold locks.
                self._pool = ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"), initializer=_begin)
                # One task each: a process is begun for every one that finds none idle.
                self._begun = [self._pool.submit(_check, [], Trust(roots=())) for _ in range(self._processes)]

    @property
    def ready(self) -> bool:
        """Say whether the processes have begun."""
        return self._ready() is not None

    def _ready(self) -> ProcessPoolExecutor | None:
        """Give the processes once all of them have answered."""
        self.begin()
        with self._lock:
            return self._pool if self._pool is not None and all(one.done() for one in self._begun) else None

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    # An interrupt is for the service: it ends its processes when their work is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _check(raws: list[bytes], trust: Trust) -> list[Incoming | _Failure]:
    # The bytes that came are where they came from: they need not go back.
    return [_told(one) if isinstance(one, AttestError) else replace(one, raw=b"") for one in check_here(raws, trust)]


def _told(err: AttestError) -> _Failure:
    more = {"expected": err.expected, "got": err.got, "where": err.where, "hint": err.hint}
    return type(err), (err.code, err.what), more


def _error(failure: _Failure) -> AttestError:
    kind, words, more = failure
    return kind(*words, **more)
