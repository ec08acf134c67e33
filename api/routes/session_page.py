"""The page of a session, and signing a review of it as the one user of an embedded instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Reviews
from api.bodies import FormBody
from api.clones import clone_with
from api.pages.checklist import Bound, ChecklistView, Prepared, checklist_view, prepared_of
from api.pages.links import session_href
from api.pages.machine_view import MachineView, closed_view, machine_view
from api.pages.overlap_rows import overlap_rows
from api.pages.plain_views import NotKept
from api.pages.render import render_not_kept, render_session
from api.pages.session_rows import TranscriptPage
from api.pages.session_view import SessionSource
from api.parameters import InPath
from api.replies import NO_STORE
from api.routes.commits import answer_of
from api.routes.machine_summaries import readable_summary
from api.routes.sessions import newest_with_parts, recordings_of
from api.service import Service, ServiceHere
from api.shapes import recording_body, statement_of
from api.transcripts import Reading, open_transcript
from attest.errors import Absent, CannotVerify, InvalidInput, NotVerified, Refused
from attest.model.answer import PROOF_LINES, Mark
from attest.model.answer_words import policy_line
from attest.model.diff import parse_diff
from attest.model.explain import explain
from attest.model.session_overlap import MAX_PATHS, OverlapQuestion
from attest.usecases.change_sets import sets_of
from attest.usecases.overlaps import overlaps
from attest.usecases.read_parts import parts_kept, session_of, told_of
from attest.usecases.read_transcript import read_transcript
from attest.usecases.review import ReviewRequest
from attest.usecases.review import review as sign_review

if TYPE_CHECKING:
    from api.readings import Asked
    from attest.model.answer import Answer, Row
    from attest.model.diff import FileDiff
    from attest.store.attestations import Listing, StoredAttestation

router = APIRouter(include_in_schema=False)
TRANSCRIPT_BYTES: Final = 64 * 1024
"""Bytes of transcript on one page; none before somebody asks for them."""
EVIDENCE: Final = 10
APPROVED: Final = 7
"""Numbers of the sections with the proof lines and with the reviews."""
MAX_FIELDS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Which part of which session a page is to show."""

    session: str
    offset: int | None
    first: int
    at: int | None
    hunk: int
    find: str


