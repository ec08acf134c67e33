"""Records a transcript and kills this process without warning at one place: DATA TRANSCRIPT CLONE OID PLACE.

PLACE is a step of `record` (killed as it begins), or one of `inserted` (all rows of the entry are in the transaction,
nothing is committed), `committed` (COMMIT has returned, nothing is published), `tiles` (the tiles are written, the
checkpoint is not) and `begun` (the log's first two entries are committed, nothing is published).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import sqlmodel
from sqlalchemy import event

from attest.capture.transcript import Transcript
from attest.store import folder
from attest.usecases.instance import Instance
from attest.usecases.record import RecordRequest, record
from tests.support.recording import Clone, open_home

PLACES = ("inserted", "committed", "tiles", "begun")


def die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(instance: Instance, place: str) -> None:
    """Make the process die at a place inside the log's transaction or its publication, once the log step began."""
    if place == "inserted":
        event.listen(instance.engine, "commit", die)  # called when all is flushed, before COMMIT is sent
    if place == "committed":
        event.listen(sqlmodel.Session, "after_commit", die)
    if place == "tiles":
        folder.replace_file = die


def main(arguments: list[str]) -> None:
    home, transcript, clone_path, oid, place = arguments
    if place == "begun":
        event.listen(sqlmodel.Session, "after_commit", die)
    instance = open_home(Path(home))
    clone = Clone(path=Path(clone_path), oid=oid)

    def on_step(step: str) -> None:
        if step == place:
            die()
        if step == "log":
            arm(instance, place)

    request = RecordRequest(transcript=Transcript.open(Path(transcript)), repository=clone.repository, commits=(oid,))
    record(request, instance, on_step=on_step)


if __name__ == "__main__":
    main(sys.argv[1:])
