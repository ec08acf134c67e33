"""Work that is done beside the requests, again and again, in a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Beside:
    """Calls its work every so often until it is closed; what the work raises is told, and it goes on."""

    def __init__(
        self,
        name: str,
        work: Callable[[Callable[[], bool]], object],
        *,
        every_s: float,
        on_failure: Callable[[BaseException], None],
        at_once: bool = False,
        at_end: bool = False,
    ) -> None:
        """Take the work; it is given what says whether to stop, and may ask between two of its steps.

        `at_once`: the first call is not preceded by a pause. `at_end`: there is one more when it is closed.
        """
        self._work = work
        self._every_s = every_s
        self._first_s = 0.0 if at_once else every_s
        self._at_end = at_end
        self._on_failure = on_failure
        self._ending = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; work that is under way is waited for."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = self._first_s
        while not self._ending.wait(pause):
            pause = self._every_s
            self._once()
        if self._at_end:
            self._once()

    def _once(self) -> None:
        try:
            self._work(self._ending.is_set)
        except Exception as err:  # noqa: BLE001 - whatever failed may work at the next look; whoever watches is told
            self._on_failure(err)
