"""Group commit: many submit at once, one thread appends, and a group costs one signature, one commit and one publication.

A submission is answered when its group is published. The queue is bounded: who comes when it is full is told to come
again, before anything was signed. A group that one of its entries spoils is undone whole, and each entry is then appended
by itself, so that only the spoiler fails. Anything the database itself says (a lost connection, a full disk) fails all
of the group: what became of the COMMIT is not known here, and the write keys say it to whoever asks again.

Several processes may each have one over the same log. The database lets one group in at a time and holds the others
back, and each reads the newest head first; a head is stored only if nobody grew the tree from the same size before.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import Conflict, Refused
from attest.ledger.sequence import MAX_GROUP_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.model.ports import LogReceipt
    from attest.store.log_store import Append, Submission

MAX_WAITING: Final = 4096
"""Requests in the queue; each holds one submission, or one batch."""


@dataclass(frozen=True, slots=True)
class _Work:
    submissions: tuple[Submission, ...]
    done: Future[tuple[LogReceipt, ...]]
    on_step: Callable[[str], None]


class Sequencer:
    """Appends what many threads submit, in groups, from a thread of its own."""

    def __init__(self, append: Append, *, waiting: int = MAX_WAITING) -> None:
        self._append = append
        self._queue: Queue[_Work | None] = Queue(waiting)
        self._thread: Thread | None = None
        self._lock = Lock()
        self._closed = False
        self.groups = 0
        """Groups committed so far."""

    @property
    def waiting(self) -> int:
        """How many requests wait for a group; those in the group at work are not counted."""
        return self._queue.qsize()

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
        self._put(work)
        return work.done

    def close(self) -> None:
        """Append what waits, then end the thread; later submissions are refused."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _put(self, work: _Work) -> None:
        with self._lock:
            if self._closed:
                raise Refused("service.ending")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="sequencer", daemon=True)
                self._thread.start()
            try:
                self._queue.put_nowait(work)
            except Full as err:
                raise Refused("service.too-many") from err

    def _run(self) -> None:
        carried: _Work | None = None
        while True:
            first = carried or self._queue.get()
            if first is None:
                return
            works, carried, ended = self._group(first)
            self._commit(works)
            if ended:
                return

    def _group(self, first: _Work) -> tuple[list[_Work], _Work | None, bool]:
        """Take what waits, up to a group's size; gives also what no longer fitted, and whether the end was reached."""
        works, count = [first], len(first.submissions)
        while count < MAX_GROUP_ENTRIES:
            try:
                work = self._queue.get_nowait()
            except Empty:
                break
            if work is None:
                return works, None, True
            if count + len(work.submissions) > MAX_GROUP_ENTRIES:
                return works, work, False
            works.append(work)
            count += len(work.submissions)
        return works, None, False

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
