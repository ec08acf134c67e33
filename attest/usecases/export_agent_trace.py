"""Write which lines of a commit its sessions are known to have written, as an Agent Trace record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.capture.agent_trace.write import Contribution, Traced, write_trace
from attest.errors import Absent, AttestError, CannotVerify
from attest.ledger.index import KeyKind
from attest.model.diff import parse_diff
from attest.model.line_ranges import ranges_of
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.read_parts import commit_document_of, session_of

if TYPE_CHECKING:
    from attest.model.commit_document import CommitDocument
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_SESSIONS: Final = 64


def export_agent_trace(instance: Instance, oid: str) -> dict[str, object]:
    """Give the record for a full commit id, from what was recorded of it; no clone is needed.

    Raises:
        Absent: `service.not-found`: no session is recorded for the commit.
        CannotVerify: the parts of none of its sessions can be opened.
    """
    listed = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, oid).rows
    stored = _newest(listed)
    if not stored:
        raise Absent("service.not-found", "no session is recorded for this commit", where=oid)
    found: list[Contribution] = []
    closed: list[str] = []
    cut = False
    for one in stored[:MAX_SESSIONS]:
        try:
            document = commit_document_of(instance, one.id, oid)
            found += [_contribution(instance, one, document)] if document is not None else []
        except AttestError:
            document = None
        if document is None:
            closed.append(one.session or one.id)
        else:
            cut = cut or document.diff_cut
    if not found:
        raise CannotVerify("store.missing", "the parts of none of its sessions can be opened", where=oid)
    newest = max(one.recorded_at for one in stored)
    return write_trace(
        Traced(
            oid=oid,
            recorded_at=datetime.fromtimestamp(newest, UTC),
            contributions=tuple(found),
            closed=tuple(closed),
            diff_cut=cut,
        )
    )


def _newest(rows: tuple[StoredAttestation, ...]) -> list[StoredAttestation]:
    """Give the newest capture of each session and signer."""
    found: dict[tuple[str, str, str], StoredAttestation] = {}
    for row in rows:
        if row.predicate_type == SESSION_V1 and row.session is not None:
            found.setdefault((row.session, row.issuer, row.identity), row)
    return list(found.values())


def _contribution(instance: Instance, stored: StoredAttestation, document: CommitDocument) -> Contribution:
    session = session_of(instance, stored.id)
    return Contribution(
        session=stored.session or "",
        attestation=stored.id,
        agent=session.source.agent,
        agent_version=session.source.agent_version,
        models=session.models,
        files=ranges_of(parse_diff(document.diff), session.changes, session.cwd),
    )
