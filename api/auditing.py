"""The service audits itself: a round every while, as long as it runs."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Final

from api.beside import Beside
from api.happenings import failing
from attest.usecases.self_audit import audit_round

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger

    from attest.ledger.checkpoint import Checkpoint
    from attest.usecases.instance import Instance

EVERY_S: Final = 60.0
BETWEEN_S: Final = 0.05
"""After each entry of a round: in one piece, requests would wait for the 0.1 s of CPU that a round takes."""
MAX_PROBLEMS: Final = 16
"""Kept for log health; more are logged and counted no further."""


class SelfAudit:
    """Audits one instance until it is closed; a problem stays known until the service is started again."""

    def __init__(self, instance: Instance, events: FilteringBoundLogger, *, every_s: float = EVERY_S) -> None:
        self._instance = instance
        self._events = events
        self._last: Checkpoint | None = None
        self._beside = Beside(
            "self-audit", self.round, every_s=every_s, on_failure=failing(events, "self-audit-failed")
        )
        self.checked = 0
        """Entries checked so far."""
        self.at = 0.0
        """End of the last round, seconds since the epoch; 0 before there was one."""
        self.problems: tuple[str, ...] = ()
        """What was found, oldest first; each names a place of the log."""

    def start(self) -> None:
        """Begin."""
        self._beside.start()

    def close(self) -> None:
        """End after the round at work."""
        self._beside.close()

    def round(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Audit once, without pauses once it is to stop.

        Raises:
            CannotVerify: database or object store do not answer.
        """
        found = audit_round(self._instance, self._last, pause=lambda: sleep(0 if stop() else BETWEEN_S))
        self._last = found.head
        self.checked += found.checked
        self.at = self._instance.clock.now().timestamp()
        for problem in found.problems:
            if problem not in self.problems and len(self.problems) < MAX_PROBLEMS:
                self.problems = (*self.problems, problem)
                self._events.error("self-audit-found", problem=problem)
