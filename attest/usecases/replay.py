"""Replay: what an agent had been told, had read and had run when one event of its session came, from the stored parts.

1. find     the newest capture of the session, or the one named
2. events   those up to the event, from the parts; each part that is opened is checked against its commitment
3. records  the bytes of the redacted transcript up to the event's record, hashed: the same parts give the same digest
4. say      what was compacted, dropped or redacted before that point, and what nobody can know

What was erased is not reconstructed: then the statement's own counts are all there is, and that is said.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, InvalidInput
from attest.model.session import Actor, EventKind
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.read_parts import open_parts, session_of
from attest.usecases.read_transcript import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.basis import Evidence
    from attest.model.session import Event, Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

GROUPS: Final = ("told", "said", "called", "returned", "decided", "noticed")
_GROUP: Final = {
    EventKind.PROMPT: "told",
    EventKind.CONTEXT: "told",
    EventKind.MESSAGE: "said",
    EventKind.REASONING: "said",
    EventKind.PLAN: "said",
    EventKind.TOOL_CALL: "called",
    EventKind.TOOL_RESULT: "returned",
    EventKind.APPROVAL: "decided",
    EventKind.REJECTION: "decided",
    EventKind.INTERRUPT: "decided",
    EventKind.MODE_CHANGE: "decided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayEvent:
    """One event of the context, with its redacted record."""

    event: Event
    group: str
    """Of `GROUPS`."""
    sha256: str
    """Of the redacted record's bytes; empty where no part of the transcript holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The context of a session at one event."""

    session: str
    attestation: str
    log_index: int
    at: int
    of: int
    """Events of the whole session."""
    events: tuple[ReplayEvent, ...]
    counts: Mapping[str, int]
    transcript_bytes: int
    """Of the redacted transcript, up to and with the event's record."""
    transcript_sha256: str
    """Over those bytes."""
    parts: tuple[tuple[str, str], ...]
    """(name, commitment in hex) of each part that was opened and agrees with what was signed."""
    instructions: tuple[str, ...]
    """Standing instructions that the transcript shows."""
    grants: tuple[str, ...]
    """What was granted by then, newest of each kind."""
    reached: tuple[tuple[str, str], ...]
    """(kind, target) of what had been reached by then."""
    compacted_at: tuple[int, ...]
    """Events at which the conversation was replaced by a summary."""
    redacted: Mapping[str, int]
    """Spans replaced in the whole session, by entity, as its statement counts them."""
    closed: str = ""
    """Why the parts cannot be opened: erased, lost, or never kept. Then nothing above but the names is known."""


def replay(instance: Instance, name: str, at: int | None) -> Replay:
    """Give the context of a session (`ses_…` or `att_…`) at an event; None: at its last.

    Raises:
        Absent: `service.not-found`, nothing of that name is recorded here.
        InvalidInput: `input.usage`, the session has no such event.
        NotVerified: `ledger.corrupt`, a part is not what was signed.
    """
    stored = _stored(instance, name)  # 1
    try:
        session = session_of(instance, stored.id)  # 2
    except AttestError as err:
        if err.code not in ("erasure.erased", "key.missing", "store.missing", "redaction.not-kept"):
            raise
        return _closed(stored, at, err.what)
    last = session.events[-1].seq if session.events else -1
    chosen = last if at is None else at
    if not 0 <= chosen <= last:
        raise InvalidInput("input.usage", "no such event", expected=f"0 to {last}", got=str(chosen))
    events = tuple(one for one in session.events if one.seq <= chosen)
    end = max(one.evidence.byte_end for one in events)
    read = _read(instance, stored.id, events, end)  # 3
    return _context(stored, session, events, read)  # 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the transcript's parts hold of a run of events."""

    sha256: str
    size: int
    records: Mapping[int, str]
    """SHA-256 of each event's record, by `seq`."""
    parts: tuple[tuple[str, str], ...]


def _stored(instance: Instance, name: str) -> StoredAttestation:
    if name.startswith("att_"):
        found = attestations.by_id(instance.engine, instance.scope, name)
    else:
        rows = attestations.about(instance.engine, instance.scope, "session", name).rows
        found = next((row for row in rows if row.predicate_type == SESSION_V1 and row.session is not None), None)
    if found is None or found.session is None:
        raise Absent("service.not-found", where=name[:80])
    return found


def _redacted(stored: StoredAttestation) -> Mapping[str, int]:
    predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    redaction = predicate.get("redaction")
    entities = redaction.get("entities") if isinstance(redaction, dict) else None
    return (
        {name: count for name, count in entities.items() if isinstance(count, int)}
        if isinstance(entities, dict)
        else {}
    )


def _read(instance: Instance, attestation: str, events: tuple[Event, ...], end: int) -> _Read:
    """Hash the transcript up to `end`, a part at a time: no record lies across two parts."""
    whole, records, parts = hashlib.sha256(), {}, []
    waiting = sorted(events, key=lambda one: one.evidence.byte_start, reverse=True)
    begin = 0
    for part in attestations.parts_of(instance.engine, instance.scope, attestation):
        if not part.name.startswith(PREFIX) or begin >= end:
            continue
        data = open_parts(instance, attestation, {part.name}.__contains__)[part.name]
        whole.update(data[: end - begin])
        parts.append((part.name, part.commitment.hex()))
        while waiting and waiting[-1].evidence.byte_start < begin + part.size:
            one = waiting.pop()
            record = data[one.evidence.byte_start - begin : one.evidence.byte_end - begin]
            records[one.seq] = hashlib.sha256(record).hexdigest()
        begin += part.size
    return _Read(sha256=whole.hexdigest(), size=min(begin, end), records=records, parts=tuple(parts))


def _context(stored: StoredAttestation, session: Session, events: tuple[Event, ...], read: _Read) -> Replay:
    shown = tuple(ReplayEvent(event=one, group=_group(one), sha256=read.records.get(one.seq, "")) for one in events)
    end = max(one.evidence.byte_end for one in events)
    counted = Counter(one.group for one in shown)
    grants = {one.kind: one.value for one in session.authority.granted if one.from_event <= events[-1].seq}
    return Replay(
        session=stored.session or "",
        attestation=stored.id,
        log_index=stored.receipt.index,
        at=events[-1].seq,
        of=len(session.events),
        events=shown,
        counts={name: counted[name] for name in GROUPS},
        transcript_bytes=read.size,
        transcript_sha256=read.sha256,
        parts=read.parts,
        instructions=tuple(one.path for one in session.instructions if _before(one.evidence, end)),
        grants=tuple(f"{kind} {value}" for kind, value in grants.items()),
        reached=tuple((one.kind.value, one.target) for one in session.access if _before(one.evidence, end)),
        compacted_at=tuple(one.seq for one in events if one.kind is EventKind.COMPACTION),
        redacted=_redacted(stored),
    )


def _before(evidence: tuple[Evidence, ...], end: int) -> bool:
    return any(one.byte_end <= end for one in evidence)


def _group(one: Event) -> str:
    if one.kind is EventKind.MESSAGE and one.actor is Actor.HUMAN:
        return "told"
    return _GROUP.get(one.kind, "noticed")


def _closed(stored: StoredAttestation, at: int | None, why: str) -> Replay:
    return Replay(
        session=stored.session or "",
        attestation=stored.id,
        log_index=stored.receipt.index,
        at=at or 0,
        of=0,
        events=(),
        counts={},
        transcript_bytes=0,
        transcript_sha256="",
        parts=(),
        instructions=(),
        grants=(),
        reached=(),
        compacted_at=(),
        redacted=_redacted(stored),
        closed=why,
    )
