"""Writes to an instance in forks of one warm process, each of which is killed, or fails, at a place: LIBRARY.

One job a line of JSON on standard input (`Job`), one line of JSON on standard output for each (`Outcome`). Start it with
the library of `tests/c/faults.c` preloaded. A fork opens the instance, signs and logs statements as the service does
(several threads, one sequencer), and tells what it was answered through a pipe: what is in the pipe was acknowledged.
Steps of the program that are no system call are places as well: each SQL statement and each look at the clock.
"""

from __future__ import annotations

import base64
import errno
import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from sqlalchemy import event

from attest.clock import SystemEntropy
from attest.errors import AttestError
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.statement import Subject, build_statement
from attest.settings import Settings
from attest.store.claims import hold_claim
from attest.store.sequencer import Sequencer
from attest.usecases.instance import Instance, open_instance
from attest.usecases.receipts import receipt_of
from attest.usecases.sign import Recording, sign_and_log
from tests.support.killed_disk import How, Kind, shim

OVERLAPPING = 3
"""Writers of whom each is a group of its own."""

KIND = "https://example.test/killed/v1"
CHILD_FAILED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one fork does."""

    home: str
    database_url: str | None = None
    numbers: Sequence[int]
    """Statements to log; the same number is the same statement."""
    writers: int = 1
    how: int = int(How.COUNT)
    kinds: int = int(Kind.ALL)
    place: int = 0
    failure: int = 0
    image: str = ""
    """Folder of the disk's image; empty where nothing but a kill is simulated."""
    opened: bool = False
    """Places are counted only once the instance is open."""
    victim: int = 0
    """Another process to end in place of this one, by SIGQUIT."""
    asynchronous: bool = False
    """A mutant: SQLite answers before its bytes are on disk."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of it."""

    status: int = 0
    """As `waitpid` gives it, decoded: 0, or the negative number of the signal that ended it."""
    reached: int = 0
    place: str = ""
    acknowledged: list[dict[str, object]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Codes of what was refused; class names of what was no error of ours."""


class SteppingClock:
    """The machine's clock; each look at it is a place."""

    def __init__(self, library: Path) -> None:
        self._step = shim(library).fault_step

    def now(self) -> datetime:
        self._step(b"clock")
        return datetime.now(UTC)


def log_number(instance: Instance, number: int) -> dict[str, object]:
    """Sign and log one statement; gives the receipt as its submitter would keep it."""
    statement = build_statement(KIND, (Subject(name="pond", sha256=f"{number:064x}"),), {"number": str(number)})
    recording = Recording(statement=statement, session_id=None, parts=(), key_id="", write_key=f"k{number}")
    locks = instance.settings.home / "locks"
    with hold_claim(instance.engine, instance.scope, recording.write_key, locks=locks, at=1) as done:
        name = done or sign_and_log(instance, recording, on_step=lambda _: None)
    receipt = receipt_of(instance, name)
    return {
        "number": number,
        "attestation": name,
        "index": receipt.index,
        "tree_size": receipt.tree_size,
        "root": base64.b64encode(receipt.root).decode(),
        "payload": receipt.payload_sha256.hex(),
    }


class _Child:
    def __init__(self, job: Job, library: Path, pipe: int) -> None:
        self._job = job
        self._library = library
        self._pipe = pipe
        self._record = f"{job.home}.place"

    def run(self) -> None:
        faults, job = shim(self._library), self._job
        faults.fault_disk(os.fsencode(job.home), os.fsencode(job.image))
        if not job.opened:
            self._arm()
        settings = Settings(home=Path(job.home), database_url=job.database_url)
        try:
            instance = open_instance(settings, clock=SteppingClock(self._library), entropy=SystemEntropy())
        except Exception as err:  # noqa: BLE001 - told to whoever asked
            self._tell_error(err)
        else:
            if job.opened:
                self._arm()
            self._write(instance)
            instance.engine.dispose()
        self._tell({"reached": faults.fault_reached()})

    def _arm(self) -> None:
        faults, job = shim(self._library), self._job
        faults.fault_arm(job.how, job.kinds, job.place, job.failure, os.fsencode(self._record))
        if job.victim:
            faults.fault_victim(job.victim, 3)

    def _write(self, instance: Instance) -> None:
        step = shim(self._library).fault_step
        event.listen(
            instance.engine,
            "before_cursor_execute",
            lambda _c, _u, statement, *_: step(" ".join(statement.split()[:3]).encode()),
        )
        event.listen(instance.engine, "commit", lambda _: step(b"COMMIT"))
        if self._job.asynchronous:
            event.listen(instance.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA synchronous=0"))
        # One is committed while another is published.
        sequencer = Sequencer(instance.log.append, full=1 if self._job.writers == OVERLAPPING else MAX_GROUP_ENTRIES)
        together = replace(instance, append=sequencer.append)
        shares = [self._job.numbers[at :: self._job.writers] for at in range(self._job.writers)]
        threads = [Thread(target=self._log, args=(together, share)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sequencer.close()

    def _log(self, instance: Instance, numbers: Sequence[int]) -> None:
        for number in numbers:
            try:
                self._tell(log_number(instance, number))
            except Exception as err:  # noqa: BLE001 - told to whoever asked
                self._tell_error(err)

    def _tell_error(self, err: Exception) -> None:
        code = err.code if isinstance(err, AttestError) else type(err).__name__
        number = getattr(err, "errno", None)
        self._tell({"error": f"{code}:{errno.errorcode[number]}" if number else code})

    def _tell(self, value: dict[str, object]) -> None:
        os.write(self._pipe, json.dumps(value).encode() + b"\n")


def run(job: Job, library: Path) -> Outcome:
    """Fork, let the child do its work or die over it, and gather what it told."""
    record = Path(f"{job.home}.place")
    record.unlink(missing_ok=True)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            _Child(job, library, write).run()
            os._exit(0)
        finally:
            os._exit(CHILD_FAILED)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    outcome = Outcome(status=os.waitstatus_to_exitcode(status))
    outcome.place = record.read_text() if record.exists() else ""
    for line in lines:
        if "error" in line:
            outcome.errors.append(line["error"])
        elif "reached" in line:
            outcome.reached = line["reached"]
        else:
            outcome.acknowledged.append(line)
    return outcome


def main(library: Path) -> None:
    """Do what standard input says, until it ends."""
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(run(Job(**json.loads(line)), library))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
