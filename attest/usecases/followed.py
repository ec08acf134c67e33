"""The logs that this instance's own one follows, opened for reading: a complete answer needs them too (decision D4).

`$WHEREOF_FOLLOWED` names the data directory of the log before, or a file of `NAME=VALUE` lines: its environment. That log
may name the one before it in turn. They are opened when they are first asked for, and stay open as long as the instance.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.errors import CannotVerify, Refused
from attest.evidence.chain import MAX_CHAIN
from attest.ledger.index import PUBLIC
from attest.model.scope import Scope
from attest.model.succession import succession_of
from attest.store import walk
from attest.store.index_keying import first_index_envelope
from attest.store.keyring import FileKeyRing
from attest.store.log_reader import LogReader
from attest.store.objects import ObjectStore
from attest.store.publisher import Publisher
from attest.store.segments import Segments
from attest.usecases.erased import erases_all, erasures_about
from attest.usecases.followed_homes import settings_of
from attest.usecases.genesis import said_of_log
from attest.usecases.instance import DEFAULT_LOG, open_database, open_files
from attest.usecases.log_keying import stored_keying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.ledger.index import Keying
    from attest.model.ports import LogReceipt
    from attest.model.succession import Succession
    from attest.settings import Settings
    from attest.store.engine import Engine
    from attest.store.index_state import IndexState
    from attest.store.log_store import Submission
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringLog:
    """A log that gives complete answers: the instance's own, or one that has ended."""

    engine: Engine
    scope: Scope
    name: str
    origin: str
    sigstore_key: bytes
    """The key that signs its heads, DER SPKI: by its digest an entry says in which log it stands."""
    segments: Segments
    publisher: Publisher
    keying: Keying
    keys: FileKeyRing
    objects: ObjectStore
    settings: Settings
    """Where its data directory is."""
    note: Callable[[IndexState], str]
    """Gives the head's Sigstore note: of the own log signed as the newest now, of an ended one as it was kept."""

    @property
    def reader(self) -> LogReader:
        """Reads its entries and heads."""
        return LogReader(self.engine, self.scope, self.name)

    @property
    def log_id(self) -> bytes:
        """Its id in bundles and receipts."""
        return hashlib.sha256(self.sigstore_key).digest()

    def follows(self) -> Succession | None:
        """Give the step to the log before, as the first entry says it; None where it follows none."""
        genesis = said_of_log(self.reader, 0)
        return succession_of(genesis, None) if genesis is not None else None

    def read_by(self, instance: Instance) -> Instance:
        """Give an instance that reads this log's rows and opens its parts, and appends nothing to any."""
        others = self.keys.chain if isinstance(self.keys, EndedKeys) else ()
        return replace(
            instance,
            engine=self.engine,
            scope=self.scope,
            keys=self.keys,
            objects=self.objects,
            append=_refuse,
            after=tuple(log.engine for log in others if log.engine is not self.engine),
        )

    def held_by(self, instance: Instance) -> Instance:
        """As `read_by`, over this log's own data directory: for what is to be destroyed there."""
        return replace(self.read_by(instance), settings=self.settings)


def answering_logs(instance: Instance) -> tuple[AnsweringLog, ...]:
    """Give the instance's own log and those before it, newest first, as far as they are named and no further.

    Raises:
        InvalidInput: what is named is no data directory and no file of `NAME=VALUE` lines.
        CannotVerify: `evidence.chain`, it holds another log than the one that is followed, or there are too many.
    """
    own = _own(instance)
    place = instance.settings.followed
    if place is None:
        return (own,)
    found = instance.before.get(place)
    if found is None:
        # Two threads may open them at once: the first to say so is kept, the other's engines have connected to nothing more.
        found = instance.before.setdefault(place, _before(own, instance.settings))
    # What a caller may not see in the own log is not shown of an earlier one.
    return (own, *(replace(log, scope=Scope(log.scope.tenant, instance.scope.repositories)) for log in found))


