"""What the hooks saw, put in order: sessions with their turns, commits with who may have made them, rewrites.

A commit is tied to a session only by something seen: the environment git ran in, a shell call that was open, or a turn
in the same work tree whose transcript shows the commit's own changes. Where two sessions could have made a commit and
nothing tells them apart, neither did, here: content and trailers may still say so later, as links of their own kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.capture.spool.lines import (
    CALL_EVENTS,
    END_EVENTS,
    RESULT_EVENTS,
    TURN_END_EVENTS,
    AgentLine,
    CommitLine,
    RewriteLine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.capture.spool.lines import SpoolLine

IDLE_S: Final = 4 * 3600
"""A session that gave no sign for longer was not at work when a commit was made."""


class Evidence(StrEnum):
    """Why a commit is said to be a session's."""

    ENVIRONMENT = "environment"
    """git ran in a shell that names this session."""
    CALL = "call"
    """git ran in this agent's shell, while a call of this session was open."""
    OPEN_CALL = "open-call"
    """A call of this session was open; the environment does not say whose shell it was."""
    TURN = "turn"
    """The session was at work in this work tree."""

    @property
    def settles(self) -> bool:
        """Whether it needs no look into the transcript."""
        return self in {Evidence.ENVIRONMENT, Evidence.CALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSession:
    """One session as the hooks saw it."""

    agent: str
    session: str
    transcript: str
    """The newest path the agent named; empty where it named none."""
    folders: frozenset[str]
    first_at: int
    last_at: int
    turns: int
    """Turn ends that were seen."""
    ended: bool
    lines: int

    @property
    def key(self) -> str:
        """The name of its copy in the spool."""
        return f"{self.agent}-{self.session}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A session that may have made a commit."""

    key: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCommit:
    """One commit that a hook saw being made, and the sessions it may be of; more than one is not decided yet."""

    oid: str
    worktree: str
    at: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Everything the hooks saw in one clone."""

    sessions: tuple[SeenSession, ...]
    commits: tuple[SeenCommit, ...]
    rewrites: tuple[tuple[str, str], ...]
    """(old, new), in the order git said so."""


def witness(lines: Iterable[SpoolLine]) -> Witness:
    """Put the lines of a spool in order."""
    state = _State()
    for line in lines:
        match line:
            case AgentLine():
                state.agent(line)
            case CommitLine():
                state.commit(line)
            case RewriteLine():
                state.rewrites += line.pairs
            case _:
                pass
    return Witness(
        sessions=tuple(state.sessions.values()), commits=tuple(state.commits.values()), rewrites=tuple(state.rewrites)
    )


def within(folder: str, top: str) -> bool:
    """Tell whether a folder is a work tree's top or below it."""
    return bool(top) and (folder == top or folder.startswith(top.rstrip("/") + "/"))


class _State:
    def __init__(self) -> None:
        self.sessions: dict[str, SeenSession] = {}
        self.commits: dict[str, SeenCommit] = {}
        self.rewrites: list[tuple[str, str]] = []
        self._open: dict[str, set[str]] = {}

    def agent(self, line: AgentLine) -> None:
        key = f"{line.agent}-{line.session}"
        old = self.sessions.get(key)
        if old is None:
            old = SeenSession(
                agent=line.agent,
                session=line.session,
                transcript="",
                folders=frozenset(),
                first_at=line.at,
                last_at=line.at,
                turns=0,
                ended=False,
                lines=0,
            )
        self.sessions[key] = replace(
            old,
            transcript=line.transcript or old.transcript,
            folders=old.folders | ({line.cwd} if line.cwd else frozenset()),
            last_at=line.at,
            turns=old.turns + (line.event in TURN_END_EVENTS),
            # A session that is resumed has not ended.
            ended=line.event in END_EVENTS,
            lines=old.lines + 1,
        )
        self._follow_calls(key, line)

    def _follow_calls(self, key: str, line: AgentLine) -> None:
        calls = self._open.setdefault(key, set())
        if line.event in CALL_EVENTS:
            calls.add(line.call)
        elif line.event in RESULT_EVENTS and line.call:
            calls.discard(line.call)
        elif line.event in RESULT_EVENTS:
            calls.clear()  # a result whose id lay beyond what the hook reads: none counts as open, rather than all
        elif line.event in TURN_END_EVENTS | END_EVENTS:
            calls.clear()

    def commit(self, line: CommitLine) -> None:
        # What a rebase writes is an old commit anew: the pairs of post-rewrite say of what.
        if line.rebasing or line.action.startswith("rebase"):
            return
        at_work = [s for s in self.sessions.values() if self._at_work(s, line)]
        found = tuple(Candidate(key=s.key, evidence=self._evidence(s, line)) for s in at_work)
        for evidence in Evidence:  # the strongest kind alone
            strongest = tuple(one for one in found if one.evidence is evidence)
            if strongest:
                found = strongest
                break
        self.commits[line.oid] = SeenCommit(oid=line.oid, worktree=line.worktree, at=line.at, candidates=found)

    def _at_work(self, session: SeenSession, line: CommitLine) -> bool:
        if line.inside_session and line.inside_session == session.session:
            return True
        return (
            not session.ended
            and abs(line.at - session.last_at) <= IDLE_S
            and any(within(folder, line.worktree) for folder in session.folders)
        )

    def _evidence(self, session: SeenSession, line: CommitLine) -> Evidence:
        if line.inside_session == session.session and line.inside_session:
            return Evidence.ENVIRONMENT
        if self._open.get(session.key):
            return Evidence.CALL if line.inside == session.agent else Evidence.OPEN_CALL
        return Evidence.TURN
