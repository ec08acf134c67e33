"""The service ends what is older than its class: a look every hour, where `retention.json` names classes with an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from api.beside import Beside
from api.happenings import failing
from attest.clock import running_s
from attest.errors import CannotVerify
from attest.model.retention import Retention
from attest.usecases.erasures import replay_erasures
from attest.usecases.retain import read_retention, retain_beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger

    from attest.usecases.instance import Instance

EVERY_S: Final = 3600.0
MAX_SET: Final = timedelta(days=1)
"""By so much the clock may be set while a service runs. What is gone does not come back when the clock is right again."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Retaining:
    """Looks at once and then every so often, until it is closed; of several processes one is at it at a time."""

    def __init__(self, instance: Instance, events: FilteringBoundLogger, *, every_s: float = EVERY_S) -> None:
        self._instance = instance
        self._events = events
        self._unfinished = False
        self._began = self._offset()
        self._beside = Beside(
            "retention", self.round, every_s=every_s, on_failure=failing(events, "retention-failed"), at_once=True
        )

    def start(self) -> None:
        """Begin."""
        self._beside.start()

    def close(self) -> None:
        """End after the erasure at work."""
        self._beside.close()

    def round(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Look once. What was logged and could not be destroyed the last time is destroyed first.

        Raises:
            InvalidInput: the setting cannot be read, or is not the one that was logged last.
            Conflict: a hold was added meanwhile. CannotVerify: database or object store do not answer;
                `program.clock`, the clock was set while the service ran.
        """
        if self._unfinished:
            replay_erasures(self._instance)
        self._unfinished = False
        if abs(self._offset() - self._began) > MAX_SET and read_retention(self._instance.settings.home) != Retention():
            raise CannotVerify("program.clock", "the clock was set while the service ran: nothing is ended by it")
        self._unfinished = True
        found = retain_beside(self._instance, stop=stop)
        self._unfinished = False
        if found is not None:
            counts = {"sessions": found.sessions, "transcripts": found.transcripts, "held": found.held}
            self._events.info("retention", **{name: len(each) for name, each in counts.items()})

    def _offset(self) -> timedelta:
        """Give by how much the clock differs from one that nobody sets."""
        return self._instance.clock.now() - _EPOCH - timedelta(seconds=running_s())