def _own(instance: Instance) -> AnsweringLog:
    services, log = instance.services.log, instance.log
    return AnsweringLog(
        engine=instance.engine,
        scope=instance.scope,
        name=log.name,
        origin=services.origin,
        sigstore_key=services.sigstore_key,
        segments=log.segments,
        publisher=log.publisher,
        keying=log.keying,
        keys=instance.keys,
        objects=instance.objects,
        settings=instance.settings,
        note=lambda state: services.sign_newest(state.tree_size, state.root),
    )


def _before(own: AnsweringLog, settings: Settings) -> tuple[AnsweringLog, ...]:
    chain = [own]
    with ExitStack() as opened:  # closed again, unless all of them hold
        while settings.followed is not None:
            if len(chain) == MAX_CHAIN:
                raise CannotVerify("evidence.chain", f"the chain has more than {MAX_CHAIN} logs")
            settings = settings_of(settings.followed)
            step, older = chain[-1].follows(), _open(settings, opened)
            if step is None or older.origin != step.origin:
                what = "$WHEREOF_FOLLOWED names another log than the one that is followed"
                expected = step.origin if step else "none"
                raise CannotVerify("evidence.chain", what, expected=expected, got=older.origin)
            chain.append(older)
        for log in chain[1:]:
            if isinstance(log.keys, EndedKeys):
                log.keys.chain = tuple(chain)
        opened.pop_all()
    return tuple(chain[1:])


def _open(settings: Settings, opened: ExitStack) -> AnsweringLog:
    engine = open_database(settings)
    opened.callback(engine.dispose)
    scope, keys = Scope(settings.tenant), EndedKeys(settings.keys_dir, _NoEntropy())
    row = walk.log_row(engine, scope, DEFAULT_LOG)
    if row is None:
        raise CannotVerify("evidence.chain", "there is no log in what $WHEREOF_FOLLOWED names")
    objects, logs = open_files(settings)
    folder = settings.logs_dir / DEFAULT_LOG
    reader = LogReader(engine, scope, DEFAULT_LOG)

    def note(state: IndexState) -> str:
        head = reader.head(state.tree_size)
        return head.sigstore_note if head is not None else ""

    return AnsweringLog(
        engine=engine,
        scope=scope,
        name=DEFAULT_LOG,
        origin=row.origin,
        sigstore_key=row.sigstore_key,
        segments=Segments(scope, DEFAULT_LOG, directory=folder / "index"),
        publisher=Publisher(engine, scope, DEFAULT_LOG, directory=folder, files=logs.within(DEFAULT_LOG)),
        keying=stored_keying(first_index_envelope(engine, scope, DEFAULT_LOG), scope, DEFAULT_LOG, keys) or PUBLIC,
        keys=keys,
        objects=ObjectStore(objects),
        settings=settings,
        note=note,
    )


class EndedKeys(FileKeyRing):
    """The keys of an ended log: they open nothing that any log of the chain says was erased.

    An ended log logs no erasure, and its key ring may be an old copy: what was destroyed since would open again.
    """

    chain: tuple[AnsweringLog, ...] = ()

    def load(self, name: str) -> bytes | None:
        """Give a secret; None for that of a session that was erased as a whole."""
        session = name.removeprefix("session/")
        return None if session != name and self._erased(session) else super().load(name)

    def _erased(self, session: str) -> bool:
        logs = ((log.engine, log.scope) for log in self.chain)
        return any(erases_all(predicate) for predicate, _ in erasures_about(logs, session))


class _NoEntropy:
    """An ended log makes no keys."""

    def bytes(self, count: int) -> bytes:
        """Refuse."""
        raise CannotVerify("key.missing", "an ended log makes no keys", got=f"{count} bytes")


def _refuse(submissions: Sequence[Submission], **_: object) -> tuple[LogReceipt, ...]:
    raise Refused("ledger.closed", "a log that another follows is read only", got=f"{len(submissions)} entries")
