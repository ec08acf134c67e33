"""Opening a transcript: the decision, then the record of it in the access log, and only then words.

Every route that shows words of a transcript takes a `Reading` and calls `open_transcript` before it reads any.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from api.auth import Caller, Needs
from api.service import Service
from api.shapes import statement_of
from attest.errors import Absent, Refused
from attest.ledger.index import KeyKind, index_terms
from attest.model.may import MAX_PURPOSE_CHARS, Decision, Resource, may
from attest.model.rights import Right
from attest.store.attestations import Listing
from attest.usecases.access_log import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for a transcript, why, and how."""

    caller: Caller
    purpose: str
    query: str
    address: str


async def _reading(
    request: Request,
    caller: Annotated[Caller, Depends(Needs(Right.TRANSCRIPT))],
    purpose: Annotated[str, Query(max_length=MAX_PURPOSE_CHARS, description="Why, or in `Whereof-Purpose`.")] = "",
) -> Asked:
    told = purpose or request.headers.get("whereof-purpose", "")
    client = request.client.host if request.client else ""
    query = f"{request.url.path}?{request.url.query}"
    return Asked(caller=caller, purpose=told.strip(), query=query, address=address_class(client))


Reading = Annotated[Asked, Depends(_reading)]


def open_transcript(service: Service, asked: Asked, recordings: Listing, attestation: str) -> None:
    """Let a caller read one recording's transcript, and record that it was read.

    Raises:
        Absent: `service.not-found`, it is not the caller's to read: answered as if there were none.
        Refused: `service.purpose`; `service.access-log`, the record cannot be written.
    """
    stored = next(row for row in recordings.rows if row.id == attestation)
    principal, instance = asked.caller.principal, service.instance
    terms = index_terms(statement_of(stored).document)
    resource = Resource(
        tenant=instance.scope.tenant,
        repositories=tuple(sorted(value for kind, value in terms if kind is KeyKind.REPOSITORY)),
        session=stored.session,
        runner=stored.identity,
        recorded_at=datetime.fromtimestamp(stored.recorded_at, UTC),
    )
    decision = may(principal, Right.TRANSCRIPT, resource, now=instance.clock.now(), purpose=asked.purpose)
    if decision is Decision.NO_PURPOSE:
        raise Refused("service.purpose")
    if decision is not Decision.YES:
        raise Absent("service.not-found")
    if service.access_log is None:
        return
    service.access_log.write(
        Access(
            who=principal.name,
            right=Right.TRANSCRIPT.value,
            purpose=asked.purpose,
            query=asked.query,
            session=stored.session,
            attestation=attestation,
            rows=1,
            tree_size=recordings.as_of.tree_size,
            address=asked.address,
        )
    )


def address_class(address: str) -> str:
    """Say of what kind an address is, and nothing more."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return "loopback" if found.is_loopback else "private" if found.is_private else "public"
