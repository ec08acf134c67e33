"""Share a session as an example: its runner consents and withdraws, who reviews puts it into a collection and out of it.

1. look     whose session it is, and whether what is asked for is theirs to do
2. scan     the sentence why: what redaction would change in it is refused
3. log      the `admin/v1` entry and the change together: a step that is not logged does not happen

An entry says session, capture, reach, collection, time, and digests of names; it stays in the log when the consent is
withdrawn. What is read is another matter, see `standing`: nothing is, from the moment of a withdrawal, an erasure or a hold, and
nothing of which the log does not say the same as the row beside it: a row alone is no consent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.clock import ulid
from attest.errors import Absent, InvalidInput, NotVerified, Refused
from attest.ledger.index import KeyKind
from attest.model.exemplar import MAX_WHY_CHARS, MIN_WHY_CHARS, Collection, Exemplar, ExemplarAction, Reach, is_why
from attest.model.governing import name_digest
from attest.model.parts import SessionKeys
from attest.model.scope import Scope
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.store.exemplars import (
    collecting,
    consenting,
    exemplar,
    exemplars_of_session,
    standing_exemplars,
    withdrawing,
)
from attest.usecases.administer import log_change
from attest.usecases.erased import closed, erasure_of_session
from attest.usecases.holds import active_holds, admin_statements, require_not_held
from attest.usecases.read_parts import parts_kept
from attest.usecases.redact_again import redact_again
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.store.attestations import StoredAttestation
    from attest.usecases.administer import By
    from attest.usecases.holds import ActiveHolds
    from attest.usecases.instance import Instance

_WHY: Final = "exemplar-why/"
_COMMITMENT_BYTES: Final = 32


def consent(instance: Instance, session: str, reach: Reach, by: By) -> Exemplar:
    """Let the newest capture of one's own session be shared, and log that; an earlier consent of another reach ends.

    Raises:
        Absent: `service.not-found`: no such session, or another's; `redaction.not-kept`; `erasure.erased`.
        Refused: `service.kept-apart`: somebody else recorded this session too, and shares it.
        Conflict: `erasure.held`: nothing of it is shared while a hold covers it.
    """
    wide = wide_of(instance)
    row = _own_capture(instance, session, by)  # 1
    if erasure_of_session(wide, session) is not None:
        raise closed(wide, session, "")
    require_not_held(wide, (session,))
    known = exemplars_of_session(wide.engine, wide.scope, session)
    earlier = next((one for one in known if one.withdrawn_at is None), None)
    if earlier is not None and not is_own(wide, earlier, by):
        raise Refused("service.kept-apart", "another capture of this session is shared by who recorded that")
    if earlier is not None and (earlier.reach, earlier.attestation) == (reach, row.id):
        return earlier
    if earlier is not None:
        _end(wide, earlier, by)
    name = ulid("exm", wide.clock, wide.entropy)
    made = Exemplar(
        id=name,
        session=session,
        attestation=row.id,
        reach=reach,
        by=name_digest(name, by.name),
        consented_at=_now(wide),
    )
    told = _told(made, by, reach=reach.value)
    log_change(wide, ExemplarAction.CONSENTED, told, consenting(wide.scope, made))  # 3
    return made


def withdraw(instance: Instance, identifier: str, by: By) -> None:
    """Withdraw one's own consent, at once, and log that; one that was withdrawn stays so.

    Raises:
        Absent: `service.not-found`: no such consent, or another's.
    """
    wide = wide_of(instance)
    found = exemplar(wide.engine, wide.scope, identifier)
    if found is None or not is_own(wide, found, by):
        raise Absent("service.not-found")
    if found.withdrawn_at is None:
        _end(wide, found, by)


def collect(instance: Instance, one: Exemplar, shelf: tuple[Collection, str], by: By) -> None:
    """Put a shared session into a collection, with a sentence why that names nobody, and log that.

    Raises:
        InvalidInput: `input.malformed`: the sentence is none, or holds what redaction takes out.
        Refused: `service.kept-apart`: one's own session. Absent: `erasure.erased`.
        Quarantined: the second scan found something in the sentence.
    """
    wide, (collection, why) = wide_of(instance), shelf
    if is_own(wide, one, by) and not by.owner:
        raise Refused("service.kept-apart", "somebody else puts a session into a collection than its runner")
    if not is_why(why):
        raise InvalidInput(
            "input.malformed", expected=f"one line of {MIN_WHY_CHARS} to {MAX_WHY_CHARS} characters", where="why"
        )
    (kept,) = redact_again(wide, one, (why.strip(),), unnamed=True)  # 2
    if kept != why.strip():
        raise InvalidInput("input.malformed", expected="a sentence without names, addresses and secrets", where="why")
    sealed = _keys(wide, one).seal(_WHY + one.id, kept.encode())
    change = collecting(wide.scope, one.id, collection, sealed.commitment + sealed.ciphertext)
    log_change(wide, ExemplarAction.ADDED, _told(one, by, collection=collection.value), change)  # 3


def take_out(instance: Instance, one: Exemplar, by: By) -> None:
    """Take a session out of its collection, and log that; the runner's consent stands."""
    if one.collection is not None:
        wide = wide_of(instance)
        log_change(wide, ExemplarAction.REMOVED, _told(one, by), collecting(wide.scope, one.id, None, None))


