"""Files read against files written, from what the other rules derived."""

from __future__ import annotations

from typing import Final

from attest.capture.acts import is_own_place
from attest.capture.named_paths import relative
from attest.capture.text import target
from attest.model.access import AccessKind
from attest.model.basis import Basis, Evidence
from attest.model.changes import ChangeOp
from attest.model.file_sets import FileSets, UnseenWrite
from attest.model.session import Session

MAX_UNSEEN: Final = 200


def file_sets_of(session: Session, agent: str) -> FileSets:
    """Give the sets of a session. A file counts as seen from its first read, search of the file, or writing on."""
    seen: dict[str, int] = {}
    read: set[str] = set()
    for access in session.access:
        if access.kind in (AccessKind.FILE_READ, AccessKind.SEARCH) and access.evidence:
            path = relative(access.target, session.cwd)
            seen[path] = min(seen.get(path, access.evidence[0].record), access.evidence[0].record)
            if access.kind is AccessKind.FILE_READ:
                read.add(path)
    written: dict[str, Evidence] = {}
    created: set[str] = set()
    unseen: dict[str, Evidence] = {}
    for change in sorted(session.changes, key=lambda one: one.evidence[0].record):
        path, place = relative(change.path, session.cwd), change.evidence[0]
        if is_own_place(change.path, session.cwd):
            continue
        if change.op is ChangeOp.CREATE:
            created.add(path)
        elif path not in written and seen.get(path, place.record) >= place.record:
            unseen.setdefault(path, place)
        written.setdefault(path, place)
        if change.renamed_to:
            written.setdefault(relative(change.renamed_to, session.cwd), place)
    return FileSets(
        read=len(read),
        written=len(written),
        created=len(created),
        read_not_written=len(read - set(written)),
        unseen=tuple(
            UnseenWrite(path=target(path), evidence=(place,)) for path, place in list(unseen.items())[:MAX_UNSEEN]
        ),
        unseen_count=len(unseen),
        rule=f"{agent}/files.read-written@1",
        basis=Basis.INFERRED,
    )
