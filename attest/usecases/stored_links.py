"""Links that this instance has logged: by session statements, by `commit-link/v1`, and commits seen in transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.index import KeyKind
from attest.model.changes import TRACED
from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, SessionRef
from attest.model.link_predicate import COMMIT_LINK_V1, links_of
from attest.model.overlap import AGREES, AddedLines, edits_of_changes, overlap
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.trailers import final_trailers
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.sessions import native_sessions
from attest.store.told_of import predicates_by_commit
from attest.usecases.chain_at_hand import readers_of
from attest.usecases.declared_links import moment
from attest.usecases.note_links import session_names
from attest.usecases.read_parts import session_of

if TYPE_CHECKING:
    from attest.history.commits import HistoryCommit
    from attest.model.overlap import SessionEdits
    from attest.model.session import Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_SESSIONS: Final = 64
"""Sessions opened to look for commits in their transcripts, newest first."""
MAX_JOINED: Final = 100_000
"""Sessions whose names are compared with those in notes."""
_WINDOW: Final = timedelta(days=1)
"""So long after a session ended a commit may still hold its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPlace:
    """What tells that a session worked in a repository."""

    uri: str
    """As statements name it; `git+file:` and nothing where it has no remote."""
    names: frozenset[str]
    """Of its folder here, and of its remote."""

    def is_of(self, cwd: str | None, repositories: frozenset[str]) -> bool:
        """Tell whether a session was here: by the repositories its statement names, else by the folders it was in."""
        named = {name for name in repositories if not name.startswith("git+file:")}
        if named and not self.uri.startswith("git+file:"):
            return self.uri in named
        return cwd is not None and bool(self.names & set(cwd.replace("\\", "/").split("/")))


