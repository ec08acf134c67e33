"""Step 4 of `record`: from a redacted session to its parts and its `session/v1` statement."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.canonical import canonical_json
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.capture_note import NAMED, CaptureNote
from attest.model.commit_document import CommitDocument
from attest.model.documents import each_document
from attest.model.facts import facts_json, facts_of
from attest.model.session_predicate import SESSION, SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.model.times import rfc3339
from attest.usecases.redaction_statement import EXTENSION, redaction_member
from attest.usecases.redaction_statement import PART as PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.session import Session, Tally
    from attest.model.statement import Statement
    from attest.store.new_attestation import KeptPart
    from attest.usecases.commit_context import CommitContext
    from attest.usecases.redact_session import RedactedSession

UNNAMED: Final = "unnamed"
"""Stands in `unknownRecords` for every record type whose name is not a plain word."""
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")


def session_documents(redacted: RedactedSession, commits: tuple[CommitContext, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield every part but the transcript as (name, bytes): the session's documents and one per commit."""
    for name, document in each_document(redacted.session):
        yield name, canonical_json(document)
    yield PLACES, canonical_json(redacted.places)
    for commit in commits:
        yield f"commits/{commit.facts.oid}", canonical_json(_document(commit, redacted).to_json())


def state_session(
    redacted: RedactedSession,
    commits: tuple[CommitContext, ...],
    parts: tuple[KeptPart, ...],
    *,
    session_id: str,
    now: datetime,
    nonce: bytes,
    supersedes: str | None,
    note: CaptureNote = NAMED,
) -> tuple[Statement, bytes]:
    """Build the statement and the list blob it commits to.

    Subjects: each commit (D1), then the session by the digest of its list. The predicate is checked against its own
    shape before it is signed, so that nothing leaves that ingest would refuse.
    """
    rows = tuple((p.name, p.commitment, p.size) for p in parts)
    # Without parts the list would be the same for every session: a nonce makes it, and so the subject, this one's own.
    listing = commitment_list(rows, nonce=b"" if rows else nonce)
    predicate: dict[str, object] = {
        "session": {"id": session_id, "format": redacted.session.source.format},
        "capture": _capture(redacted.session, now, note.not_utf8) | {"source": note.source.value},
        "commits": [_commit(c, note) for c in commits],
        "facts": facts_json(facts_of(redacted.session)),
        "parts": {
            "count": len(parts),
            "bytes": sum(p.size for p in parts),
            "root": commitment_root(rows).hex(),
            "list": hashlib.sha256(listing).hexdigest(),
        },
        "redaction": redaction_member(redacted.report),
        "recorder": {"name": "whereof", "version": __version__},
        "nonce": nonce.hex(),
    }
    if supersedes is not None:
        predicate["supersedes"] = supersedes
    extensions: dict[str, object] = {EXTENSION: redacted.account}
    if note.witness is not None:
        extensions["witness"] = note.witness.to_json()
    predicate["extensions"] = extensions
    SESSION.check(predicate, "")
    subjects = [commit_subject(c.repository, c.facts.oid, c.facts.tree, c.facts.object_sha256) for c in commits]
    subjects.append(Subject(name=session_id, sha256=hashlib.sha256(listing).hexdigest()))
    return build_statement(SESSION_V1, tuple(subjects), predicate), listing


def _document(commit: CommitContext, redacted: RedactedSession) -> CommitDocument:
    text = redacted.commits[commit.facts.oid]
    return CommitDocument.of(
        commit.facts, commit.repository, message=text.message, diff=text.diff, diff_cut=commit.diff_cut
    )


def _capture(session: Session, now: datetime, not_utf8: int) -> dict[str, object]:
    counts = session.counts
    out: dict[str, object] = {
        "recordedAt": rfc3339(now),
        "records": counts.records,
        "events": counts.events,
        "head": session.head,
        "badLines": counts.bad_lines,
        "notUtf8": not_utf8,
        "dropped": sum(g.count for g in session.gaps if g.kind == "dropped-record"),
        "unknownRecords": _unknown(counts.unknown_types),
        "whole": "unknown",
    }
    for name, moment in (("startedAt", session.started), ("endedAt", session.ended)):
        if moment is not None:
            out[name] = rfc3339(moment)
    return out


def _unknown(tallies: Iterable[Tally]) -> dict[str, int]:
    # A transcript may call its records anything; what is no plain name is counted and not repeated in a permanent leaf.
    counted: Counter[str] = Counter()
    for one in tallies:
        counted[one.name if _PLAIN_NAME.fullmatch(one.name) else UNNAMED] += one.count
    return dict(counted)


def _commit(commit: CommitContext, note: CaptureNote) -> dict[str, object]:
    return {
        "oid": commit.facts.oid,
        "tree": commit.facts.tree,
        "link": "recorded" if commit.facts.oid in note.recorded else "asserted",
        "changed": {"count": len(commit.files), "root": commit.root.hex()},
    }