def standing(instance: Instance, *, before: str = "") -> Iterator[Exemplar]:
    """Yield what may be read now, newest first: consented, as the log says, not withdrawn, not erased in any part, not held.

    Who may see which of them is for the caller to decide.

    Raises:
        CannotVerify: `evidence.chain`, what a log before this one holds is not known.
    """
    wide = wide_of(instance)
    said = _said(wide)
    for one in standing_exemplars(wide.engine, wide.scope, before=before):
        if _open(wide, one, said):
            yield one


def readable(instance: Instance, identifier: str) -> Exemplar:
    """Give one that may be read now.

    Raises:
        Absent: `service.not-found`, also where it is withdrawn, erased or held. CannotVerify: as for `standing`.
    """
    wide = wide_of(instance)
    found = exemplar(wide.engine, wide.scope, identifier)
    if found is None or found.withdrawn_at is not None or not _open(wide, found, _said(wide)):
        raise Absent("service.not-found")
    return found


def why_of(instance: Instance, one: Exemplar) -> str:
    """Give the sentence why; empty where it is in no collection.

    Raises:
        Absent, CannotVerify: the session's secret is gone. NotVerified: `ledger.corrupt`.
    """
    if one.collection is None or one.why is None:
        return ""
    commitment, sealed = one.why[:_COMMITMENT_BYTES], one.why[_COMMITMENT_BYTES:]
    try:
        return _keys(instance, one).open(_WHY + one.id, sealed, commitment).decode("utf-8")
    except UnicodeDecodeError as err:
        raise NotVerified("ledger.corrupt", "a sentence of another form") from err


def is_own(instance: Instance, one: Exemplar, by: By) -> bool:
    """Say whether somebody is the runner who consented."""
    return one.by == name_digest(one.id, by.name) or (by.owner and _of_own_user(instance, one))


def _of_own_user(instance: Instance, one: Exemplar) -> bool:
    row = attestations.by_id(instance.engine, Scope(instance.scope.tenant), one.attestation)
    return row is not None and row.identity == actor_of(instance)


def _own_capture(instance: Instance, session: str, by: By) -> StoredAttestation:
    names = {by.name} | ({actor_of(instance)} if by.owner else set())
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
    own = [row for row in rows if row.predicate_type == SESSION_V1 and row.identity in names]
    kept = [row for row in own if attestations.parts_of(instance.engine, instance.scope, row.id)]
    if own and not kept and not any(map(parts_kept, own)):
        raise Absent("redaction.not-kept", where=session)
    if not kept:
        raise Absent("service.not-found")
    return kept[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the log says that decides what is read."""

    holds: ActiveHolds
    standing: dict[str, dict[str, object]]
    """Of each consent that was not withdrawn: its members, with those of the last step that put it into a collection."""


def _said(instance: Instance) -> _Said:
    standing: dict[str, dict[str, object]] = {}
    for predicate in admin_statements(instance, *ExemplarAction):
        told = predicate["exemplar"]
        if not isinstance(told, dict):
            continue
        name, action = str(told["id"]), predicate["action"]
        if action == ExemplarAction.CONSENTED.value:
            standing[name] = {**told, "collection": None}
        elif action == ExemplarAction.WITHDRAWN.value:
            standing.pop(name, None)
        elif name in standing:
            standing[name]["collection"] = told.get("collection")
    return _Said(holds=active_holds(instance), standing=standing)


def _open(instance: Instance, one: Exemplar, said: _Said) -> bool:
    collection = None if one.collection is None else one.collection.value
    row = {"id": one.id, "session": one.session, "attestation": one.attestation, "reach": one.reach.value, "by": one.by}
    if said.standing.get(one.id) != row | {"collection": collection}:
        return False
    if not instance.keys.holds(f"session/{one.session}") or erasure_of_session(instance, one.session) is not None:
        return False
    return not said.holds.over(one.session)


def _keys(instance: Instance, one: Exemplar) -> SessionKeys:
    secret = instance.keys.load(f"session/{one.session}")
    if secret is None:
        raise closed(instance, one.session, "the sentence why it is an example")
    return SessionKeys.from_secret(secret)


def _end(instance: Instance, one: Exemplar, by: By) -> None:
    told = _told(one, by)
    log_change(instance, ExemplarAction.WITHDRAWN, told, withdrawing(instance.scope, one.id, _now(instance)))


def _told(one: Exemplar, by: By, **more: str) -> dict[str, object]:
    about = {
        "id": one.id,
        "session": one.session,
        "attestation": one.attestation,
        "by": name_digest(one.id, by.name),
    }
    return {"exemplar": about | more}


def wide_of(instance: Instance) -> Instance:
    """Give the instance of the whole tenant: what is logged about the log itself is seen by nobody who is limited."""
    return replace(instance, scope=Scope(instance.scope.tenant))


def _now(instance: Instance) -> int:
    return int(instance.clock.now().timestamp())
