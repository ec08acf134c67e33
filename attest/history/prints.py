"""Commits of a clone as the prints that rewrites are matched by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.history.commits import log_commits
from attest.history.patches import CommitPatch, range_patch, read_patches
from attest.model.commit_print import CommitPrint, Squashed
from attest.model.overlap import added_lines, removed_lines
from attest.model.trailers import STABLE_IDS, final_trailers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.history.commits import HistoryCommit

MAX_RUNS: Final = 64
"""Runs of one branch that are looked at as if they had been squashed."""


def prints(repository: Repository, commits: Sequence[HistoryCommit]) -> tuple[CommitPrint, ...]:
    """Give the prints of commits, in their order."""
    patches = read_patches(repository, [c.oid for c in commits if len(c.parents) < 2])
    return tuple(_print(commit, patches.get(commit.oid)) for commit in commits)


def squashed_runs(repository: Repository, base: str, tip: str) -> tuple[Squashed, ...]:
    """Give the runs of two or more commits of `base..tip` as single patches: the whole, then those from either end.

    Merges end it: what a merge brought in from elsewhere is no work of the branch.
    """
    commits = list(reversed(log_commits(repository, (f"{base}..{tip}", "--first-parent"))))
    if len(commits) < 2 or any(len(c.parents) != 1 for c in commits):
        return ()
    last = len(commits)
    ends = [(0, last), *((0, end) for end in range(last - 1, 1, -1)), *((start, last) for start in range(1, last - 1))]
    out = []
    for start, end in ends[:MAX_RUNS]:
        below = commits[start].parents[0]
        try:
            patch = range_patch(repository, below, commits[end - 1].oid)
        except CannotVerify:
            continue
        telling = sum(map(len, added_lines(patch.files).by_path.values()))
        telling += sum(map(len, removed_lines(patch.files).by_path.values()))
        oids = tuple(c.oid for c in commits[start:end])
        out.append(
            Squashed(base=below, commits=oids, tip_tree=commits[end - 1].tree, patch_id=patch.patch_id, telling=telling)
        )
    return tuple(out)


def _print(commit: HistoryCommit, patch: CommitPatch | None) -> CommitPrint:
    files = patch.files if patch else ()
    return CommitPrint(
        oid=commit.oid,
        tree=commit.tree,
        parents=commit.parents,
        author=commit.author,
        authored_at=commit.authored_at,
        committed_at=commit.committed_at,
        subject=commit.subject,
        message=commit.message,
        patch_id=patch.patch_id if patch else None,
        added=added_lines(files),
        removed=removed_lines(files),
        stable_ids=frozenset(
            f"{trailer.key}:{trailer.value}" for trailer in final_trailers(commit.message) if trailer.key in STABLE_IDS
        ),
    )