class StoredLinks:
    """The links of an instance, and of the logs that its own one follows."""

    def __init__(self, instance: Instance) -> None:
        self._readers = readers_of(instance)
        self._holder: dict[str, Instance] = {}
        self._sessions: dict[str, Session | None] = {}
        self._edits: dict[str, SessionEdits] = {}
        self._newest: tuple[StoredAttestation, ...] | None = None

    def of(self, oid: str, added: AddedLines | None) -> tuple[Link, ...]:
        """Give the logged links of a commit, newest first; `added` are its lines, None where no clone is at hand."""
        rows = self._about(KeyKind.GIT_COMMIT, oid)
        links: list[Link] = []
        for row in rows:
            if row.predicate_type == SESSION_V1:
                links += self._of_session(row, oid, added)
            elif row.predicate_type == COMMIT_LINK_V1:
                made = _payload(row)
                found = links_of(made, asserted_by=row.identity, attestation=row.id)
                links += [link for link in found if link.commit == oid]
        return tuple(links)

    def told_of(self, oids: Sequence[str]) -> frozenset[str]:
        """Give those oids that any logged statement is about."""
        return frozenset(oid for one in self._readers for oid in predicates_by_commit(one.engine, one.scope, oids))

    def declared(self, commit: HistoryCommit, added: AddedLines) -> tuple[Link, ...]:
        """Give links by `Session-Attestation` in the final trailer block to sessions that are recorded here.

        Credited when half of its lines, or any line in the same file, was written there, and the session had begun.
        """
        links = []
        for trailer in final_trailers(commit.message):
            row = self._named(trailer.value) if trailer.key == "session-attestation" else None
            session = self._session(row) if row is not None else None
            if row is None or session is None:
                continue
            found = overlap(added, self.edits(row))
            begun = session.started is None or session.started <= moment(commit.committed_at) + _WINDOW
            much = found.score is not None and found.score >= AGREES
            word = Confidence.STRONG if much else Confidence.MEDIUM if found.same_file else Confidence.HINT
            links.append(
                Link(
                    session=_ref(row, session), commit=commit.oid, kind=LinkKind.DECLARED,
                    confidence=word if begun else Confidence.HINT, method="session-attestation@1", overlap=found,
                    evidence=(LinkEvidence(what="declared-by", value="trailer"),), asserted_by="commit-message",
                )
            )  # fmt: skip
        return tuple(links)

    def _named(self, value: str) -> StoredAttestation | None:
        if value.startswith("att_"):
            found = ((one, attestations.by_id(one.engine, one.scope, value)) for one in self._readers)
            return next((self._held(one, row) for one, row in found if row is not None), None)
        name = value if value.startswith("ses_") else f"ses_{value}"
        rows = self._about(KeyKind.SESSION, name)
        return next((row for row in rows if row.predicate_type == SESSION_V1), None)

    def observed(self, oid: str, others: Mapping[str, object], added: AddedLines) -> tuple[Link, ...]:
        """Give the sessions in whose transcripts the commit's id was printed, where it fits none of `others`."""
        links = []
        for row in self._recent():
            session = self._session(row)
            for seen in session.commits if session else ():
                if oid.startswith(seen.oid) and not any(o.startswith(seen.oid) for o in others if o != oid):
                    link = self._observed(row, oid, added, seen.oid)
                    # Where lines of somebody's record hold is not where they were made: a hint, and no credit.
                    links.append(replace(link, confidence=Confidence.HINT) if seen.kind == TRACED else link)
                    break
        return tuple(links)

    def proposed(self, oid: str, at: datetime, added: AddedLines, place: RepositoryPlace) -> tuple[Link, ...]:
        """Give recorded sessions of this repository and time whose lines the commit holds, half or more.

        Proposed, never asserted. A session that does not show where it worked is not proposed.
        """
        links = []
        for row in self._recent():
            session = self._session(row)
            if session is None or session.started is None or session.ended is None:
                continue
            if not session.started <= at <= session.ended + _WINDOW or not place.is_of(session.cwd, _repositories(row)):
                continue
            found = overlap(added, self.edits(row))
            if found.score is not None and found.score >= AGREES and found.same_file:
                links.append(
                    Link(
                        session=_ref(row, session), commit=oid, kind=LinkKind.CONTENT, confidence=Confidence.PROPOSED,
                        method="line-overlap@1", overlap=found, asserted_by="content",
                    )
                )  # fmt: skip
        return tuple(links)

    def names(self) -> dict[str, str]:
        """Give our session ids by the names other tools know them by."""
        out: dict[str, str] = {}
        named = (native_sessions(one.engine, one.scope, limit=MAX_JOINED) for one in self._readers)
        sessions = [each for some in named for each in some][:MAX_JOINED]
        for format_name, native_id, session in reversed(sessions):
            out |= dict.fromkeys(session_names(format_name.partition("/")[0], native_id), session)
        return out

    def edits_of(self, session: str) -> SessionEdits | None:
        """Give what a recorded session wrote, by its newest capture here; None where it is not recorded or cannot be opened."""
        rows = self._about(KeyKind.SESSION, session)
        row = next((row for row in rows if row.predicate_type == SESSION_V1), None)
        return self.edits(row) if row is not None and self._session(row) is not None else None

    def edits(self, row: StoredAttestation) -> SessionEdits:
        """Give what a recorded session wrote; nothing where its parts cannot be opened."""
        if row.id not in self._edits:
            session = self._session(row)
            self._edits[row.id] = edits_of_changes(
                session.changes if session else (),
                first=session.started if session else None,
                last=session.ended if session else None,
            )
        return self._edits[row.id]

    def _of_session(self, row: StoredAttestation, oid: str, added: AddedLines | None) -> list[Link]:
        predicate = _payload(row)
        commits = predicate.get("commits")
        named = [c for c in commits if isinstance(c, dict) and c.get("oid") == oid] if isinstance(commits, list) else []
        found = overlap(added, self.edits(row)) if added is not None and self._session(row) else None
        agrees = found is not None and found.score is not None and found.score >= AGREES
        return [
            Link(
                session=_ref(row, self._session(row)),
                commit=oid,
                kind=LinkKind.RECORDED if commit.get("link") == "recorded" else LinkKind.ASSERTED,
                confidence=_signed_word(commit.get("link") == "recorded", agrees=agrees),
                method="session-statement@1",
                overlap=found,
                asserted_by=row.identity,
                time=datetime.fromtimestamp(row.recorded_at, UTC),
                attestation=row.id,
            )
            for commit in named[:1]
        ]

    def _observed(self, row: StoredAttestation, oid: str, added: AddedLines, printed: str) -> Link:
        found = overlap(added, self.edits(row))
        agrees = found.score is not None and found.score >= AGREES
        return Link(
            session=_ref(row, self._session(row)),
            commit=oid,
            kind=LinkKind.OBSERVED,
            confidence=Confidence.STRONG if agrees else Confidence.UNVERIFIED,
            method="oid-in-transcript@1",
            overlap=found,
            evidence=(LinkEvidence(what="printed", value=printed),),
            asserted_by=row.identity,
            attestation=row.id,
        )

    def _about(self, kind: KeyKind, value: str) -> tuple[StoredAttestation, ...]:
        """Give the rows about a subject, newest first, those of the own log before those of the logs before it."""
        listed = ((one, attestations.about(one.engine, one.scope, kind.value, value).rows) for one in self._readers)
        return tuple(self._held(one, row) for one, rows in listed for row in rows)

    def _held(self, reader: Instance, row: StoredAttestation) -> StoredAttestation:
        self._holder.setdefault(row.id, reader)
        return row

    def _recent(self) -> tuple[StoredAttestation, ...]:
        if self._newest is None:
            listed = [
                self._held(one, row)
                for one in self._readers
                for row in attestations.newest(
                    one.engine, one.scope, before=None, limit=MAX_SESSIONS, predicate_type=SESSION_V1
                ).rows
            ]
            once = {row.session: row for row in reversed(listed[:MAX_SESSIONS])}
            self._newest = tuple(once.values())
        return self._newest

    def _session(self, row: StoredAttestation) -> Session | None:
        if row.id not in self._sessions:
            try:
                self._sessions[row.id] = session_of(self._holder[row.id], row.id)
            except AttestError:
                self._sessions[row.id] = None
        return self._sessions[row.id]


def _signed_word(hook_saw: bool, *, agrees: bool) -> Confidence:  # noqa: FBT001  # one row of the table
    if hook_saw:
        return Confidence.STRONG
    return Confidence.STRONG if agrees else Confidence.UNVERIFIED


def _repositories(row: StoredAttestation) -> frozenset[str]:
    subjects = parse_statement(parse_envelope(row.leaf.envelope).payload).subjects
    return frozenset(one.uri.rpartition("@")[0] for one in subjects if one.git_commit and one.uri)


def _payload(row: StoredAttestation) -> Mapping[str, object]:
    return parse_statement(parse_envelope(row.leaf.envelope).payload).predicate


def _ref(row: StoredAttestation, session: Session | None) -> SessionRef:
    return SessionRef(
        id=row.session,
        agent=session.source.agent if session else None,
        native_id=session.native_id if session else None,
    )
