"""Change-sets of this log: begun, added to, taken from, and read. Nothing that was said is changed; more is said.

1. state     the sessions, each recorded here, with the commits of their newest capture as subjects
2. log       one `commit-link/v1` without links; queued for the service, where one is named
3. read      the list of the set's first session gives every statement of it, in the order of the log
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import Absent, CannotVerify
from attest.ledger.index import KeyKind
from attest.model.change_set import Act, ChangeSet, SetChange, Stated, change_of, change_set, change_to_extension
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.log_statement import log_unkept
from attest.usecases.send import queue_bundle
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from attest.model.receipt import Receipt
    from attest.model.statement import Subject
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_SETS: Final = 32
"""Sets given of one session."""


def begin_set(instance: Instance, name: str, sessions: tuple[str, ...]) -> Receipt:
    """Begin a set; the receipt's attestation is its id.

    Raises:
        InvalidInput: `evidence.statement`, the name is no word, or sessions are none or too many.
        Absent: `service.not-found`, a session is not recorded here.
    """
    change = SetChange(act=Act.BEGIN, name=name, sessions=tuple(dict.fromkeys(sessions)))
    return _log(instance, change, change.sessions[:1])


def change_members(instance: Instance, set_id: str, act: Act, sessions: tuple[str, ...]) -> Receipt | None:
    """Add sessions to a set or take them out; None where that changes nothing.

    Raises:
        Absent: `service.not-found`, no such set, or a session is not recorded here.
    """
    now = load_set(instance, set_id)
    wanted = [one for one in dict.fromkeys(sessions) if (one in now.sessions) is (act is Act.TAKE_OUT)]
    if not wanted:
        return None
    change = SetChange(act=act, of=now.id, sessions=tuple(wanted))
    return _log(instance, change, now.history[0].change.sessions[:1], after=now.history[-1].attestation)


def load_set(instance: Instance, set_id: str) -> ChangeSet:
    """Give a set as it stands.

    Raises:
        Absent: `service.not-found`.
        CannotVerify: `input.too-large`, more was said of its first session than one list holds.
    """
    stored = attestations.by_id(instance.engine, instance.scope, set_id)
    first = _stated(stored) if stored is not None else None
    if first is None or first.change.act is not Act.BEGIN:
        raise Absent("service.not-found", where=set_id[:80])
    listed = _about(instance, first.change.sessions[0])
    if listed.more:
        raise CannotVerify("input.too-large", "statements about the first session of a set", where=set_id)
    later = [one for one in map(_stated, listed.rows) if one is not None and one.change.of == first.attestation]
    return change_set((first, *sorted(later, key=lambda one: one.index)))


def sets_of(instance: Instance, session: str) -> tuple[ChangeSet, ...]:
    """Give the sets that a session was ever put into, newest first, at most `MAX_SETS`."""
    told = [one for one in map(_stated, _about(instance, session).rows) if one is not None]
    # A statement has the set's first session among its subjects too, which it says nothing of.
    names = dict.fromkeys(one.change.of or one.attestation for one in told if session in one.change.sessions)
    found = []
    for name in list(names)[:MAX_SETS]:
        try:
            found.append(load_set(instance, name))
        except (Absent, CannotVerify):
            continue
    return tuple(found)


def _about(instance: Instance, session: str) -> attestations.Listing:
    return attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session)


def _stated(stored: StoredAttestation) -> Stated | None:
    if stored.predicate_type != COMMIT_LINK_V1:
        return None
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    change = change_of(statement.predicate, frozenset(one.name for one in statement.subjects))
    if change is None:
        return None
    return Stated(
        change=change,
        attestation=stored.id,
        identity=stored.identity,
        issuer=stored.issuer,
        index=stored.receipt.index,
        recorded_at=stored.recorded_at,
    )


def _log(instance: Instance, change: SetChange, first: tuple[str, ...], after: str = "") -> Receipt:
    extension = change_to_extension(change)
    subjects: dict[tuple[str, str], Subject] = {}  # 1
    for session in dict.fromkeys((*first, *change.sessions)):
        for subject in _subjects(instance, session):
            subjects.setdefault((subject.name, subject.sha256), subject)
    receipt = log_unkept(  # 2
        instance,
        COMMIT_LINK_V1,
        tuple(subjects.values()),
        {"linkedAt": rfc3339(instance.clock.now()), "maker": "link", "links": [], "extensions": extension},
        write_key_material=canonical_json({**extension, "after": after, "signer": actor_of(instance)}),
    )
    queue_bundle(instance, receipt)
    return receipt


def _subjects(instance: Instance, session: str) -> tuple[Subject, ...]:
    """Give the session and its commits as its newest statement names them: who may see those may see the set."""
    newest = next((row for row in _about(instance, session).rows if row.predicate_type == SESSION_V1), None)
    if newest is None:
        raise Absent("service.not-found", where=session[:80])
    named = parse_statement(parse_envelope(newest.leaf.envelope).payload).subjects
    return tuple(one for one in named if one.name == session or one.git_commit)