@router.get("/sessions/{session}")
def session(  # noqa: PLR0913, PLR0917  # whose, and which page of it
    session: InPath,
    request: Request,
    reading: Reading,
    service: ServiceHere,
    offset: Annotated[int | None, Query(ge=0, le=2**40)] = None,
    first: Annotated[int, Query(alias="from", ge=0, le=10**9)] = 0,
    at: Annotated[int | None, Query(ge=0, le=10**9)] = None,
    hunk: Annotated[int, Query(ge=1, le=10**6)] = 1,
    find: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Give the page of a session."""
    recordings = recordings_of(service, session)
    newest = newest_with_parts(service, recordings)
    if not parts_kept(newest):
        page = NotKept(session=session, attestation=newest.id, commits=recording_body(newest).commits)
        return HTMLResponse(render_not_kept(page), headers=NO_STORE)
    prepared = prepared_of(dict(request.query_params), session)
    open_transcript(service, reading, recordings, newest.id)
    service.events.info("transcript-read", session=session, offset=offset or 0)
    place = _Place(session=session, offset=offset, first=first, at=at, hunk=hunk, find=find.strip())
    source = _source(service, newest, place, (prepared, reading.caller.principal.owner))
    principal = reading.caller.principal
    source = replace(
        source,
        machine=_machine(service, reading, recordings, (session, newest.id)),
        own=principal.owner or newest.identity == principal.name,
    )
    return HTMLResponse(render_session(source), headers=NO_STORE)


@router.post("/sessions/{session}/review")
def sign(session: InPath, caller: Reviews, raw: FormBody, service: ServiceHere) -> Response:
    """Sign the answers of the checklist with the identity of an embedded instance, for its one user alone."""
    if not caller.principal.owner:
        # A service that signed for its people would sign what they never saw: they have keys of their own.
        raise Refused("service.no-right", expected="`whereof review` with a key of your own")
    try:
        fields = dict(parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS))
    except ValueError as err:
        raise InvalidInput("input.malformed", "a form", expected=f"<= {MAX_FIELDS} fields") from err
    prepared = prepared_of(fields, session)
    commits = recording_body(newest_with_parts(service, recordings_of(service, session))).commits
    clone = clone_with(service, commits[0]) if commits else None
    if clone is None:
        raise Absent("service.not-found")
    asked = ReviewRequest(repository=clone, revision=commits[0], decision=prepared.decision, answers=prepared.answers)
    made = sign_review(asked, service.instance)
    service.events.info("review", session=session, index=made.receipt.index)
    return RedirectResponse(f"{session_href(session)}#sign", status_code=303, headers=NO_STORE)


def _source(service: Service, row: StoredAttestation, place: _Place, asked: tuple[Prepared, bool]) -> SessionSource:
    instance, name, session = service.instance, row.id, place.session
    commits = recording_body(row).commits
    told, document = told_of(instance, row, commits[0]) if commits else (session_of(instance, name), None)
    files = parse_diff(document.diff) if document and not document.diff_cut else None
    answer = answer_of(service, commits[0]) if commits else None
    digest = next((one.sha256 for one in statement_of(row).subjects if one.name == session), "")
    return SessionSource(
        id=session,
        session=told,
        verdict=Mark(answer.verdict.word.value) if answer else Mark.NONE,
        what=f"{answer.verdict.what} {policy_line(answer.verdict)}" if answer else "The session names no commit.",
        proof=answer.section(EVIDENCE).rows[: len(PROOF_LINES)] if answer else (),
        repository=document.repository if document else None,
        commits=commits,
        attestation=name,
        files=files,
        hunks=explain(files, told.changes, told.cwd) if files is not None else (),
        transcript=_transcript(service, name, place.offset),
        first_event=place.first,
        at=place.at if place.at is not None and place.at < len(told.events) else None,
        first_hunk=place.hunk,
        find=place.find,
        reviews=answer.section(APPROVED).rows if answer else (),
        overlaps=_overlaps(service, session, files, commits),
        checklist=_checklist(service, answer, (session, digest), asked) if answer else None,
        change_sets=tuple(one for one in sets_of(instance, session) if session in one.sessions),
    )


def _machine(service: Service, asked: Asked, recordings: Listing, names: tuple[str, str]) -> MachineView | None:
    session, newest = names
    try:
        found = readable_summary(service, asked, recordings, session)
    except (CannotVerify, NotVerified) as err:
        return closed_view(err.code)
    return None if found is None else machine_view(found, newest)


def _overlaps(
    service: Service, session: str, files: tuple[FileDiff, ...] | None, commits: tuple[str, ...]
) -> tuple[Row, ...] | None:
    """Give who landed on the same paths since this work began, and what it read that changed; None where not known."""
    clone = clone_with(service, commits[0]) if commits else None
    if files is None or clone is None or len(files) > MAX_PATHS:
        return None
    base = clone.commit_facts(commits[-1]).parents[:1]
    paths = tuple(file.path for file in files)
    found = overlaps(service.instance, OverlapQuestion(paths=paths, base=base[0] if base else "", session=session))
    return overlap_rows(found)


def _transcript(service: Service, name: str, offset: int | None) -> TranscriptPage:
    run = read_transcript(service.instance, name, start=offset or 0, count=1 if offset is None else TRANSCRIPT_BYTES)
    if offset is None:
        return TranscriptPage(start=0, end=0, total=run.total, text="")
    text = run.data.decode("utf-8", "replace")
    return TranscriptPage(start=run.start, end=run.end, total=run.total, text=text)


def _checklist(
    service: Service, answer: Answer, session: tuple[str, str], asked: tuple[Prepared, bool]
) -> ChecklistView:
    prepared, owner = asked
    bound = Bound(
        session=session[0],
        commit=answer.commit.oid,
        digest=session[1],
        policy=policy_line(answer.verdict),
        may_sign_here=owner and clone_with(service, answer.commit.oid) is not None,
    )
    return checklist_view(prepared, bound)
