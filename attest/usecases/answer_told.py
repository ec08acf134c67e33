"""The sessions that an answer tells of: the newest capture of each, opened as far as it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.model.session_predicate import SESSION_V1
from attest.usecases.read_parts import told_of

if TYPE_CHECKING:
    from attest.model.commit_document import CommitDocument
    from attest.model.session import Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance
    from attest.usecases.reach import Reached

MAX_SESSIONS: Final = 16
"""Sessions told of in full; the list of attestations names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One session as the answer tells of it."""

    stored: StoredAttestation
    session: Session | None
    """None when its parts cannot be opened: erased, or lost."""
    document: CommitDocument | None
    why_closed: str = ""
    kept: bool = True
    """False when the session was recorded without parts: there is nothing to open, and nothing is lost."""
    erased: bool = False
    """True when the log says that its texts were erased: `why_closed` is the tombstone."""


def newest_captures(rows: tuple[StoredAttestation, ...]) -> tuple[StoredAttestation, ...]:
    """Give the newest capture of each session, at most `MAX_SESSIONS`."""
    # By signer too: a statement of somebody else that names a known session must not stand in for its recorder's.
    newest: dict[tuple[str, str, str], StoredAttestation] = {}
    for row in rows:
        if row.predicate_type == SESSION_V1 and row.session is not None:
            newest.setdefault((row.session, row.issuer, row.identity), row)
    return tuple(newest.values())[:MAX_SESSIONS]


def open_told(instance: Instance, stored: StoredAttestation, oid: str, reached: Reached) -> Told:
    """Open a session and what the clone said of the commit, in the log that holds it; what cannot be opened says why."""
    log = reached.log_of(stored)
    try:
        session, document = told_of(instance if log is None else log.read_by(instance), stored, oid)
    except AttestError as err:
        kept = err.code != "redaction.not-kept"
        erased = err.code == "erasure.erased"
        return Told(stored=stored, session=None, document=None, why_closed=err.what, kept=kept, erased=erased)
    return Told(stored=stored, session=session, document=document)
