"""Back-fill: record the transcripts that agents still keep of a clone, found afterwards, and say so.

1. find     every transcript, of any agent, of sessions run in the clone's work tree or below it (`capture.discover`)
2. pass     those older than asked for, and those of sessions that are recorded already
3. record   the rest, oldest first, source `imported`: a weaker claim, because nobody saw the session being run

No commit is named: what an imported session led to is for `link` and `links` to find. One that fails stops no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.capture.discover import all_transcripts
from attest.capture.native_id import native_session_id
from attest.capture.reader import SNIFF_BYTES, sniff
from attest.capture.transcript import Transcript
from attest.errors import AttestError
from attest.model.capture_note import CaptureNote, CaptureSource
from attest.store.sessions import known_session
from attest.store.told_of import SESSION, speaks_of
from attest.usecases.destroy import is_erased_native
from attest.usecases.record import RecordRequest, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.capture.discover import Found
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

MAX_IMPORTED: Final = 10_000


class ImportState(StrEnum):
    """What became of one transcript."""

    RECORDED = "recorded"
    KNOWN = "known"
    """Its session is recorded already; a longer capture of it is for `record` to make."""
    FOUND = "found"
    """It would be recorded; nothing was, because only a look was asked for."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTranscript:
    """One transcript that was found."""

    agent: str
    path: Path
    changed_at: datetime
    state: ImportState
    receipt: Receipt | None = None
    failed: str = ""
    """Catalogue code of why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is looked for."""

    repository: Repository
    home: Path
    """Where agents keep their transcripts below."""
    since: datetime | None
    """By the files' own times; None for all."""
    agents: frozenset[str] = frozenset()
    """Agents by whose directory it lies in; empty for all."""
    look_only: bool = False


def import_transcripts(
    request: ImportRequest, instance: Instance, *, on_each: Callable[[int, int], None]
) -> tuple[ImportedTranscript, ...]:
    """Record what is found and give what became of each, oldest first; `on_each(done, of)` is told of progress."""
    found = found_transcripts(request)
    rows = []
    for number, one in enumerate(found):
        rows.append(_import(one, request, instance))
        on_each(number + 1, len(found))
    return tuple(rows)


def found_transcripts(request: ImportRequest) -> tuple[Found, ...]:
    """Give the transcripts that the request is about, oldest first, at most `MAX_IMPORTED`, the newest of them."""
    since = int(request.since.timestamp() * 1e9) if request.since else 0
    wanted = [
        one
        for one in all_transcripts(request.home, request.repository.path)
        if one.mtime_ns >= since and (not request.agents or one.agent in request.agents)
    ]
    wanted.sort(key=lambda one: (one.mtime_ns, str(one.path)))
    return tuple(wanted[-MAX_IMPORTED:])


def _import(found: Found, request: ImportRequest, instance: Instance) -> ImportedTranscript:
    changed = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
    receipt, failed = None, ""
    try:
        transcript = Transcript.open(found.path)
        if is_recorded(transcript, instance):
            state = ImportState.KNOWN
        elif request.look_only:
            state = ImportState.FOUND
        else:
            receipt, state = _record(transcript, request, instance), ImportState.RECORDED
    except AttestError as err:
        state, failed = ImportState.FAILED, err.code
    return ImportedTranscript(
        agent=found.agent, path=found.path, changed_at=changed, state=state, receipt=receipt, failed=failed
    )


def is_recorded(transcript: Transcript, instance: Instance) -> bool:
    """Tell whether a statement speaks of the transcript's session. One without an id of its own is never known here."""
    told = sniff(transcript.head(SNIFF_BYTES))
    native = native_session_id(transcript.lines(), format=told, name=transcript.path.stem) if told else None
    if told and native and is_erased_native(instance, (told, native)):
        return True
    session = known_session(instance.engine, instance.scope, (told, native)) if told and native else None
    return session is not None and speaks_of(instance.engine, instance.scope, SESSION, session)


def _record(transcript: Transcript, request: ImportRequest, instance: Instance) -> Receipt:
    return record(
        RecordRequest(
            transcript=transcript,
            repository=request.repository,
            commits=(),
            capture=CaptureNote(source=CaptureSource.IMPORTED),
        ),
        instance,
        on_step=lambda _: None,
    )
