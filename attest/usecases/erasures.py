"""Erasing sessions with two persons: asked for, shown, approved, logged, done; and done again at every start.

1. request   logged as `admin/v1`; nothing changes. `plan_of` shows what would go and what would stay
2. confirm   a second person approves this very request; a legal hold over any of its sessions ends it here
3. log       `erasure/v1` is in the log, durable and published, before anything is destroyed
4. destroy   keys, ciphertexts, caches and rows, see `attest.usecases.destroy`
5. replay    every start does 4 again for every `erasure/v1`: a restored key ring or store does not bring a session back

A crash between 3 and 4 leaves an erasure that is in the log and not done; the next start does it.

A log that ended logs nothing more: what it recorded is erased by the one that follows it, in the data directories of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Final

from attest.clock import ulid
from attest.errors import Absent, CannotVerify, Conflict, InvalidInput
from attest.model.admin_predicate import AdminAction
from attest.model.erasure_predicate import (
    ERASURE_V1,
    MAX_SESSIONS,
    REQUEST,
    ErasureBasis,
    ErasureRequest,
    ErasureScope,
    Witnessed,
    erasure_request_of,
)
from attest.model.governing import name_digest
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.chain_at_hand import holders_of, readers_of
from attest.usecases.destroy import Destroyed, destroy, remaining
from attest.usecases.erased import Erasure, logged_erasures
from attest.usecases.holds import admin_statements, log_admin, require_not_held
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.second_person import Asked, confirm

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance
    from attest.usecases.second_person import Confirmed

REMAINS: Final = (
    "the signed statement with its counts, facts, oids and pseudonym",
    "the salted commitments and the list of parts, which say nothing without their salt",
    "the entries of the log, their proofs and the rows they are found by",
    "bundles and exports that left this instance: whoever holds one holds what was in it",
    "backups of keys and objects, until their own time is over",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an erasure would destroy, what it did, and what stays."""

    erasure: Erasure
    held_by: str
    """Id of a hold that forbids it; empty where none does."""
    sessions: tuple[Destroyed, ...] = field(default=())
    """Of each session what is still here."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            **self.erasure.to_json(),
            "held_by": self.held_by or None,
            "still_here": [one.to_json() for one in self.sessions],
            "remains": list(REMAINS),
        }


def request_erasure(
    instance: Instance,
    sessions: tuple[str, ...],
    basis: ErasureBasis,
    *,
    scope: ErasureScope = ErasureScope.SESSION,
    by: str = "",
) -> Erasure:
    """Ask for an erasure; it is logged, and nothing is destroyed.

    Raises:
        InvalidInput: `input.usage`, no session or more than `MAX_SESSIONS`; `evidence.statement`, not the name of one.
        Absent: `service.not-found`, there is no recording of one of them here.
        Conflict: `erasure.held`, with the hold's id. CannotVerify: `evidence.chain`, what a log before holds is not known.
    """
    if not 1 <= len(set(sessions)) <= MAX_SESSIONS:
        raise InvalidInput("input.usage", "which sessions are to be erased", expected=f"1 to {MAX_SESSIONS}")
    name = ulid("ers", instance.clock, instance.entropy)
    request = ErasureRequest(id=name, basis=basis, scope=scope, sessions=tuple(sorted(set(sessions))))
    REQUEST.check(request.to_json(), "/erasure/asked")
    subjects_of(instance, request)
    require_not_held(instance, request.sessions)
    told: dict[str, object] = {"id": name, "request": request.digest, "asked": request.to_json()}
    if by:
        told["by"] = name_digest(name, by)
    log_admin(instance, AdminAction.ERASURE_REQUESTED, {"erasure": told}, name.encode())
    return erasure_named(instance, name)


def run_erasure(
    instance: Instance,
    name: str,
    *,
    approval: bytes | None = None,
    typed: str = "",
    confirmed: Confirmed | None = None,
    spools: tuple[Path, ...] = (),
) -> Plan:
    """Carry out an erasure that was asked for; one that is in the log already is done again, as far as it was not.

    `confirmed` is the caller's word that somebody else approved, after a sign-in; without it an approval or a sentence.
    `spools` are the spools of clones on this machine, whose copies of the transcripts go too.

    Raises:
        Absent: `service.not-found`. Conflict: `erasure.held`, with the hold's id.
        InvalidInput, NotVerified: see `attest.usecases.second_person.confirm`. CannotVerify: see `carry_out`.
    """
    erasure = erasure_named(instance, name)
    if not erasure.done_at:
        require_not_held(instance, erasure.request.sessions)
        beside = confirmed or confirm(
            instance, asked_of(erasure.request), approval=approval, typed=typed, words=words_of(name)
        )
        log_erasure(instance, erasure.request, Witnessed(beside.second.value), beside.members())
    carry_out(instance, erasure.request, spools=spools)
    return plan_of(instance, name)


def log_erasure(
    instance: Instance, request: ErasureRequest, second: Witnessed, members: dict[str, object] | None = None
) -> str:
    """Log that sessions are erased from here on; gives the `att_…`. A hold added meanwhile ends it.

    Raises:
        Conflict: `erasure.held`.
    """
    require_not_held(instance, request.sessions)
    parts = sum(
        len(attestations.parts_of(one.engine, one.scope, row.id))
        for one in readers_of(instance)
        for session in request.sessions
        for row in _recordings(one, session)
    )
    predicate: dict[str, object] = {
        **request.to_json(),
        "at": rfc3339(instance.clock.now()),
        "parts": parts,
        "request": request.digest,
        "second": second.value,
        **(members or {}),
    }
    subjects = (own_log_subject(instance), *subjects_of(instance, request))
    return log_statement(instance, ERASURE_V1, subjects, predicate, write_key_material=request.id.encode()).attestation


def carry_out(instance: Instance, request: ErasureRequest, *, spools: tuple[Path, ...] = ()) -> None:
    """Destroy what an erasure names, in the data directory of every log that is at hand; it is to be in the log before.

    Raises:
        CannotVerify: objects of a session could not be removed. Its keys are gone, and whatever else is named went all the same.
    """
    failed: CannotVerify | None = None
    for one in holders_of(instance):
        for session in request.sessions:
            try:
                destroy(one, session, request.scope, spools=spools)
            except CannotVerify as err:
                failed = failed or err
    if failed is not None:
        raise failed


def replay_erasures(instance: Instance, *, whole: bool = False) -> int:
    """Destroy again whatever an `erasure/v1` of a log says is destroyed; gives how many sessions something was left of.

    To be called before anything is served. A failure is the caller's end: what should be gone must not be shown. `whole`
    asks the object store for each object again: after it was restored.
    """
    found, holders = 0, holders_of(instance)
    for erasure in chain.from_iterable(map(logged_erasures, holders)):
        for session in erasure.request.sessions:
            again = [_again(one, session, erasure.request.scope, quick=not whole) for one in holders]
            found += any(again)
    return found


def _again(instance: Instance, session: str, scope: ErasureScope, *, quick: bool) -> bool:
    try:
        left = remaining(instance, session, scope, quick=quick).anything
        if left:
            destroy(instance, session, scope)
    except CannotVerify:
        # What the object store did not remove opens for nobody where the secret is gone: a lock on it is no reason not to
        # start. Where the secret stays, its ciphertext must not.
        if scope is not ErasureScope.SESSION or instance.keys.holds(f"session/{session}"):
            raise
        return True
    return left


def plan_of(instance: Instance, name: str) -> Plan:
    """Give an erasure with what is still here of each session, and the hold that forbids it: a dry run, and a check after.

    Raises:
        Absent: `service.not-found`.
    """
    erasure = erasure_named(instance, name)
    held = ""
    try:
        require_not_held(instance, erasure.request.sessions)
    except Conflict as err:
        held = err.got
    holders, scope = holders_of(instance), erasure.request.scope
    left = tuple(
        reduce(Destroyed.beside, [remaining(one, session, scope) for one in holders])
        for session in erasure.request.sessions
    )
    return Plan(erasure=erasure, held_by=held, sessions=left)


def all_erasures(instance: Instance) -> tuple[Erasure, ...]:
    """Give every erasure asked for or done, in the log's order."""
    found: dict[str, Erasure] = {}
    for predicate in admin_statements(instance, AdminAction.ERASURE_REQUESTED):
        told = predicate["erasure"]
        if isinstance(told, dict) and isinstance(told.get("asked"), dict):
            request = erasure_request_of(told["asked"])
            found[request.id] = Erasure(request=request, asked_at=str(predicate["at"]), by=str(told.get("by", "")))
    for one in logged_erasures(instance):
        asked = found.get(one.request.id)
        found[one.request.id] = one if asked is None else _joined(asked, one)
    return tuple(found.values())


