"""The tool calls of a recorded session, read from its stored events and the redacted records they point to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.capture.mcp.session_calls import mcp_tools, session_call
from attest.errors import Absent
from attest.model.parts import SessionKeys
from attest.model.session import EventKind
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.erased import closed
from attest.usecases.read_parts import open_parts, session_of
from attest.usecases.read_transcript import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.mcp import SessionCall
    from attest.model.session import Event, Session
    from attest.model.statement import Subject
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """One recording of a session, opened."""

    id: str
    """`ses_…`."""
    attestation: str
    subject: Subject
    """The session as the recording's own statement names it: the digest is that of its commitment list."""
    keys: SessionKeys
    session: Session
    commits: tuple[str, ...]
    """Oids of the commits that the recording names."""


def open_recorded(instance: Instance, name: str) -> RecordedSession:
    """Open the newest recording of a session (`ses_…`), or the one named (`att_…`).

    Raises:
        Absent: `service.not-found`, nothing of that name is recorded here.
        CannotVerify, NotVerified: as for `open_parts`.
    """
    if name.startswith("att_"):
        stored = attestations.by_id(instance.engine, instance.scope, name)
    else:
        rows = attestations.about(instance.engine, instance.scope, "session", name).rows
        stored = next((row for row in rows if row.predicate_type == SESSION_V1 and row.session is not None), None)
    if stored is None or stored.session is None:
        raise Absent("service.not-found", where=name)
    secret = instance.keys.load(f"session/{stored.session}")
    if secret is None:
        raise closed(instance, stored.session, "its parts cannot be opened")
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    return RecordedSession(
        id=stored.session,
        attestation=stored.id,
        subject=next(subject for subject in statement.subjects if subject.name == stored.session),
        keys=SessionKeys.from_secret(secret),
        session=session_of(instance, stored.id),
        commits=tuple(subject.git_commit for subject in statement.subjects if subject.git_commit is not None),
    )


def salted(keys: SessionKeys, name: str) -> Callable[[bytes], str]:
    """Give a function from bytes to their SHA-256 under the session's salt of that name, in hex."""
    salt = keys.salt_of(name)
    return lambda data: hashlib.sha256(salt + data).hexdigest()


def session_calls(instance: Instance, recorded: RecordedSession) -> tuple[SessionCall, ...]:
    """Give the session's tool calls with the arguments that the redacted transcript holds; a part at a time."""
    digest = salted(recorded.keys, "mcp/record")
    calls = sorted(
        (event for event in recorded.session.events if event.kind is EventKind.TOOL_CALL),
        key=lambda event: (event.evidence.byte_start, event.seq),
    )
    known = mcp_tools(recorded.session)
    made = [
        session_call(event, record, digest(record), known=known)
        for event, record in _records(instance, recorded.attestation, calls)
    ]
    return tuple(sorted(made, key=lambda call: call.seq))


def _records(instance: Instance, attestation: str, events: list[Event]) -> Iterator[tuple[Event, bytes]]:
    """Yield each event with its record: no record lies across two parts, for they are cut where a record ends."""
    waiting = iter(events)
    event = next(waiting, None)
    begin = 0
    for part in attestations.parts_of(instance.engine, instance.scope, attestation):
        if event is None or not part.name.startswith(PREFIX):
            continue
        end = begin + part.size
        if event.evidence.byte_start < end:
            data = open_parts(instance, attestation, {part.name}.__contains__)[part.name]
            while event is not None and event.evidence.byte_start < end:
                yield event, data[event.evidence.byte_start - begin : event.evidence.byte_end - begin]
                event = next(waiting, None)
        begin = end
