"""Retention: what is kept for longer than its class goes, as an erasure without a request; a legal hold wins.

1. read     `retention.json` in the data directory; without it everything is kept
2. log      a setting other than the last logged one is logged as `admin/v1`; a shorter one needs a second person
3. due      sessions whose newest recording is older than their class, that are not erased and not held
4. erase    logged as `erasure/v1` by rule, then destroyed, as any erasure is; one process of an instance at a time

What a log recorded before it ended goes by the setting of the one that follows it. Where the ended one is not at hand nothing goes:
what it holds, and whether it recorded a session later, is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from attest.clock import ulid
from attest.errors import InvalidInput
from attest.model.admin_predicate import AdminAction
from attest.model.erasure_predicate import ErasureBasis, ErasureRequest, ErasureScope, Witnessed
from attest.model.retention import Retention, retention_of
from attest.store.alone import alone
from attest.store.sessions import recordings_of, sessions_recorded_before
from attest.usecases.erased import logged_erasures
from attest.usecases.erasures import carry_out, log_erasure
from attest.usecases.holds import active_holds, admin_statements, log_admin
from attest.usecases.home_file import home_json, is_there
from attest.usecases.second_person import Asked, confirm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from attest.usecases.instance import Instance

FILE_NAME: Final = "retention.json"
MAX_FILE_BYTES: Final = 64 * 1024
AT_ONCE: Final = 200
"""Sessions of one erasure: a service that is told to end does so after at most one."""
_NAME: Final = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the setting would take now."""

    retention: Retention
    logged: bool
    """Whether the setting is the last one that was logged: else nothing goes before it is."""
    sessions: tuple[str, ...]
    """Whole sessions."""
    transcripts: tuple[str, ...]
    """Sessions whose transcript goes."""
    held: tuple[tuple[str, str], ...]
    """(session, hold) of what would be due and is held."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "retention": self.retention.to_json(),
            "logged": self.logged,
            "sessions": list(self.sessions),
            "transcripts": list(self.transcripts),
            "held": [{"session": session, "hold": hold} for session, hold in self.held],
        }


def read_retention(home: Path) -> Retention:
    """Give the setting of an instance; without the file everything is kept.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such; it is never ignored.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return Retention()
    try:
        value = home_json(path, MAX_FILE_BYTES)
    except ValueError:
        value = None
    return retention_of(value, str(path))


def logged_retention(instance: Instance) -> Retention:
    """Give the setting that was logged last; the one that keeps everything where none was."""
    last = Retention()
    for predicate in admin_statements(instance, AdminAction.RETENTION_SET):
        told = predicate["retention"]
        members = told if isinstance(told, dict) else {}
        last = retention_of({name: days for name, days in members.items() if name.endswith("Days")}, "/retention")
    return last


def set_retention(instance: Instance, *, approval: bytes | None = None, typed: str = "") -> Retention:
    """Log the file's setting where it is not the one in force; one that takes anything sooner needs a second person.

    Raises:
        InvalidInput, NotVerified: see `attest.usecases.second_person.confirm`.
    """
    wanted, before = read_retention(instance.settings.home), logged_retention(instance)
    if wanted == before:
        return wanted
    told: dict[str, object] = {"id": _NAME, "request": wanted.digest, **wanted.to_json()}
    if wanted.shorter_than(before):
        beside = confirm(instance, asked_of(wanted), approval=approval, typed=typed, words=words_of(wanted))
        told |= {"second": beside.second.value, **beside.members()}
    log_admin(instance, AdminAction.RETENTION_SET, {"retention": told}, instance.entropy.bytes(16))
    return wanted


def asked_of(retention: Retention) -> Asked:
    """Give what a second person approves when a class is kept for a shorter time."""
    return Asked(action=AdminAction.RETENTION_APPROVED, member=_NAME, id=_NAME, request=retention.digest)


def words_of(retention: Retention) -> str:
    """Give what one user types in the place of a second person."""
    texts, rest = (f"{days} days" if days else "for ever" for days in (retention.texts, retention.metadata))
    return f"keep transcripts {texts} and the rest {rest}"


