"""Who asks for what is recorded in the access log, and the record itself: of transcripts, exports and searches.

    def export(asked: Exporting, service: ServiceHere) -> Response:
        found = ...
        record_access(service, asked, Told(rows=len(found)))
        return ...

A route that gives any of these takes a reading, which declares its right too; where the record cannot be written nothing
is given (`service.access-log`). The one user of an embedded instance is recorded as well, as `owner`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request

from api.auth import Caller, Exports, Reads, ReadsTranscripts
from api.service import Service
from attest.errors import InvalidInput
from attest.model.may import MAX_PURPOSE_CHARS
from attest.model.rights import Right
from attest.usecases.access_log import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, with which right, why, and how."""

    caller: Caller
    right: Right
    purpose: str
    query: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is about to be given."""

    rows: int
    """Events, rows, hits; 1 for a page of a transcript's text."""
    session: str | None = None
    attestation: str | None = None
    tree_size: int | None = None
    """State of the tenant's log that it is of; None is the newest."""


Purpose = Annotated[str, Query(max_length=MAX_PURPOSE_CHARS, description="Why, or in `Whereof-Purpose`.")]


async def _transcripts(request: Request, caller: ReadsTranscripts, purpose: Purpose = "") -> Asked:
    return _asked(request, caller, Right.TRANSCRIPT, purpose)


async def _exports(request: Request, caller: Exports, purpose: Purpose = "") -> Asked:
    return _asked(request, caller, Right.EXPORT, purpose)


async def _searches(request: Request, caller: Reads, purpose: Purpose = "") -> Asked:
    return _asked(request, caller, Right.SESSION_READ, purpose)


TranscriptReading = Annotated[Asked, Depends(_transcripts)]
Exporting = Annotated[Asked, Depends(_exports)]
Searching = Annotated[Asked, Depends(_searches)]
RECORDED: Final = (_transcripts, _exports, _searches)
"""A route that gives words of transcripts, exports or hits has one of these among its dependencies."""


def record_access(service: Service, asked: Asked, told: Told) -> None:
    """Write who is given what into the access log, and wait for it.

    Raises:
        InvalidInput: `input.malformed`, the purpose cannot be kept as text of one line.
        Refused: `service.access-log`, the record cannot be written: nothing may be given.
    """
    if not asked.purpose.isprintable():
        raise InvalidInput("input.malformed", expected="printable words on one line", where="query.purpose")
    head = service.log.head()
    service.access_log.write(
        Access(
            who=asked.caller.principal.name,
            right=asked.right.value,
            purpose=asked.purpose,
            query=asked.query,
            session=told.session,
            attestation=told.attestation,
            rows=told.rows,
            tree_size=told.tree_size if told.tree_size is not None else head.tree_size if head else 0,
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


def _asked(request: Request, caller: Caller, right: Right, purpose: str) -> Asked:
    told = purpose or request.headers.get("whereof-purpose", "")
    query = f"{request.url.path}?{request.url.query}"
    client = request.client.host if request.client else ""
    return Asked(caller=caller, right=right, purpose=told.strip(), query=query, address=address_class(client))
