"""Delivers to webhooks beside the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.beside import Beside
from api.happenings import failing
from attest.usecases.deliver_events import deliver_due

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.service import Service


def deliveries(service: Service) -> Beside:
    """Give what delivers until it is closed; a post that is under way is waited for, no longer than it may take."""

    def deliver(stop: Callable[[], bool]) -> None:
        while not stop() and deliver_due(service.instance, service.outbound):
            pass

    return Beside(
        "webhooks",
        deliver,
        every_s=service.config.webhook_look_s,
        on_failure=failing(service.events, "webhooks-failed"),
    )
