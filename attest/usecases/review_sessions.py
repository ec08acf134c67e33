"""The sessions that led to commits, as their reviewer has them before him: the captures that stand in the log now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.policy.captures import capture_of, standing_captures
from attest.policy.independence import Signer
from attest.signing.dsse import parse_envelope
from attest.usecases.reach import reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.statement import Statement, Subject
    from attest.policy.captures import Capture
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAtHand:
    """One standing capture of a session."""

    capture: Capture
    subject: Subject
    """The session as its own statement names it."""
    events: int
    """How many events it has: they are counted from 0."""


def sessions_of(instance: Instance, oids: tuple[str, ...]) -> tuple[SessionAtHand, ...]:
    """Give the standing captures of every session that the log leads to from commits, each once, newest first per commit.

    Raises:
        NotVerified: the index does not give what the log committed to: no list can be relied on.
    """
    rows: dict[str, StoredAttestation] = {}
    for oid in oids:
        reached = reach(instance, oid)
        rows |= {row.id: row for row in (*reached.rows, *reached.linked)}
    return captures_at_hand(rows.values())


def captures_at_hand(rows: Iterable[StoredAttestation]) -> tuple[SessionAtHand, ...]:
    """Give the standing captures among stored attestations."""
    statements: dict[str, Statement] = {}
    captures: list[Capture] = []
    for row in rows:
        if row.predicate_type != SESSION_V1 or row.session is None:
            continue
        statement = parse_statement(parse_envelope(row.leaf.envelope).payload)
        capture = capture_of(statement, row.id, Signer(row.issuer, row.identity))
        if capture is not None:
            statements[row.id] = statement
            captures.append(capture)
    return tuple(_at_hand(one, statements[one.attestation]) for one in standing_captures(captures))


def _at_hand(capture: Capture, statement: Statement) -> SessionAtHand:
    counted = statement.predicate.get("capture")
    events = counted.get("events") if isinstance(counted, dict) else None
    subject = next(one for one in statement.subjects if one.name == capture.session)
    return SessionAtHand(capture=capture, subject=subject, events=events if isinstance(events, int) else 0)
