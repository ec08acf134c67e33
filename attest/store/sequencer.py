"""Group commit: many submit at once, and a group costs one signature, one commit and one publication.

A submission is answered when its group is published. The queue is bounded: who comes when it is full is told to come
again, before anything was signed. A group that one of its entries spoils is undone whole, and each entry is then appended
by itself, so that only the spoiler fails. Anything the database itself says (a lost connection, a full disk) fails all
of the group: what became of the COMMIT is not known here, and the write keys say it to whoever asks again.

Two threads append: while one publishes what it has committed, the other may commit the next group. Each does for its
group what `append` does, from the commit to the answer; the log lets one commit at a time, and one publish.

Several processes may each have one over the same log. The database lets one group in at a time and holds the others
back, and each reads the newest head first; a head is stored only if nobody grew the tree from the same size before.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import Conflict, Refused
from attest.ledger.sequence import MAX_GROUP_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.model.ports import LogReceipt
    from attest.store.log_store import Append, Submission

MAX_WAITING: Final = 4096
"""Requests in the queue; each holds one submission, or one batch."""
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class _Work:
    submissions: tuple[Submission, ...]
    done: Future[tuple[LogReceipt, ...]]
    on_step: Callable[[str], None]


class Sequencer:
    """Appends what many threads submit, in groups, from threads of its own."""

    def __init__(self, append: Append, *, waiting: int = MAX_WAITING, full: int = MAX_GROUP_ENTRIES) -> None:
        """Take what appends; `waiting` bounds the queue in requests, `full` a group in entries."""
        self._append = append
        self._full = full
        self._most = waiting
        self._works: deque[_Work] = deque()
        self._entries = 0
        """How many submissions wait, in all works."""
        self._under_way = 0
        """Groups that are being appended."""
        self._threads: list[Thread] = []
        self._closed = False
        self._changed = Condition()
        self.groups = 0
        """Groups committed so far."""

    @property
    def waiting(self) -> int:
        """How many requests wait for a group; those in a group at work are not counted."""
        return len(self._works)

    def append(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        """Wait until all of these are in the log and published, in their order and next to each other.

        `on_step` is called by the appending thread while all wait: it must be quick, and not raise. After "publish"
        is said the group is committed, and its publication begins.

        Raises:
            Refused: `service.too-many`, the queue is full; `service.ending`, it is closed. Nothing was appended.
            AttestError: what `LogStore.append` raises for these submissions.
        """
        return self.submit(submissions, on_step=on_step).result()

    def submit(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> Future[tuple[LogReceipt, ...]]:
        """Give what `append` will, without waiting for it.

        Raises:
            Refused: as `append`; whatever else it raises comes with the future.
        """
        work = _Work(tuple(submissions), Future(), on_step)
        work.done.set_running_or_notify_cancel()  # who gives up waiting takes nothing back
        self._put(work)
        return work.done

    def close(self) -> None:
        """Append what waits, then end the threads; later submissions are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _put(self, work: _Work) -> None:
        with self._changed:
            if self._closed:
                raise Refused("service.ending")
            if len(self._works) >= self._most:
                raise Refused("service.too-many")
            if not self._threads:
                self._threads += [Thread(target=self._run, name="sequencer", daemon=True) for _ in range(_THREADS)]
                for thread in self._threads:
                    thread.start()
            self._works.append(work)
            self._entries += len(work.submissions)
            if self._is_due():
                self._changed.notify()

    def _run(self) -> None:
        while works := self._next():
            self._commit(works)
            with self._changed:
                self._under_way -= 1

    def _next(self) -> list[_Work]:
        """Wait for a group and take it; empty when nothing will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_due() or (self._closed and not self._works))
            works = self._group()
            self._under_way += bool(works)
            if self._closed or self._is_due():
                self._changed.notify_all()
            return works

    def _is_due(self) -> bool:
        # Beside a group that is under way only a full one is begun. What is less grows until that one is answered:
        # more groups of fewer entries would cost more than they hide.
        return bool(self._works) and (not self._under_way or self._entries >= self._full)

    def _group(self) -> list[_Work]:
        """Take what waits, up to a group's size."""
        works, count = list[_Work](), 0
        while self._works and (not works or count + len(self._works[0].submissions) <= self._full):
            works.append(self._works.popleft())
            count += len(works[-1].submissions)
        self._entries -= count
        return works

    def _commit(self, works: list[_Work]) -> None:
        def say(step: str) -> None:
            for work in works:
                work.on_step(step)

        try:
            receipts = self._append([one for work in works for one in work.submissions], on_step=say)
        except Conflict as err:
            self._apart(works, err)
        except BaseException as err:  # noqa: BLE001 - each who waits must hear of it
            for work in works:
                work.done.set_exception(err)
        else:
            with self._changed:
                self.groups += 1
            at = 0
            for work in works:
                work.done.set_result(receipts[at : at + len(work.submissions)])
                at += len(work.submissions)

    def _apart(self, works: list[_Work], err: Conflict) -> None:
        if len(works) == 1:
            works[0].done.set_exception(err)
            return
        for work in works:
            self._commit([work])
