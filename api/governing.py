"""At its start a service logs which of the files that govern it are others than before, and only then serves anybody."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from attest.errors import Conflict
from attest.usecases.administer import log_governing

if TYPE_CHECKING:
    from api.service import Service


class Governing:
    """Logs the files as they are at the start."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def start(self) -> None:
        """Log what changed; where that cannot be logged the service does not start.

        Raises:
            AttestError: the log cannot be appended to.
        """
        instance = self._service.instance
        # Another process that starts at the same moment logs it first: what is left is looked at again.
        with suppress(Conflict):
            log_governing(instance, instance.settings.home)
        log_governing(instance, instance.settings.home)

    def close(self) -> None:
        """Nothing is left to do."""
