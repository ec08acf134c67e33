"""Serves a data directory on a free port and kills itself at one place of the first recording: PLACE (see `killed_record`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from api.__main__ import main as serve
from api.routes import sessions
from attest.model.receipt import Receipt
from attest.usecases.instance import Instance
from attest.usecases.record import RecordRequest
from tests.support.killed_record import arm, die


def main(place: str) -> None:
    original = sessions.record

    def record(request: RecordRequest, instance: Instance, *, on_step: Callable[[str], None]) -> Receipt:
        def step(name: str) -> None:
            on_step(name)
            if name == place:
                die()
            if name == "log":
                arm(instance, place)

        return original(request, instance, on_step=step)

    sessions.record = record
    os._exit(serve(["serve", "--port", "0"]))


if __name__ == "__main__":
    main(sys.argv[1])
