"""Gaps, both ways: commits that no session tells of, and sessions that tell of no commit.

A commit without a session is not said to be an agent's work, nor a person's: unless it bears an agent's mark, nothing
is known of it. Commits that only a link leads to count as told of.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.clock import ulid_time
from attest.model.basis import Basis
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.gap import Gap
from attest.model.gap_predicate import GAP_V1, GapKind
from attest.model.review_predicate import REVIEW_V1
from attest.model.summary_types import VERDICTS_SIGNED
from attest.model.times import moment_at
from attest.store.told_of import predicates_by_commit, sessions_without_commit
from attest.usecases.chain_at_hand import require_whole
from attest.usecases.commit_context import repository_name
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.survey import survey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance
    from attest.usecases.survey import SurveyedCommit

MAX_SESSIONS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitState:
    """One commit of the range and what is known of how it came about."""

    oid: str
    subject: str
    state: str
    """`covered`, `declared`, `marked` (an agent's mark and no session: a gap) or `unmarked` (not known)."""
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapReport:
    """The report of one range."""

    commits: tuple[CommitState, ...]
    """Newest first."""
    gaps: tuple[Gap, ...]
    shallow: bool

    def counted(self) -> Mapping[str, int]:
        """Give how many commits are in each state, states without commits included."""
        states = [commit.state for commit in self.commits]
        return {state: states.count(state) for state in ("covered", "declared", "marked", "unmarked")}


def find_gaps(instance: Instance, repository: Repository, revisions: tuple[str, ...]) -> GapReport:
    """Compare the commits of a range with what this instance has recorded, and the logs before its own.

    Raises:
        CannotVerify: `evidence.chain`, a log before cannot be read: what it holds is no gap.
    """
    surveyed = survey(repository, revisions)
    oids = [commit.oid for commit in surveyed.commits]
    chain = require_whole(instance, "what is a gap")
    told = [predicates_by_commit(instance.engine, instance.scope, oids)]
    told += [predicates_by_commit(one.log.engine, one.log.scope, oids) for one in chain.logs]
    known = {oid: frozenset().union(*(one.get(oid, frozenset()) for one in told)) for oid in oids}
    states = tuple(_state(commit, known[commit.oid]) for commit in surveyed.commits)
    now = instance.clock.now()
    missing = [commit for commit in states if commit.state in ("marked", "unmarked")]
    gaps = [_of_commits(repository, missing, now)] if missing else []
    loose = sessions_without_commit(instance.engine, instance.scope, limit=MAX_SESSIONS)
    if loose:
        gaps.append(_of_sessions(loose, now))
    return GapReport(commits=states, gaps=tuple(gaps), shallow=surveyed.shallow)


def log_gaps(instance: Instance, gaps: tuple[Gap, ...], repository: Repository | None) -> tuple[Receipt, ...]:
    """Sign and log gaps; the same gap of the same span again gives the receipt that is there."""
    return tuple(
        log_statement(
            instance,
            GAP_V1,
            (own_log_subject(instance),),
            gap.to_predicate(),
            write_key_material=_material(gap),
            repository=repository,
        )
        for gap in gaps
    )


def _state(commit: SurveyedCommit, predicates: frozenset[str]) -> CommitState:
    if predicates - {DECLARATION_V1, GAP_V1, REVIEW_V1, EXCEPTION_V1, *VERDICTS_SIGNED}:
        state = "covered"
    elif DECLARATION_V1 in predicates:
        state = "declared"
    else:
        state = commit.state
    return CommitState(oid=commit.oid, subject=commit.subject, state=state, marks=commit.marks)


def _of_commits(repository: Repository, missing: list[CommitState], now: datetime) -> Gap:
    oids = tuple(commit.oid for commit in missing)
    first, last = (repository.commit_facts(oid).committed_at for oid in (oids[-1], oids[0]))
    return Gap(
        kind=GapKind.COMMITS_WITHOUT_SESSION,
        start=moment_at(min(first, last)),
        until=moment_at(max(first, last)),
        seen=now,
        count=len(oids),
        rule="gap/commits-without-session@1",
        basis=Basis.OBSERVED,
        commits=oids,
        repository=repository_name(repository, oids[0]),
    )


def _of_sessions(loose: tuple[str, ...], now: datetime) -> Gap:
    return Gap(
        kind=GapKind.SESSIONS_WITHOUT_COMMIT,
        start=ulid_time(loose[0]),
        until=ulid_time(loose[-1]),
        seen=now,
        count=len(loose),
        rule="gap/sessions-without-commit@1",
        basis=Basis.OBSERVED,
        sessions=loose,
    )


def _material(gap: Gap) -> bytes:
    """What makes two reports the same: kind, span and everything listed, not the time of the report."""
    words = (
        gap.kind.value,
        gap.start.isoformat(),
        gap.until.isoformat() if gap.until else "",
        gap.repository or "",
        gap.device or "",
        *gap.commits,
        *gap.sessions,
    )
    return hashlib.sha256("\0".join(words).encode()).digest()
