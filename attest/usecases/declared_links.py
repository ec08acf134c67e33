"""Links that commits declare by trailer, and checkpoints by naming a commit: credited only where stored content agrees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.model.checkpoint import CHECKPOINT_ID, ClaimedCommit, credit
from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, SessionRef
from attest.model.overlap import AddedLines, added_lines, overlap
from attest.model.trailers import SESSION_TRAILERS, STABLE_IDS, Trailer, body_trailers, final_trailers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.history.checkpoints import CheckpointStore
    from attest.history.commits import HistoryCommit
    from attest.history.edits import EditCache
    from attest.history.patches import CommitPatch
    from attest.model.checkpoint import Checkpoint, CheckpointSession
    from attest.model.overlap import SessionEdits

CHECKPOINT_TRAILER: Final = "entire-checkpoint"
MAX_IDS: Final = 64
"""Checkpoints looked at for one commit."""
MAX_CAPTURES: Final = 6
"""Other captures of a session looked at when the one that is named does not agree."""


@dataclass(slots=True)
class Declared:
    """Counts of what was declared, for the summary."""

    ids: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    """Named by a final trailer block and not stored here."""
    several: int = 0
    """Commits that name more than one checkpoint."""
    many_sessions: set[str] = field(default_factory=set)
    """Checkpoints that hold more than one session."""
    body_only: int = 0
    """Commits with trailer-shaped text in their body."""


class DeclaredLinks:
    """Reads what commits declare, against the checkpoints of the clone."""

    def __init__(self, store: CheckpointStore, edits: EditCache) -> None:
        self._store = store
        self._edits = edits
        self.counts = Declared()

    def of(self, commit: HistoryCommit, patch: CommitPatch) -> tuple[Link, ...]:
        """Give every link that the commit, or a checkpoint, declares; those that nothing agrees with are hints."""
        added = added_lines(patch.files)
        links: list[Link] = []
        final = final_trailers(commit.message)
        named = _ids(t.value for t in final if t.key == CHECKPOINT_TRAILER)
        self.counts.several += len(named) > 1
        for checkpoint_id in named[:MAX_IDS]:
            links += self._checkpoint(commit, added, checkpoint_id, "trailer")
        for checkpoint_id in self._store.naming(commit.oid) if len(self._store) else ():
            if checkpoint_id not in named:
                links += self._checkpoint(commit, added, checkpoint_id, "checkpoint-names-commit")
        links += [
            _hint(commit.oid, trailer, "trailer")
            for trailer in final
            if trailer.key in SESSION_TRAILERS and trailer.key not in {CHECKPOINT_TRAILER, *STABLE_IDS}
        ]
        in_body = [t for t in body_trailers(commit.message) if t.key not in STABLE_IDS and t.value not in named]
        self.counts.body_only += bool(in_body)
        return (*links, *(_hint(commit.oid, t, "body-text") for t in in_body))

    def claims(self, commit: HistoryCommit) -> bool:
        """Tell whether a commit, or a checkpoint about it, claims any session with a voice that can earn credit."""
        named = any(trailer.key in SESSION_TRAILERS for trailer in final_trailers(commit.message))
        return named or bool(len(self._store) and self._store.naming(commit.oid))

    def edits_of(self, session: SessionRef) -> SessionEdits | None:
        """Give what a session of a stored checkpoint wrote; None for every other session."""
        checkpoint = self._store.get(session.source_id) if session.source == "entire" and session.source_id else None
        stored = (one for one in (checkpoint.sessions if checkpoint else ()) if one.native_id == session.native_id)
        return next((edits for one in stored if (edits := self._edits.of(one)) is not None), None)

    def _checkpoint(self, commit: HistoryCommit, added: AddedLines, checkpoint_id: str, how: str) -> list[Link]:
        self.counts.ids.add(checkpoint_id)
        checkpoint = self._store.get(checkpoint_id)
        if checkpoint is None:
            self.counts.missing.add(checkpoint_id)
            evidence = (LinkEvidence(what="checkpoint", value="not-stored"),)
            return [_hint(commit.oid, Trailer(CHECKPOINT_TRAILER, checkpoint_id), how, evidence)]
        sessions = [session for session in checkpoint.sessions if not session.imported]
        if len(sessions) > 1:
            self.counts.many_sessions.add(checkpoint_id)
        claimed = claimed_commit(commit, added)
        links = [self._link(claimed, commit.oid, added, (checkpoint, session, how)) for session in sessions]
        return _settle(links) or [_hint(commit.oid, Trailer(CHECKPOINT_TRAILER, checkpoint_id), how)]

    def _link(
        self, claimed: ClaimedCommit, oid: str, added: AddedLines, named: tuple[Checkpoint, CheckpointSession, str]
    ) -> Link:
        checkpoint, session, how = named
        edits = self._edits.of(session)
        found = overlap(added, edits) if edits is not None else None
        first = edits.first if edits is not None else None
        # A session that worked by scripts alone shows no line of any file: that denies nothing.
        shows = found if edits is not None and (edits.by_path or (found and found.matched)) else None
        word, evidence = credit(claimed, checkpoint, session, shows, first=first)
        if word in {Confidence.HINT, Confidence.UNVERIFIED} and not _refused(evidence):
            for other_id, other in self._others(session, checkpoint.id):
                edits = self._edits.of(other)
                again = overlap(added, edits) if edits is not None else None
                better, more = credit(claimed, checkpoint, other, again, first=first)
                if again is not None and again.same_file and better in {Confidence.STRONG, Confidence.MEDIUM}:
                    # The session agrees, by another capture of it than the one that is named.
                    word, found = Confidence.MEDIUM, again
                    evidence = (*more, LinkEvidence(what="other-capture", value=other_id))
                    break
        if edits is None:
            evidence = (*evidence, LinkEvidence(what="transcript", value="not-stored"))
        return Link(
            session=SessionRef(
                id=None, agent=session.agent, native_id=session.native_id, source="entire", source_id=checkpoint.id
            ),
            commit=oid,
            kind=LinkKind.DECLARED,
            confidence=word,
            method=f"{CHECKPOINT_TRAILER if how == 'trailer' else how}@1",
            overlap=found,
            evidence=(
                LinkEvidence(what="declared-by", value=how),
                *evidence,
                LinkEvidence(what="place", value=session.place),
            ),
            asserted_by="entire",
            time=session.created_at,
        )

    def _others(self, session: CheckpointSession, named: str) -> list[tuple[str, CheckpointSession]]:
        captures = [row for row in self._store.captures(session.native_id) if row[0] != named]
        if session.created_at is not None:
            at = session.created_at
            captures.sort(key=lambda row: abs(row[1].created_at - at) if row[1].created_at else at - at)
        return captures[:MAX_CAPTURES]


def claimed_commit(commit: HistoryCommit, added: AddedLines) -> ClaimedCommit:
    """Give what of a commit is held against a claim."""
    return ClaimedCommit(
        paths=frozenset(added.by_path), authored_at=moment(commit.authored_at), committed_at=moment(commit.committed_at)
    )


def moment(seconds: int) -> datetime:
    """Give the time of a commit; a number that no calendar holds is the beginning of the epoch."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _settle(links: list[Link]) -> list[Link]:
    """Where the lines show which session of a checkpoint it was, one that shares none of them is not verified by time."""
    shown = any(link.overlap and link.overlap.same_file and link.confidence is Confidence.STRONG for link in links)
    if not shown:
        return links
    return [
        _lowered(link) if link.overlap and link.overlap.telling and not link.overlap.same_file else link
        for link in links
    ]


def _lowered(link: Link) -> Link:
    if link.confidence not in {Confidence.STRONG, Confidence.MEDIUM}:
        return link
    return replace(link, confidence=Confidence.UNVERIFIED)


def _refused(evidence: tuple[LinkEvidence, ...]) -> bool:
    return any(item.what == "refused" for item in evidence)


def _ids(values: Iterable[str]) -> list[str]:
    parts = (part for value in values for part in value.replace(",", " ").split())
    return list(dict.fromkeys(part for part in parts if CHECKPOINT_ID.fullmatch(part)))


def _hint(oid: str, named: Trailer, how: str, evidence: tuple[LinkEvidence, ...] = ()) -> Link:
    source = SESSION_TRAILERS.get(named.key)
    return Link(
        session=SessionRef(id=None, source=source, source_id=named.value[:128]),
        commit=oid,
        kind=LinkKind.DECLARED,
        confidence=Confidence.HINT,
        method=f"{how}@1",
        evidence=(LinkEvidence(what="declared-by", value=f"{how}:{named.key}"), *evidence),
        asserted_by="commit-message",
    )
