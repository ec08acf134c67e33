"""Delivers to webhooks beside the requests, from a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from attest.usecases.deliver_events import deliver_due

if TYPE_CHECKING:
    from api.service import Service


class Deliveries:
    """Delivers until it is closed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ending = Event()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a post that is under way is waited for, no longer than it may take."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._service.config.webhook_look_s):
            try:
                while not self._ending.is_set() and deliver_due(self._service.instance, self._service.outbound):
                    pass
            except Exception as err:  # noqa: BLE001 - whatever failed may work at the next look; only its type is written
                self._service.events.error("webhooks-failed", error=type(err).__name__)
