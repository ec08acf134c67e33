"""Which of the commits that hooks saw being made are which session's: seen evidence first, then the transcript's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.capture.spool.folder import lines_of
from attest.capture.spool.shown import CommitTraces, Shown
from attest.capture.spool.witness import Evidence
from attest.errors import AttestError

if TYPE_CHECKING:
    from attest.capture.spool.folder import Copy, SpoolFolder
    from attest.capture.spool.witness import Candidate, SeenCommit, Witness
    from attest.git import Repository

MAX_LOOKUP_DIFF_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedCommits:
    """What was decided."""

    by_session: dict[str, dict[str, str]]
    """Session key to (oid to evidence word)."""
    undecided: tuple[str, ...]
    gone: tuple[str, ...]


def decide_commits(
    repository: Repository, seen: Witness, spool: SpoolFolder, *, known: frozenset[str], since: int
) -> DecidedCommits:
    """Tie each commit to the sessions that made it; a commit that nobody was at work for is nobody's and not named.

    A session that is said to be at work only because its turn or a call was open must show something of the commit in
    its transcript; where several could have made it, it must show what tells it from the others. Commits that are
    `known` were tied by an earlier run; those made before `since` (seconds) were looked at often enough.
    """
    copies = spool.copies()
    found: dict[str, dict[str, str]] = {}
    undecided: list[str] = []
    gone: list[str] = []
    for commit in seen.commits:
        if not commit.candidates or commit.oid in known or commit.at < since:
            continue
        if not repository.has_commit(commit.oid):
            gone.append(commit.oid)
            continue
        chosen = _chosen(repository, commit, copies, spool)
        if not chosen:
            undecided.append(commit.oid)
        for candidate in chosen:
            found.setdefault(candidate.key, {})[commit.oid] = candidate.evidence.value
    return DecidedCommits(by_session=found, undecided=tuple(undecided), gone=tuple(gone))


def _chosen(
    repository: Repository, commit: SeenCommit, copies: tuple[Copy, ...], spool: SpoolFolder
) -> tuple[Candidate, ...]:
    candidates = commit.candidates
    if len(candidates) == 1 and candidates[0].evidence.settles:
        return candidates
    if all(one.evidence is Evidence.ENVIRONMENT for one in candidates):
        return candidates
    traces = _traces(repository, commit.oid)
    shown = [(one, _look(traces, one.key, copies, spool)) for one in candidates]
    if len(shown) == 1:
        # A command alone proves a call's commit, not a turn's: it may have been another one.
        one, what = shown[0]
        enough = what.anything if one.evidence is Evidence.OPEN_CALL else what.path or what.clearly
        return (one,) if enough else ()
    return tuple(one for one, what in shown if what.clearly)


def _traces(repository: Repository, oid: str) -> CommitTraces:
    facts = repository.commit_facts(oid)
    parent = facts.parents[0] if facts.parents else None
    diff, _ = repository.diff(oid, parent, max_bytes=MAX_LOOKUP_DIFF_BYTES)
    paths = (file.path for file in repository.changed_files(oid, parent))
    return CommitTraces(oid, paths, diff)


def _look(traces: CommitTraces, key: str, copies: tuple[Copy, ...], spool: SpoolFolder) -> Shown:
    best = Shown(oid=False, path=False, command=False, share=0.0)
    for copy in copies:
        if copy.key != key:
            continue
        try:
            what = traces.found_in(lines_of(spool.open(copy)))
        except (AttestError, OSError):
            continue
        best = Shown(
            oid=best.oid or what.oid,
            path=best.path or what.path,
            command=best.command or what.command,
            share=max(best.share, what.share),
        )
    return best
