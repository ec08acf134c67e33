"""Sessions: record one, list them, read one, and page through its events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from api.auth import Ingests, Reads
from api.bodies import TranscriptBody
from api.choosing import Choosing
from api.earlier import not_in_this_log
from api.facet_bodies import SessionFacets, facets_body
from api.lists import Page, described, head_of, page_reply
from api.near import require_near
from api.openapi import READ, WRITE, documented, take_request_body
from api.parameters import InPath
from api.readings import record_access
from api.replies import reply
from api.schemas import Events, Receipt, SessionDetail, Sessions
from api.service import Service, ServiceHere
from api.shapes import as_of_body, mapping, receipt_body, recording_body, statement_of
from api.transcripts import Reading, may_open
from api.turning import LISTED, AsOfSize, Turn, turned
from api.writing import WriterSlot
from attest.capture.transcript import Transcript
from attest.errors import Absent
from attest.git import Repository
from attest.ledger.index import KeyKind
from attest.model.recording_facets import Chosen, FacetCounts
from attest.model.scope import AsOf
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.store.attestation_lists import Asked
from attest.store.attestations import StoredAttestation
from attest.store.facet_find import facet_counts
from attest.usecases.read_events import MAX_EVENT_BYTES, read_events
from attest.usecases.read_parts import parts_kept
from attest.usecases.record import RecordRequest, record

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])
DEFAULT_LIMIT: Final = 50
DEFAULT_EVENT_BYTES: Final = 256 * 1024
OID: Final = r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$"
_CODES: Final = (*READ, "service.not-found", "evidence.chain")
Revision = Annotated[str, StringConstraints(max_length=256)]
_LIST: Final = "sessions"
_LISTED: Final = (*LISTED, "input.usage")
_RECORD: Final = (
    *WRITE,
    "service.loopback-only",
    "service.not-found",
    "input.empty",
    "input.unknown-format",
    "git.not-a-repository",
    "git.no-such-revision",
    "git.shallow",
    "git.failed",
    "redaction.quarantined",
    "redaction.failed",
)


@router.post(
    "",
    operation_id="record_session",
    status_code=201,
    responses=documented(Receipt, _RECORD, status=201)
    | {200: {"model": Receipt, "description": "It was recorded before: the same receipt."}},
    openapi_extra=take_request_body("application/octet-stream", "The transcript as the agent wrote it."),
)
def add(  # noqa: PLR0917  # what a recording is made of
    request: Request,
    _caller: Ingests,
    transcript: TranscriptBody,
    _slot: WriterSlot,
    service: ServiceHere,
    commit: Annotated[tuple[Revision, ...], Query(max_length=256)] = (),
    repository: Annotated[str | None, Query(max_length=4096)] = None,
    agent: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Redact, sign and log one session; the transcript stays on this machine and is kept nowhere unencrypted."""
    require_near(request)
    clone = _clone(service, repository)
    steps: list[str] = []
    asked = RecordRequest(
        # By its descriptor: the file has no name, and every opening reads from the start.
        transcript=Transcript.open(Path(f"/proc/self/fd/{transcript.fileno()}")),
        repository=clone,
        commits=tuple(clone.resolve(name) for name in commit) if clone else commit,
        agent=agent,
    )
    receipt = record(asked, service.instance, on_step=steps.append)
    created = "sign" in steps
    service.events.info("session", id=receipt.session, index=receipt.index, created=created)
    return reply(receipt_body(receipt), status=201 if created else 200)


@router.get(
    "",
    operation_id="sessions",
    responses=documented(Sessions, _LISTED) | described(Sessions, exact=True),
)
def listing(
    request: Request,
    _caller: Reads,
    service: ServiceHere,
    *,
    limit: Annotated[int, Query(ge=1, le=attestations.MAX_ROWS)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=1024)] = None,
    as_of: AsOfSize = None,
    chosen: Choosing,
) -> Response:
    """List recordings, newest first, all or those of a value; every page of one walk is of the same state of the log."""
    page, stored = sessions_page(service, Turn(limit=limit, cursor=cursor, as_of=as_of, chosen=chosen))
    # The same rows again only where all that were chosen have been looked at.
    fixed = as_of is not None and page.indexed_to == page.as_of.tree_size
    return page_reply(request, Page(body=page, stored=stored, fixed=fixed))


