"""The access log: a second log of the tenant, `access`, with keys and an origin of its own, of who read what.

1. a reader hands in a record and waits
2. one thread takes what waits, and signs it as one `access/v1` statement
3. the statement is appended as any entry is: durable, under a signed head, published as tiles
4. the reader goes on; where 3 failed it hears of that, and shows nothing

Its files are at `logs/access/`, in the form of every log here, so that whatever follows a log follows this one.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, Refused
from attest.ledger.index import index_keys
from attest.model.access_predicate import ACCESS_V1, BESIDE, MAX_RECORDS, purpose_digest, signed_part
from attest.model.log_predicate import log_subject
from attest.model.predicates import require_shape
from attest.model.statement import build_statement
from attest.model.times import rfc3339
from attest.store.access_records import writer_of
from attest.store.log_store import Submission
from attest.usecases.access_store import access_instance, has_access_log

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

MAX_WAITING: Final = 1024
WAIT_S: Final = 10.0
"""Longest wait of a reader for its record."""
SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One reading that is about to be."""

    who: str
    right: str
    purpose: str
    query: str
    """What was asked, of which the digest is kept."""
    session: str | None
    attestation: str | None
    rows: int
    tree_size: int
    """State of the tenant's log that the answer is of."""
    address: str
    """`loopback`, `private` or `public`: never the address itself."""


@dataclass(frozen=True, slots=True)
class _Work:
    record: dict[str, object]
    done: Future[None]


class AccessLog:
    """Writes records of access; `write` returns when the record is in the log."""

    def __init__(self, instance: Instance, *, wait_s: float = WAIT_S) -> None:
        self._instance = instance
        self._wait_s = wait_s
        self._begun: Instance | None = None
        self._queue: Queue[_Work | None] = Queue(MAX_WAITING)
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def write(self, access: Access) -> None:
        """Wait until a record is in the log and published.

        Raises:
            Refused: `service.access-log`: it could not be written, for whatever reason; `service.too-many`: it was not
                yet, since many wait. Nothing may be shown.
        """
        work = _Work(self._record(access), Future())
        try:
            self._put(work)
            work.done.result(self._wait_s)
        except Exception as err:
            # A time that ran out here says that writing is slow; one that ran out in writing, that it failed.
            behind = isinstance(err, Full) or (isinstance(err, TimeoutError) and not work.done.done())
            raise Refused("service.too-many" if behind else "service.access-log", got=type(err).__name__) from err

    def start(self) -> None:
        """Bring the files of a log that was begun up to its head; one that cannot be is tried again by the next record."""
        if has_access_log(self._instance):
            with suppress(AttestError):
                self._ready()

    def own(self) -> Instance | None:
        """Give the instance with this log in the place of the tenant's; None while nothing was recorded."""
        return self._begun or (access_instance(self._instance) if has_access_log(self._instance) else None)

    def _ready(self) -> Instance:
        if self._begun is None:
            begun = access_instance(self._instance)
            begun.log.ensure()
            self._begun = begun
        return self._begun

    def close(self) -> None:
        """Write what waits, then end."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _record(self, access: Access) -> dict[str, object]:
        salt = self._instance.entropy.bytes(SALT_BYTES)
        named = {"session": access.session, "attestation": access.attestation}
        return {
            "at": rfc3339(self._instance.clock.now()),
            "who": access.who,
            "scope": access.right,
            "purpose": purpose_digest(salt, access.purpose),
            "query": hashlib.sha256(access.query.encode()).hexdigest(),
            **{name: value for name, value in named.items() if value is not None},
            "rows": access.rows,
            "treeSize": access.tree_size,
            "address": access.address,
            BESIDE: {"text": access.purpose, "salt": salt.hex()},
        }

    def _put(self, work: _Work) -> None:
        with self._lock:
            if self._closed:
                raise Refused("service.ending")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="access-log", daemon=True)
                self._thread.start()
            self._queue.put_nowait(work)

    def _run(self) -> None:
        ended = False
        while not ended:
            first = self._queue.get()
            works = [first] if first is not None else []
            ended = first is None
            while not ended and len(works) < MAX_RECORDS:
                try:
                    work = self._queue.get_nowait()
                except Empty:
                    break
                ended = work is None
                works += [work] if work is not None else []
            if works:
                self._commit(works)

    def _commit(self, works: list[_Work]) -> None:
        try:
            self._append([work.record for work in works])
        except BaseException as err:  # noqa: BLE001 - each who waits must hear of it
            for work in works:
                work.done.set_exception(err)
        else:
            for work in works:
                work.done.set_result(None)

    def _append(self, records: list[dict[str, object]]) -> None:
        access = self._ready()
        log = access.services.log
        subject = log_subject(log.origin, log.verifier_key)
        predicate: dict[str, object] = {"records": [signed_part(record) for record in records]}
        require_shape(ACCESS_V1, predicate)
        statement = build_statement(ACCESS_V1, (subject,), predicate)
        submission = Submission(
            leaf=log.sign_statement(statement.raw),
            keys=index_keys(statement.document),
            payload_hash=statement.digest,
            within=writer_of(self._instance.scope, records),
        )
        access.log.append((submission,))