def due(instance: Instance, now: datetime | None = None) -> Due:
    """Give what the file's setting would take at a moment (None: now); nothing is changed.

    Raises:
        InvalidInput: `input.malformed`: the setting cannot be read.
        CannotVerify: `evidence.chain`, what a log before this one holds is not known.
    """
    at = now or instance.clock.now()
    retention, holds = read_retention(instance.settings.home), active_holds(instance)
    erasures = chain.from_iterable(map(logged_erasures, holds.logs))
    erased = {(name, one.request.scope) for one in erasures for name in one.request.sessions}
    gone = {name for name, scope in erased if scope is ErasureScope.SESSION}
    whole = _older(holds.logs, retention.metadata, at, gone)
    taken = {*whole, *gone, *(name for name, scope in erased if scope is ErasureScope.TRANSCRIPT)}
    texts = _older(holds.logs, retention.texts, at, taken)
    held = {name: hold for name in (*whole, *texts) if (hold := holds.over(name))}
    return Due(
        retention=retention,
        logged=retention == logged_retention(instance),
        sessions=tuple(name for name in whole if name not in held),
        transcripts=tuple(name for name in texts if name not in held),
        held=tuple(sorted(held.items())),
    )


def retain(instance: Instance, now: datetime | None = None) -> Due:
    """Erase what is due at a moment (None: now); gives what that was. Waits while another process does it.

    Raises:
        InvalidInput: `input.usage`: the setting was changed and not logged, see `set_retention`.
        Conflict: `erasure.held`: a hold was added meanwhile; what went before it stays gone.
        CannotVerify: as for `due`, and nothing went; or as for `carry_out`.
    """
    with _only(instance, wait=True):
        found = due(instance, now)
        for _ in _erasing(instance, found):
            pass
    return found


def retain_beside(instance: Instance, *, stop: Callable[[], bool]) -> Due | None:
    """Do the same beside other work; `stop` is asked after each erasure, and what is left then is due the next time.

    Gives None where no class has an end and none was logged, while another process is at it, and where it was stopped.

    Raises:
        InvalidInput, Conflict, CannotVerify: as `retain` does.
    """
    if read_retention(instance.settings.home) == logged_retention(instance) == Retention():
        return None
    with _only(instance, wait=False) as held:
        if not held:
            return None
        found = due(instance)
        for _ in _erasing(instance, found):
            if stop():
                return None
    return found


def _only(instance: Instance, *, wait: bool) -> AbstractContextManager[bool]:
    path = instance.settings.home / "locks" / "retain.lock"
    return alone(instance.engine, f"retain/{instance.scope.tenant}", path, wait=wait)


def _erasing(instance: Instance, found: Due) -> Iterator[None]:
    """Yield after each erasure."""
    if not found.logged:
        raise InvalidInput("input.usage", f"{FILE_NAME} is not what was logged last", expected="whereof retain set")
    for scope, names in ((ErasureScope.SESSION, found.sessions), (ErasureScope.TRANSCRIPT, found.transcripts)):
        for at in range(0, len(names), AT_ONCE):
            _erase(instance, names[at : at + AT_ONCE], scope)
            yield


def _erase(instance: Instance, sessions: tuple[str, ...], scope: ErasureScope) -> None:
    name = ulid("ers", instance.clock, instance.entropy)
    request = ErasureRequest(id=name, basis=ErasureBasis.RETENTION, scope=scope, sessions=sessions)
    log_erasure(instance, request, Witnessed.RULE)
    carry_out(instance, request)


def _older(logs: tuple[Instance, ...], days: int | None, now: datetime, taken: set[str]) -> tuple[str, ...]:
    if days is None:
        return ()
    before = int((now - timedelta(days=days)).timestamp())
    found = {name for one in logs for name in sessions_recorded_before(one.engine, one.scope, before)} - taken
    if len(logs) > 1:  # what one log recorded last, another may have recorded since
        found = {name for name in found if all(_newest(one, name) < before for one in logs)}
    return tuple(sorted(found))


def _newest(log: Instance, session: str) -> int:
    return max((at for _, at in recordings_of(log.engine, log.scope, session)), default=0)
