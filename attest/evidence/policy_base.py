"""Where a commit's policy is read (decision D9): never in the change that it judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import CommitFacts


def policy_base(repository: Repository, commit: CommitFacts) -> tuple[str | None, str]:
    """Give where a commit's policy is read (D9), and how that place is called in the result.

    Raises:
        CannotVerify: `git.shallow`, the clone hides the place.
    """
    if not commit.parents:
        return None, "none: a root commit"
    default = repository.default_branch()
    base = repository.merge_base(commit.oid, default) if default else None
    if default and base is None and repository.is_shallow():
        raise CannotVerify("git.shallow", where=commit.oid)
    if base is not None and base != commit.oid:
        return base, f"merge-base {base[:12]}"
    parent = commit.parents[0]
    if not repository.has_commit(parent):
        raise CannotVerify("git.shallow", where=commit.oid)
    return parent, f"unprotected (first parent {parent[:12]})"