@router.get(":facets", operation_id="session_facets", responses=documented(SessionFacets, _LISTED))
def facets(_caller: Reads, service: ServiceHere, chosen: Choosing, as_of: AsOfSize = None) -> Response:
    """Count recordings by what they have in common, all or those of a value; exact, or not counted."""
    return reply(facets_body(facets_in(service, chosen, head_of(service, as_of))))


def facets_in(service: Service, chosen: Chosen, as_of: AsOf | None) -> FacetCounts:
    """Count the chosen recordings that the caller may see, in a state of the log (None: the newest)."""
    instance = service.instance
    return facet_counts(instance.engine, instance.scope, instance.log.name, chosen=chosen, as_of=as_of)


def sessions_page(service: Service, turn: Turn) -> tuple[Sessions, tuple[StoredAttestation, ...]]:
    """Give one page of the list of recordings, and the attestations that they are.

    Raises:
        InvalidInput: `service.cursor`.
        Absent: `service.not-found`, see `head_of`.
    """
    around, found = turned(service, _LIST, turn, Asked(predicate_type=SESSION_V1))
    return Sessions(data=tuple(recording_body(row) for row in found.rows), **around), found.rows


@router.get("/{session}", operation_id="session", responses=documented(SessionDetail, _CODES))
def detail(session: InPath, _caller: Reads, service: ServiceHere) -> Response:
    """Give what is signed and logged of a session; no words of it."""
    found = recordings_of(service, session)
    predicate = statement_of(found.rows[0]).predicate
    return reply(
        SessionDetail(
            id=session,
            recordings=tuple(recording_body(row) for row in found.rows),
            capture=dict(mapping(predicate.get("capture"))),
            facts=dict(mapping(predicate.get("facts"))),
            redaction=dict(mapping(predicate.get("redaction"))),
            parts=dict(mapping(predicate.get("parts"))),
            as_of=as_of_body(found.as_of),
        )
    )


@router.get(
    "/{session}/events",
    operation_id="session_events",
    responses=documented(
        Events, (*_CODES, "key.missing", "store.missing", "erasure.erased", "service.purpose", "service.access-log")
    ),
)
def events(  # noqa: PLR0917  # whose, and which page of it
    session: InPath,
    reading: Reading,
    service: ServiceHere,
    from_seq: Annotated[int, Query(ge=0, le=10**9)] = 0,
    max_bytes: Annotated[int, Query(ge=1, le=MAX_EVENT_BYTES)] = DEFAULT_EVENT_BYTES,
) -> Response:
    """Give events of a session from a number on, as many as fit; at least one where there is one."""
    recordings = recordings_of(service, session)
    newest = newest_with_parts(service, recordings)
    if not parts_kept(newest):
        return reply(Events(session=session, attestation=newest.id, data=(), next_seq=None, kept=False))
    told = may_open(service, reading, recordings, newest.id)
    page = read_events(service.instance, newest.id, from_seq=from_seq, max_bytes=max_bytes)
    record_access(service, reading, replace(told, rows=len(page.events)))
    return reply(Events(session=session, attestation=newest.id, data=page.events, next_seq=page.next_seq))


def recordings_of(service: Service, session: str) -> attestations.Listing:
    """Give the `session/v1` attestations of a session, newest first.

    Raises:
        Absent: `service.not-found`.
        CannotVerify: `evidence.chain`, it stands in a log before this one, or one cannot be asked.
    """
    found = attestations.about(service.instance.engine, service.instance.scope, KeyKind.SESSION.value, session)
    rows = tuple(row for row in found.rows if row.predicate_type == SESSION_V1)
    if not rows:
        raise not_in_this_log(service.instance, session)
    return attestations.Listing(rows=rows, as_of=found.as_of, more=found.more)


def newest_with_parts(service: Service, recordings: attestations.Listing) -> StoredAttestation:
    """Give the newest recording whose parts are kept here; one that was signed elsewhere has those that were handed in.

    One recorded with `parts: none` counts: it has a statement and facts only (`parts_kept`).

    Raises:
        Absent: `service.not-found`.
    """
    instance = service.instance
    for row in recordings.rows:
        if row.foreign_bundle is None or attestations.parts_of(instance.engine, instance.scope, row.id):
            return row
    raise Absent("service.not-found")


def _clone(service: Service, path: str | None) -> Repository | None:
    if path is None:
        return None
    # Only clones named at start are ever opened, whatever path a request names; the others look absent.
    if Path(path) not in service.config.repositories:
        raise Absent("service.not-found")
    return Repository.open(Path(path))
