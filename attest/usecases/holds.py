"""Legal holds: what nothing erases until two persons release it. They stand in the log, and are read from there.

A hold covers named sessions, every session that touches a named repository, or, naming neither, all of the tenant's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from attest.canonical import canonical_json
from attest.clock import ulid
from attest.errors import Absent, Conflict, InvalidInput
from attest.ledger.index import normal_repository
from attest.model.admin_predicate import ADMIN_V1, AdminAction
from attest.model.admin_privacy import HOLD, MAX_COVERED, Second
from attest.model.governing import name_digest
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store.sessions import repositories_of_session
from attest.store.typed import statements_of_type
from attest.usecases.chain_at_hand import readers_of, require_whole
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.second_person import Asked, Confirmed, confirm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from enum import StrEnum

    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold."""

    id: str
    matter: str
    sessions: tuple[str, ...]
    repositories: tuple[str, ...]
    added_at: str
    asked_by: str = ""
    """`name_digest` of who asked for its release at a service; empty while nobody has."""
    released_at: str = ""

    @property
    def active(self) -> bool:
        """Whether it holds."""
        return not self.released_at

    @property
    def everything(self) -> bool:
        """Whether it covers all of the tenant's sessions, those to come with them."""
        return not self.sessions and not self.repositories

    @property
    def request(self) -> str:
        """What an approval of its release is bound to."""
        return hashlib.sha256(b"whereof hold release v1\0" + self.id.encode()).hexdigest()

    def covers(self, session: str, repositories: Iterable[str]) -> bool:
        """Tell whether it covers a session that touches these repositories."""
        return self.everything or session in self.sessions or not set(self.repositories).isdisjoint(repositories)

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "id": self.id,
            "matter": self.matter,
            "covers": "everything" if self.everything else "named",
            "sessions": list(self.sessions),
            "repositories": list(self.repositories),
            "added_at": self.added_at,
            "release_requested": bool(self.asked_by),
            "released_at": self.released_at or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveHolds:
    """The holds of a whole chain of logs that hold now."""

    holds: tuple[Hold, ...]
    logs: tuple[Instance, ...]
    """Whatever log recorded a session says which repositories it touches."""

    def over(self, session: str) -> str:
        """Give the hold (`hld_…`) that covers a session; empty where none does."""
        if not self.holds:
            return ""
        touched = frozenset().union(*(repositories_of_session(one.engine, one.scope, session) for one in self.logs))
        return next((hold.id for hold in self.holds if hold.covers(session, touched)), "")


def admin_statements(instance: Instance, *actions: StrEnum) -> Iterator[Mapping[str, object]]:
    """Yield the predicates of these actions in the log's order."""
    wanted = {action.value for action in actions}
    for row in statements_of_type(instance.engine, instance.scope, instance.log.name, ADMIN_V1):
        predicate = parse_statement(parse_envelope(row.leaf.envelope).payload).predicate
        if predicate.get("action") in wanted:
            yield predicate


def log_admin(instance: Instance, action: AdminAction, members: dict[str, object], material: bytes) -> str:
    """Sign and log what was done, now; gives the `att_…`. Equal material is logged once."""
    predicate = {"action": action.value, "at": rfc3339(instance.clock.now()), **members}
    material = action.value.encode() + b"\0" + material
    return log_statement(
        instance, ADMIN_V1, (own_log_subject(instance),), predicate, write_key_material=material
    ).attestation


def add_hold(
    instance: Instance, matter: str, *, sessions: tuple[str, ...] = (), repositories: tuple[str, ...] = (), by: str = ""
) -> Hold:
    """Hold sessions, repositories, or with neither everything; signed and logged before this returns.

    Raises:
        InvalidInput: `evidence.statement`, a name is not one; `input.too-large`.
    """
    if max(len(sessions), len(repositories)) > MAX_COVERED:
        raise InvalidInput("input.too-large", expected=f"at most {MAX_COVERED} sessions and as many repositories")
    name = ulid("hld", instance.clock, instance.entropy)
    told: dict[str, object] = {
        "id": name,
        "matter": matter,
        "sessions": sorted(set(sessions)),
        "repositories": sorted({normal_repository(one) for one in repositories}),
    }
    if by:
        told["by"] = name_digest(name, by)
    HOLD.check(told, "/hold")
    log_admin(instance, AdminAction.HOLD_ADDED, {"hold": told}, name.encode())
    return hold_named(instance, name)


