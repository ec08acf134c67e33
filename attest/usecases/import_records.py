"""Import what other tools left in a clone: sessions of Entire checkpoints, links of notes. All labelled imported.

1. find      the links of the history that have credit, read from the clone
2. record    Entire: the newest capture of each session, redacted and logged like any other, `capture.source` imported
3. link      links of kind `declared` or `notes` to what was recorded, in signed statements that are appended

An import is a weaker claim than a recording: another tool kept the transcript, and redacted it by its own rules.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.transcript import Transcript
from attest.errors import AttestError
from attest.history.checkpoints import CheckpointStore
from attest.history.objects import ObjectReader
from attest.history.patches import NO_PATCH, read_patches
from attest.model.capture_note import CaptureNote, CaptureSource
from attest.model.link import LinkKind
from attest.model.overlap import added_lines
from attest.usecases.links import find_links
from attest.usecases.log_links import log_links
from attest.usecases.note_links import NoteLinks
from attest.usecases.record import RecordRequest, record
from attest.usecases.stored_links import StoredLinks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.git import Repository
    from attest.model.checkpoint import CheckpointSession
    from attest.model.link import Link
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

OLDEST: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported:
    """A session that was not recorded, and why."""

    session: str
    checkpoint: str
    code: str
    """Catalogue code; `not-stored` where the clone does not hold the transcript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    sessions: tuple[tuple[str, str], ...]
    """(native id, `ses_…`) of those recorded, now or before."""
    refused: tuple[NotImported, ...]
    left: int
    """Sessions beyond the limit, not looked at."""
    links: tuple[Link, ...]
    receipts: tuple[Receipt, ...]
    known: int
    """Links that were logged before."""
    elsewhere: int
    """Notes on commits that are not in this clone."""


def import_entire(
    instance: Instance,
    repository: Repository,
    *,
    since: datetime | None = None,
    limit: int | None = None,
    on_session: Callable[[int, int], None] = lambda _done, _total: None,
) -> Imported:
    """Record the sessions of stored checkpoints, newest first, and link them to the commits that declare them.

    `since` leaves out captures that are older, `limit` is how many sessions are recorded at most. A session that
    cannot be recorded is named with its reason, and the others go on.
    """
    answer = find_links(repository, "..HEAD")  # 1
    sessions: dict[str, str] = {}
    refused: list[NotImported] = []
    with ObjectReader(repository) as reader:
        store = CheckpointStore(repository, reader)
        wanted = _newest_captures(store, since or OLDEST)
        for number, (checkpoint, session) in enumerate(wanted[:limit]):  # 2
            on_session(number, len(wanted[:limit]))
            try:
                sessions[session.native_id] = _record(instance, repository, store, session)
            except AttestError as err:
                code = "not-stored" if err.code == "input.empty" else err.code
                refused.append(NotImported(session=session.native_id, checkpoint=checkpoint, code=code))
    links = [  # 3
        replace(link, session=replace(link.session, id=sessions[link.session.native_id]))
        for commit in answer.commits
        for link in commit.links
        if link.credited and link.kind is LinkKind.DECLARED and link.session.native_id in sessions
    ]
    receipts, known = log_links(instance, repository, links, maker="import")
    return Imported(
        sessions=tuple(sessions.items()),
        refused=tuple(refused),
        left=len(wanted) - len(wanted[:limit]),
        links=tuple(links),
        receipts=receipts,
        known=known,
        elsewhere=0,
    )


def import_notes(instance: Instance, repository: Repository) -> Imported:
    """Log the links that notes of git-ai, memento and whogitit claim, joined to sessions recorded here where they fit."""
    with ObjectReader(repository) as reader:
        notes = NoteLinks(repository, reader, StoredLinks(instance).names())
        here = [oid for oid in notes.commits() if repository.has_commit(oid)]
        patches = read_patches(repository, here)
        links = [
            link
            for oid in here
            for link in notes.of(oid, frozenset(added_lines(patches.get(oid, NO_PATCH).files).by_path))
        ]
    receipts, known = log_links(instance, repository, links, maker="import")
    return Imported(
        sessions=(), refused=(), left=0, links=tuple(links), receipts=receipts, known=known,
        elsewhere=len(notes.commits()) - len(here),
    )  # fmt: skip


def _newest_captures(store: CheckpointStore, since: datetime) -> list[tuple[str, CheckpointSession]]:
    newest: dict[str, tuple[str, CheckpointSession]] = {}
    for name in store.ids():
        checkpoint = store.get(name)
        for session in checkpoint.sessions if checkpoint else ():
            known = newest.get(session.native_id)
            if session.native_id and (known is None or _at(session) >= _at(known[1])):
                newest[session.native_id] = (name, session)
    kept = [row for row in newest.values() if _at(row[1]) >= since]
    return sorted(kept, key=lambda row: (_at(row[1]), row[0]), reverse=True)


def _at(session: CheckpointSession) -> datetime:
    return session.created_at or OLDEST


def _record(instance: Instance, repository: Repository, store: CheckpointStore, session: CheckpointSession) -> str:
    with _private_copy(store.transcript(session) or b"") as path:
        request = RecordRequest(
            transcript=Transcript.open(path),
            repository=repository,
            commits=(),
            agent=session.agent,
            capture=CaptureNote(source=CaptureSource.IMPORTED),
        )
        receipt = record(request, instance, on_step=lambda _: None)
    return str(receipt.session)


@contextmanager
def _private_copy(data: bytes) -> Iterator[Path]:
    """Give a transcript as a file of this user alone (0600), gone when it has been read."""
    handle, name = tempfile.mkstemp(prefix="whereof-import-", suffix=".jsonl")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
