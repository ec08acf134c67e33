"""The logs that this instance's own one follows, opened for reading: a complete answer needs them too (decision D4).

`$WHEREOF_FOLLOWED` names the data directory of the log before, or a file of `NAME=VALUE` lines: its environment. That log
may name the one before it in turn.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.chain import MAX_CHAIN
from attest.ledger.index import PUBLIC
from attest.model.scope import Scope
from attest.model.statement import parse_statement
from attest.settings import read_settings
from attest.signing.dsse import parse_envelope
from attest.store import walk
from attest.store.index_keying import first_index_envelope
from attest.store.keyring import FileKeyRing
from attest.store.log_reader import LogReader
from attest.store.publisher import Publisher
from attest.store.segments import Segments
from attest.usecases.instance import DEFAULT_LOG, open_database, open_files
from attest.usecases.log_keying import stored_keying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.ledger.index import Keying
    from attest.settings import Settings
    from attest.store.engine import Engine
    from attest.store.index_state import IndexState
    from attest.usecases.instance import Instance

MAX_ENVIRONMENT_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringLog:
    """A log that gives complete answers: the instance's own, or one that has ended."""

    engine: Engine
    scope: Scope
    name: str
    origin: str
    segments: Segments
    publisher: Publisher
    keying: Keying
    note: Callable[[IndexState], str]
    """Gives the head's Sigstore note: of the own log signed as the newest now, of an ended one as it was kept."""

    @property
    def reader(self) -> LogReader:
        """Reads its entries and heads."""
        return LogReader(self.engine, self.scope, self.name)


@contextmanager
def answering_logs(instance: Instance) -> Iterator[tuple[AnsweringLog, ...]]:
    """Give the instance's own log and those before it, newest first, as far as they are named and no further.

    Raises:
        InvalidInput: what is named is no data directory and no file of `NAME=VALUE` lines.
        CannotVerify: `evidence.chain`, it holds another log than the one that is followed, or there are too many.
    """
    services, log = instance.services.log, instance.log
    found = [
        AnsweringLog(
            engine=instance.engine,
            scope=instance.scope,
            name=log.name,
            origin=services.origin,
            segments=log.segments,
            publisher=log.publisher,
            keying=log.keying,
            note=lambda state: services.sign_newest(state.tree_size, state.root),
        )
    ]
    with ExitStack() as stack:
        place = instance.settings.followed
        while place is not None:
            if len(found) == MAX_CHAIN:
                raise CannotVerify("evidence.chain", f"the chain has more than {MAX_CHAIN} logs")
            settings = _settings(place)
            older = _open(settings, stack)
            if older.origin != _follows(found[-1]):
                what = "$WHEREOF_FOLLOWED names another log than the one that is followed"
                raise CannotVerify("evidence.chain", what, expected=_follows(found[-1]) or "none", got=older.origin)
            found.append(older)
            place = settings.followed
        yield tuple(found)


def _open(settings: Settings, stack: ExitStack) -> AnsweringLog:
    engine = open_database(settings)
    stack.callback(engine.dispose)
    scope, keys = Scope(settings.tenant), FileKeyRing(settings.keys_dir, _NoEntropy())
    row = walk.log_row(engine, scope, DEFAULT_LOG)
    if row is None:
        raise CannotVerify("evidence.chain", "there is no log in what $WHEREOF_FOLLOWED names")
    _, logs = open_files(settings)
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
        segments=Segments(scope, DEFAULT_LOG, directory=folder / "index"),
        publisher=Publisher(engine, scope, DEFAULT_LOG, directory=folder, files=logs.within(DEFAULT_LOG)),
        keying=stored_keying(first_index_envelope(engine, scope, DEFAULT_LOG), scope, DEFAULT_LOG, keys) or PUBLIC,
        note=note,
    )


class _NoEntropy:
    """An ended log makes no keys."""

    def bytes(self, count: int) -> bytes:
        """Refuse."""
        raise CannotVerify("key.missing", "an ended log makes no keys", got=f"{count} bytes")


def _follows(log: AnsweringLog) -> str | None:
    entry = log.reader.entry(0)
    if entry is None:
        return None
    follows = parse_statement(parse_envelope(entry.leaf.envelope).payload).predicate.get("follows")
    return str(follows.get("origin")) if isinstance(follows, dict) else None


def _settings(place: Path) -> Settings:
    if place.is_dir():
        return read_settings({"WHEREOF_HOME": str(place)})
    try:
        with place.open("rb") as file:
            text = file.read(MAX_ENVIRONMENT_BYTES).decode()
        lines = (line.split("=", 1) for line in text.splitlines() if line.strip() and not line.startswith("#"))
        values = {name.strip(): value.strip() for name, value in lines}
    except (OSError, ValueError) as err:
        raise InvalidInput("input.not-found", "$WHEREOF_FOLLOWED names no log", where=str(place)) from err
    if "WHEREOF_HOME" not in values:
        raise InvalidInput("input.malformed", expected="a line WHEREOF_HOME=…", where=str(place))
    return read_settings(values)
