"""Compaction of the index in the background: a thread of the service that merges what is due, outside of any write lock.

What it makes is adopted by the next group commit of this process. Half of its time it stands aside.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.ledger.index import decode_live
from attest.store.database import reading
from attest.store.segments import pause_half
from attest.store.tables import TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from attest.model.scope import Scope
    from attest.store.log_store import LogStore

LOOK_EVERY_S: Final = 60
"""Other processes grow the log too, and nothing tells of it."""


class Ended(Exception):
    """The thread was told to end in the middle of a merge; what was written of it is thrown away."""


class Compactor:
    """Compacts the index of one log until it is closed."""

    def __init__(
        self,
        engine: Engine,
        scope: Scope,
        log: LogStore,
        *,
        on_failure: Callable[[BaseException], None],
        stands_aside: bool = True,
    ) -> None:
        """Take the log; with `stands_aside` half of the time of a merge is left to others."""
        self._engine = engine
        self._scope = scope
        self._log = log
        self._on_failure = on_failure
        self._pause = self._stand_aside() if stands_aside else self._go_on
        self._ending = Event()
        self.merged = 0
        """Rows that went through merges so far."""
        self._thread = Thread(target=self._run, name="compactor", daemon=True)

    def start(self) -> None:
        """Begin; from now on group commits leave compaction to this."""
        self._log.compacts_apart = True
        self._thread.start()

    def close(self) -> None:
        """End the thread, also in the middle of a merge."""
        self._ending.set()
        self._log.segments.news.set()
        if self._thread.ident is not None:
            self._thread.join()

    def compact_all(self) -> int:
        """Make everything that is due now; gives how many segments were made.

        Raises:
            Refused: `ledger.corrupt`, stored rows are not those that were committed to.
        """
        made = 0
        while True:
            # Each merge reads a state of its own: a transaction held for long keeps the database from tidying.
            with reading(self._engine) as session:
                query = select(TreeHeadRow.live).where(
                    TreeHeadRow.tenant == self._scope.tenant, TreeHeadRow.log == self._log.name
                )
                newest = session.exec(query.order_by(col(TreeHeadRow.tree_size).desc()).limit(1)).one_or_none()
                live = decode_live(newest) if newest else ()
                merged = self._log.segments.compact_next(session, live, pause=self._pause)
            if merged is None:
                self._log.segments.tidy(live)
                return made
            self.merged += merged.rows
            made += 1

    def _go_on(self) -> None:
        if self._ending.is_set():
            raise Ended

    def _stand_aside(self) -> Callable[[], None]:
        stand_aside = pause_half()

        def pause() -> None:
            self._go_on()
            stand_aside()

        return pause

    def _run(self) -> None:
        news = self._log.segments.news
        while not self._ending.is_set():
            news.clear()
            try:
                self.compact_all()
            except Ended:
                return
            except Exception as err:  # noqa: BLE001 - the log goes on without compaction; whoever watches is told
                self._on_failure(err)
            news.wait(LOOK_EVERY_S)
