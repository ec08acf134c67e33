"""Links that notes of other tools claim: git-ai, memento, whogitit. Read from the clone, never followed anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from attest.history.refs import list_notes, list_refs
from attest.model.imported_notes import (
    MAX_NOTE_BYTES,
    NotedSession,
    git_ai_session,
    parse_git_ai,
    parse_memento,
    parse_whogitit,
)
from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, SessionRef

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.history.objects import ObjectReader

NOTES: Final[tuple[tuple[str, Callable[[str], tuple[NotedSession, ...]]], ...]] = (
    ("refs/notes/ai", parse_git_ai),
    ("refs/notes/commits", parse_memento),
    ("refs/notes/memento-full-audit", parse_memento),
    ("refs/notes/whogitit", parse_whogitit),
)
OLD_GIT_AI: Final = "refs/ai/authorship/"


class NoteLinks:
    """The notes of a clone, listed once."""

    def __init__(self, repository: Repository, reader: ObjectReader, joins: Mapping[str, str] | None = None) -> None:
        """Take the notes; `joins` gives our session id for a native id, or for git-ai's name of a session."""
        self._reader = reader
        self._joins = joins or {}
        self._notes: dict[str, list[tuple[str, str]]] = {}
        for ref, _ in NOTES:
            for oid, blob in list_notes(repository, ref):
                self._notes.setdefault(oid, []).append((ref, blob))
        for ref_found in list_refs(repository, OLD_GIT_AI):
            oid = ref_found.name.removeprefix(OLD_GIT_AI)
            self._notes.setdefault(oid, []).append((OLD_GIT_AI, ref_found.oid))

    def commits(self) -> tuple[str, ...]:
        """Give the oids that carry a note; not every one need be in the clone."""
        return tuple(self._notes)

    def of(self, oid: str, paths: frozenset[str]) -> tuple[Link, ...]:
        """Give the links that the notes on a commit claim; `paths` are the files the commit changed."""
        links: dict[tuple[str, str], Link] = {}
        for ref, blob in self._notes.get(oid, ()):
            found = self._reader.read(blob, max_bytes=MAX_NOTE_BYTES)
            if found is None or found.data is None:
                continue
            parse = dict(NOTES).get(ref, parse_git_ai)
            for session in parse(found.data.decode("utf-8", "replace")):
                links.setdefault((session.source, session.session), self._link(oid, paths, session, ref))
        return tuple(links.values())

    def _link(self, oid: str, paths: frozenset[str], noted: NotedSession, ref: str) -> Link:
        known = self._joins.get(noted.session) or (self._joins.get(noted.native_id) if noted.native_id else None)
        shared = len(noted.paths & paths)
        fits = bool(shared) or not noted.paths
        identified = noted.native_id is not None or noted.session.startswith("s_")
        # A note that tells of files the commit never touched was carried to the wrong commit.
        word = Confidence.UNVERIFIED if fits and identified else Confidence.HINT
        return Link(
            session=SessionRef(
                id=known,
                agent=noted.agent,
                native_id=noted.native_id,
                source=noted.source,
                source_id=noted.session[:128],
            ),
            commit=oid,
            kind=LinkKind.NOTES,
            confidence=Confidence.MEDIUM if word is Confidence.UNVERIFIED and known else word,
            method=f"{noted.source}-note@1",
            evidence=(
                LinkEvidence(what="note", value=ref),
                LinkEvidence(what="files", value=f"{shared}/{len(noted.paths)}"),
                LinkEvidence(what="attributed-lines", value=str(noted.lines)),
            ),
            asserted_by=noted.source,
        )


def session_names(agent: str, native_id: str) -> tuple[str, ...]:
    """Give the names other tools may know a session of ours by: its native id, and git-ai's for each name of its agent."""
    tools = {agent, agent.partition("-")[0], _GIT_AI_TOOLS.get(agent, agent)}
    return (native_id, *sorted(git_ai_session(tool, native_id) for tool in tools))


_GIT_AI_TOOLS: Final = {
    "claude-code": "claude",
    "codex": "codex",
    "copilot-cli": "github-copilot-cli",
    "copilot-vscode": "github-copilot",
}
"""What git-ai calls the agents whose formats are read here."""