def erasure_named(instance: Instance, name: str) -> Erasure:
    """Give one erasure.

    Raises:
        Absent: `service.not-found`.
    """
    found = next((one for one in all_erasures(instance) if one.request.id == name), None)
    if found is None:
        raise Absent("service.not-found", where=name[:64])
    return found


def asked_of(request: ErasureRequest) -> Asked:
    """Give what a second person approves."""
    return Asked(action=AdminAction.ERASURE_APPROVED, member="erasure", id=request.id, request=request.digest)


def words_of(name: str) -> str:
    """Give what one user types in the place of a second person."""
    return f"erase {name}"


def subjects_of(instance: Instance, request: ErasureRequest) -> tuple[Subject, ...]:
    """Give each session as its newest recording names it.

    Raises:
        Absent: `service.not-found`, there is no recording of one of them here.
    """
    found = []
    for session in request.sessions:
        newest = next((row for one in readers_of(instance) for row in _recordings(one, session)), None)
        if newest is None:
            raise Absent("service.not-found", where=session)
        statement = parse_statement(parse_envelope(newest.leaf.envelope).payload)
        found += [Subject(name=one.name, sha256=one.sha256) for one in statement.subjects if one.name == session]
    return tuple(found)


def _recordings(instance: Instance, session: str) -> tuple[attestations.StoredAttestation, ...]:
    rows = attestations.about(instance.engine, instance.scope, "session", session).rows
    return tuple(row for row in rows if row.predicate_type == SESSION_V1)


def _joined(asked: Erasure, done: Erasure) -> Erasure:
    return Erasure(
        request=asked.request,
        asked_at=asked.asked_at,
        by=asked.by,
        done_at=done.done_at,
        second=done.second,
        attestation=done.attestation,
    )
