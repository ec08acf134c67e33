"""Opening a transcript: the decision, then the record of it in the access log, and only then words.

Every route that shows words of a transcript takes a `Reading` and calls `open_transcript` before it gives any.
"""

from __future__ import annotations

from datetime import UTC, datetime

from api.readings import Asked, Told, TranscriptReading, address_class, record_access
from api.service import Service
from api.shapes import statement_of
from attest.errors import Absent, Refused
from attest.ledger.index import KeyKind, index_terms
from attest.model.may import Decision, Resource, may
from attest.model.rights import Right
from attest.store.attestations import Listing, StoredAttestation

__all__ = ("Reading", "address_class", "may_open", "open_transcript", "resource_of")

Reading = TranscriptReading


def open_transcript(service: Service, asked: Asked, recordings: Listing, attestation: str) -> None:
    """Let a caller read a page of one recording's transcript, and record that it was read.

    Raises:
        Absent: `service.not-found`, it is not the caller's to read: answered as if there were none.
        Refused: `service.purpose`; `service.access-log`, the record cannot be written.
    """
    record_access(service, asked, may_open(service, asked, recordings, attestation))


def may_open(service: Service, asked: Asked, recordings: Listing, attestation: str) -> Told:
    """Let a caller read one recording's transcript; what it gives is to be recorded before any of it is shown.

    Raises:
        Absent: `service.not-found`, as above.
        Refused: `service.purpose`.
    """
    stored = next(row for row in recordings.rows if row.id == attestation)
    principal, now = asked.caller.principal, service.instance.clock.now()
    decision = may(principal, Right.TRANSCRIPT, resource_of(service, stored), now=now, purpose=asked.purpose)
    if decision is Decision.NO_PURPOSE:
        raise Refused("service.purpose")
    if decision is not Decision.YES:
        raise Absent("service.not-found")
    return Told(rows=1, session=stored.session, attestation=attestation, tree_size=recordings.as_of.tree_size)


def resource_of(service: Service, stored: StoredAttestation) -> Resource:
    """Give what a recording is to the decision about access: all repositories that it touches, its runner, its time."""
    terms = index_terms(statement_of(stored).document)
    return Resource(
        tenant=service.instance.scope.tenant,
        repositories=tuple(sorted(value for kind, value in terms if kind is KeyKind.REPOSITORY)),
        session=stored.session,
        runner=stored.identity,
        recorded_at=datetime.fromtimestamp(stored.recorded_at, UTC),
    )