def release_hold(
    instance: Instance, name: str, *, approval: bytes | None = None, typed: str = "", confirmed: Confirmed | None = None
) -> Hold:
    """Release a hold with a second person; signed and logged before this returns.

    Raises:
        Absent: `service.not-found`. Conflict: `erasure.done`: it was released before.
        InvalidInput, NotVerified: see `attest.usecases.second_person.confirm`.
    """
    hold = hold_named(instance, name)
    if not hold.active:
        raise Conflict("erasure.done", where=name)
    beside = confirmed or confirm(instance, asked_of(hold), approval=approval, typed=typed, words=words_of(hold))
    told = {"id": name, "request": hold.request, "second": beside.second.value, **beside.members()}
    log_admin(instance, AdminAction.HOLD_RELEASED, {"hold": told}, name.encode())
    return hold_named(instance, name)


def request_release(instance: Instance, name: str, *, by: str) -> Hold:
    """Log that somebody at a service would release a hold; it holds on until another does too."""
    hold = hold_named(instance, name)
    told = {"id": name, "request": hold.request, "by": name_digest(name, by)}
    log_admin(instance, AdminAction.HOLD_RELEASE_REQUESTED, {"hold": told}, canonical_json(told))
    return hold_named(instance, name)


def release_by_another(instance: Instance, name: str, *, by: str) -> Hold:
    """Release a hold whose release somebody else asked for; the first call of anybody asks, and one's second changes nothing.

    Raises:
        Absent: `service.not-found`. Conflict: `erasure.done`.
    """
    hold = hold_named(instance, name)
    if hold.asked_by in {"", name_digest(name, by)}:
        return request_release(instance, name, by=by)
    beside = Confirmed(second=Second.PERSON, by=hold.asked_by, approved_by=name_digest(name, by))
    return release_hold(instance, name, confirmed=beside)


def asked_of(hold: Hold) -> Asked:
    """Give what a second person approves when a hold is released."""
    return Asked(action=AdminAction.HOLD_RELEASE_APPROVED, member="hold", id=hold.id, request=hold.request)


def words_of(hold: Hold) -> str:
    """Give what one user types in the place of a second person."""
    return f"release {hold.id}"


def all_holds(instance: Instance) -> tuple[Hold, ...]:
    """Give every hold there ever was, in the log's order; those of the logs before it come first.

    Raises:
        CannotVerify: `evidence.chain`, what a log before this one holds is not known.
    """
    return _holds_in(_whole(instance))


def active_holds(instance: Instance) -> ActiveHolds:
    """Give those that hold now.

    Raises:
        CannotVerify: as for `all_holds`.
    """
    logs = _whole(instance)
    return ActiveHolds(holds=tuple(hold for hold in _holds_in(logs) if hold.active), logs=logs)


def _whole(instance: Instance) -> tuple[Instance, ...]:
    return (instance, *require_whole(instance, "what is held").ended_readers(instance))


def _holds_in(readers: tuple[Instance, ...]) -> tuple[Hold, ...]:
    added: dict[str, Mapping[str, object]] = {}
    asked: dict[str, str] = {}
    released: dict[str, str] = {}
    kinds = (AdminAction.HOLD_ADDED, AdminAction.HOLD_RELEASE_REQUESTED, AdminAction.HOLD_RELEASED)
    for predicate in chain.from_iterable(admin_statements(one, *kinds) for one in reversed(readers)):
        told = predicate["hold"]
        name = str(told["id"]) if isinstance(told, dict) else ""
        if predicate["action"] == AdminAction.HOLD_ADDED.value:
            added.setdefault(name, predicate)
        elif predicate["action"] == AdminAction.HOLD_RELEASED.value:
            released.setdefault(name, str(predicate["at"]))
        elif isinstance(told, dict):
            asked.setdefault(name, str(told.get("by", "")))
    return tuple(_hold(one, asked.get(name, ""), released.get(name, "")) for name, one in added.items())


def hold_named(instance: Instance, name: str) -> Hold:
    """Give one hold of the logs that are at hand.

    Raises:
        Absent: `service.not-found`.
    """
    found = next((hold for hold in _holds_in(readers_of(instance)) if hold.id == name), None)
    if found is None:
        raise Absent("service.not-found", where=name[:64])
    return found


def require_not_held(instance: Instance, sessions: Iterable[str]) -> None:
    """Refuse where a hold covers any of these sessions.

    Raises:
        Conflict: `erasure.held`, naming the hold. CannotVerify: as for `all_holds`.
    """
    holds = active_holds(instance)
    for session in sessions:
        if hold := holds.over(session):
            raise Conflict("erasure.held", got=hold, where=session)


def _hold(predicate: Mapping[str, object], asked_by: str, released_at: str) -> Hold:
    told = predicate["hold"]
    members = told if isinstance(told, dict) else {}
    return Hold(
        id=str(members["id"]),
        matter=str(members.get("matter", "")),
        sessions=tuple(members.get("sessions", ())),
        repositories=tuple(members.get("repositories", ())),
        added_at=str(predicate["at"]),
        asked_by=asked_by,
        released_at=released_at,
    )
