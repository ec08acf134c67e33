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
from attest.usecases.commit_context import MAX_DIFF_BYTES
from attest.usecases.links import find_links
from attest.usecases.read_parts import commit_document_of, session_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_SESSIONS: Final = 64


def export_agent_trace(instance: Instance, oid: str, repository: Repository | None = None) -> dict[str, object]:
    """Give the record for a full commit id.

    What was recorded of the commit needs no clone. With one at hand, sessions are in it too that are credited with the
    commit by a link, as when it was amended, rebased or squashed.

    Raises:
        Absent: `service.not-found`: no session is recorded for the commit.
        CannotVerify: the parts of none of its sessions can be opened.
    """
    listed = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, oid).rows
    stored = [(one, "statement") for one in _newest(listed)]
    diff, cut = None, False
    if repository is not None and repository.has_commit(oid):
        parents = repository.commit_facts(oid).parents
        diff, cut = repository.diff(oid, parents[0] if parents else None, max_bytes=MAX_DIFF_BYTES)
        stored += _linked(instance, oid, repository, frozenset(one.session for one, _ in stored))
    if not stored:
        raise Absent("service.not-found", "no session is recorded for this commit", where=oid)
    found: list[Contribution] = []
    closed: list[str] = []
    for one, link in stored[:MAX_SESSIONS]:
        opened = _contribution(instance, one, oid, link=link, diff=diff)
        if opened is None:
            closed.append(one.session or one.id)
        else:
            found.append(opened)
    if not found:
        raise CannotVerify("store.missing", "the parts of none of its sessions can be opened", where=oid)
    return write_trace(
        Traced(
            oid=oid,
            recorded_at=datetime.fromtimestamp(max(one.recorded_at for one, _ in stored), UTC),
            contributions=tuple(found),
            closed=tuple(closed),
            diff_cut=cut,
        )
    )


def _linked(
    instance: Instance, oid: str, repository: Repository, known: frozenset[str | None]
) -> list[tuple[StoredAttestation, str]]:
    """Give the sessions of other commits that this one came out of, by links that have credit."""
    found: dict[str, tuple[StoredAttestation, str]] = {}
    for commit in find_links(repository, oid, instance).commits:
        for link in commit.links:
            session = link.session.id
            if session is None or session in known or session in found or not link.credited:
                continue
            rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
            for row in _newest(rows)[:1]:
                found[session] = (row, link.kind.value)
    return list(found.values())


def _newest(rows: tuple[StoredAttestation, ...]) -> list[StoredAttestation]:
    """Give the newest capture of each session and signer."""
    found: dict[tuple[str, str, str], StoredAttestation] = {}
    for row in rows:
        if row.predicate_type == SESSION_V1 and row.session is not None:
            found.setdefault((row.session, row.issuer, row.identity), row)
    return list(found.values())


def _contribution(
    instance: Instance, stored: StoredAttestation, oid: str, *, link: str, diff: str | None
) -> Contribution | None:
    """Give a session's part; None where its parts cannot be opened. Without a clone the diff is the one recorded."""
    try:
        session = session_of(instance, stored.id)
        if diff is None:
            document = commit_document_of(instance, stored.id, oid)
            if document is None:
                return None
            diff = document.diff
    except AttestError:
        return None
    return Contribution(
        session=stored.session or "",
        attestation=stored.id,
        link=link,
        agent=session.source.agent,
        agent_version=session.source.agent_version,
        models=session.models,
        files=ranges_of(parse_diff(diff), session.changes, session.cwd),
    )
