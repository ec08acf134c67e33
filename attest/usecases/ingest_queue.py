"""Bundles that arrive one by one from many clients, gathered: those that wait are taken in together, as a batch would be.

A few threads work, so that one group is verified while another is made durable. The queue is bounded by count and by
bytes: who comes when it is full is told to come again, before anything was looked at.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, Refused
from attest.model.reached import Reached
from attest.usecases.ingest import ingest_all
from attest.usecases.ingest_check import check_here

if TYPE_CHECKING:
    from attest.usecases.ingest import Outcome
    from attest.usecases.ingest_check import Check
    from attest.usecases.ingest_log import Logged
    from attest.usecases.instance import Instance

THREADS: Final = 2
MAX_WAITING: Final = 2048
"""Bundles in the queue."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
MAX_GATHERED: Final = 64
"""Bundles taken in together: more would make the first of them wait for the last."""
MAX_GATHERED_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Work:
    raw: bytes
    until: Reached
    done: Future[Logged]


class IngestQueue:
    """Takes in what many submit, in groups, from threads of its own."""

    def __init__(
        self,
        instance: Instance,
        *,
        check: Check = check_here,
        waiting: int = MAX_WAITING,
        waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self._instance = instance
        self._check = check
        self._limits = (waiting, waiting_bytes)
        self._queue: deque[_Work] = deque()
        self._bytes = 0
        self._changed = Condition()
        self._threads: list[Thread] = []
        self._closed = False

    def submit(self, raw: bytes, *, until: Reached = Reached.PUBLISHED) -> Future[Logged]:
        """Give what will be the receipt: durable where `until` is `committed`, published for any other.

        The future fails with what `ingest` raises.

        Raises:
            Refused: `service.too-many`, the queue is full; `service.ending`, it is closed. Nothing was looked at.
        """
        work = _Work(raw, until, Future())
        with self._changed:
            if self._closed:
                raise Refused("service.ending")
            if len(self._queue) >= self._limits[0] or self._bytes + len(raw) > self._limits[1]:
                raise Refused("service.too-many")
            self._queue.append(work)
            self._bytes += len(raw)
            self._begin()
            self._changed.notify()
        return work.done

    @property
    def waiting(self) -> int:
        """How many bundles wait to be looked at."""
        return len(self._queue)

    def close(self) -> None:
        """Take in what waits, then end the threads; later submissions are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _begin(self) -> None:
        while len(self._threads) < THREADS:
            thread = Thread(target=self._run, name="ingest", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while works := self._gather():
            self._take_in(works)

    def _gather(self) -> list[_Work]:
        """Wait for work; nothing when the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            works: list[_Work] = []
            size = 0
            while self._queue and len(works) < MAX_GATHERED and (not works or size < MAX_GATHERED_BYTES):
                work = self._queue.popleft()
                works.append(work)
                size += len(work.raw)
            self._bytes -= size
            return works

    def _take_in(self, works: list[_Work]) -> None:
        def early(outcomes: dict[int, Outcome]) -> None:
            for at, outcome in outcomes.items():
                if works[at].until is Reached.COMMITTED:
                    _settle(works[at].done, outcome)

        try:
            raws = [work.raw for work in works]
            outcomes = ingest_all(raws, self._instance, check=self._check, on_committed=early)
        except BaseException as err:  # noqa: BLE001 - each who waits must hear of it
            for work in works:
                _fail(work.done, err)
        else:
            for work, outcome in zip(works, outcomes, strict=True):
                _settle(work.done, outcome)


def _settle(done: Future[Logged], outcome: Outcome) -> None:
    if isinstance(outcome, AttestError):
        _fail(done, outcome)
    elif not done.done():
        done.set_result(outcome)


def _fail(done: Future[Logged], err: BaseException) -> None:
    if not done.done():
        done.set_exception(err)
