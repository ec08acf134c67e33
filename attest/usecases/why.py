"""Why is this line here: line, commit, link, session, event, prompts, approver, each step with what it rests on.

1. line      the commit that git blames, honouring `.git-blame-ignore-revs`
2. links     its links with credit, followed back through rewrites
3. session   the newest capture of each session that is recorded here
4. event     the last edit of that session that wrote this very line into this file, else lines of its hunk
5. prompts   the intent, and what the person said last before the edit
6. approver  who approved the edit or signed a review; not known is said

It compares text: it does not prove who typed, and a person may have approved without reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.history.blame import blame_line
from attest.history.patches import read_patches
from attest.ledger.index import KeyKind
from attest.model.explain import TELLING_CHARS, explain
from attest.model.fingerprint import line_fingerprint
from attest.model.session import EventKind
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.chain_at_hand import readers_of
from attest.usecases.links import find_links
from attest.usecases.read_parts import session_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.history.blame import BlamedLine
    from attest.model.changes import Change
    from attest.model.decisions import Prompt
    from attest.model.link import Link
    from attest.model.session import Session
    from attest.usecases.instance import Instance

MAX_SESSIONS: Final = 8
MAX_PROMPTS: Final = 6
"""Prompts of a chain: the intent, and the last ones before the edit."""
NO_APPROVAL: Final = "not known: no approval of it is recorded in the session and no review is signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPrompt:
    """One thing a person said, in redacted words."""

    event: int
    text: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhySession:
    """One session that may have written the line, as far as it can be followed."""

    link: Link
    attestation: str | None
    """The capture that was opened; None where the session is not recorded here or cannot be opened."""
    event: int | None
    """The edit; None where none of its edits wrote the line or its hunk."""
    event_basis: str
    """What ties line and event, in words."""
    prompts: tuple[WhyPrompt, ...]
    approver: str
    approver_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer for one line."""

    path: str
    line: int
    blamed: BlamedLine
    ignore_revs: bool
    """The repository's list of passed-over commits was honoured."""
    subject: str
    sessions: tuple[WhySession, ...]
    hints: int
    """Links of the commit that have no credit."""


def why_line(repository: Repository, instance: Instance | None, *, path: str, line: int, revision: str = "HEAD") -> Why:
    """Follow one line of a file at a revision back to what led to it.

    Raises:
        InvalidInput: there is no such revision, file or line.
    """
    blamed, ignored = blame_line(repository, repository.resolve(revision), path, line)  # 1
    commit = find_links(repository, blamed.oid, instance).commits[0]  # 2
    credited = [link for link in commit.links if link.credited][:MAX_SESSIONS]
    return Why(
        path=path,
        line=line,
        blamed=blamed,
        ignore_revs=ignored,
        subject=commit.subject,
        sessions=tuple(_follow(repository, instance, link, blamed) for link in credited),
        hints=len(commit.links) - len(credited),
    )


def _follow(repository: Repository, instance: Instance | None, link: Link, blamed: BlamedLine) -> WhySession:
    opened = _open(instance, link) if instance is not None and link.session.id else None
    if opened is None:
        return WhySession(
            link=link, attestation=None, event=None, event_basis="the session is not recorded here", prompts=(),
            approver="not known: the session is not recorded here", approver_basis="unknown",
        )  # fmt: skip
    attestation, session = opened
    change, basis = _event(repository, session, blamed)  # 4
    approver, approver_basis = _approver(session, change)  # 6
    return WhySession(
        link=link,
        attestation=attestation,
        event=change.event if change else None,
        event_basis=basis,
        prompts=_prompts(session, change),  # 5
        approver=approver,
        approver_basis=approver_basis,
    )


def _open(instance: Instance, link: Link) -> tuple[str, Session] | None:
    for reader in readers_of(instance):
        rows = attestations.about(reader.engine, reader.scope, KeyKind.SESSION.value, link.session.id or "").rows
        newest = next((row for row in rows if row.predicate_type == SESSION_V1), None)
        if newest is not None:
            return _opened(reader, newest.id)
    return None


def _opened(reader: Instance, attestation: str) -> tuple[str, Session] | None:
    try:
        return attestation, session_of(reader, attestation)
    except AttestError:
        return None


def _event(repository: Repository, session: Session, blamed: BlamedLine) -> tuple[Change | None, str]:
    mark = line_fingerprint(blamed.text)
    own = [c for c in session.changes if _is_file(c, blamed.path)]
    if len(blamed.text.strip()) >= TELLING_CHARS:
        wrote = [change for change in own if mark in change.added]
        if wrote:
            return wrote[-1], "the edit wrote this line into this file"
    patch = read_patches(repository, (blamed.oid,)).get(blamed.oid)
    for hunk in explain(patch.files if patch else (), session.changes, session.cwd):
        inside = hunk.path == blamed.path and hunk.new_start <= blamed.line < hunk.new_start + max(hunk.added, 1)
        events = [c for c in session.changes if c.event in hunk.events]
        if inside and events:
            return events[-1], f"the edit wrote {hunk.matched} of {hunk.telling} telling lines of the same hunk"
    if own:
        return None, "the session edited this file, and no edit of it wrote this line or its hunk"
    return None, "no edit of the session names this file"


def _is_file(change: Change, path: str) -> bool:
    names = (name for name in (change.path, change.renamed_to) if name)
    return any(name == path or name.endswith("/" + path) for name in names)


def _prompts(session: Session, change: Change | None) -> tuple[WhyPrompt, ...]:
    said: list[Prompt] = [p for p in (session.intent, *session.directions) if p is not None]
    said = [p for p in said if p.event <= change.event] if change is not None else said[:1]
    kept = said[:1] + said[max(1, len(said) - MAX_PROMPTS + 1) :]
    return tuple(WhyPrompt(event=p.event, text=p.text, basis=p.basis.value) for p in kept)


def _approver(session: Session, change: Change | None) -> tuple[str, str]:
    call = next((e.call_id for e in session.events if change is not None and e.seq == change.event), None)
    if call is None:
        return NO_APPROVAL, "unknown"
    approval = next((e for e in session.events if e.kind is EventKind.APPROVAL and e.call_id == call), None)
    if approval is None:
        return NO_APPROVAL, "unknown"
    return f"approved in the session, by whoever sat at it (event {approval.seq})", "reported"
