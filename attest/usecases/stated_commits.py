"""Commits as human evidence names them: the subject, and one row with tree and changed files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import InvalidInput
from attest.evidence.commit_check import changed_root
from attest.history.commits import log_commits
from attest.model.statement import commit_subject

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.statement import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCommits:
    """What a person named: one commit, or a range."""

    oids: tuple[str, ...]
    """Oldest first; the last is the head."""
    base: str | None
    """What the range begins behind; None for a single commit."""

    @property
    def head(self) -> str:
        """The newest commit."""
        return self.oids[-1]


def named_commits(repository: Repository, name: str, *, most: int) -> NamedCommits:
    """Resolve `REV` or `A..B`.

    Raises:
        InvalidInput: no such revision, an empty range, or more than `most` commits.
    """
    if "..." in name:
        raise InvalidInput("input.malformed", "a range is written A..B", where=name[:200])
    if ".." not in name:
        return NamedCommits(oids=(repository.resolve(name),), base=None)
    first, _, last = name.partition("..")
    base, tip = repository.resolve(first or "HEAD"), repository.resolve(last or "HEAD")
    listed = [one.oid for one in log_commits(repository, (f"{base}..{tip}",), most=most)]
    if not listed:
        raise InvalidInput("input.empty", "no commit is in the range", where=name[:200])
    # Clocks may put another commit first; the head of a range is its tip, whatever their order.
    return NamedCommits(oids=(*reversed([oid for oid in listed if oid != tip]), tip), base=base)


def stated_commit(repository: Repository, name: str, oid: str) -> tuple[Subject, dict[str, object]]:
    """Give the subject of a commit and its row: oid, tree, count and root of its changed files; `name` as in statements."""
    facts = repository.commit_facts(oid)
    files = repository.changed_files(oid, facts.parents[0] if facts.parents else None)
    row: dict[str, object] = {
        "oid": oid,
        "tree": facts.tree,
        "changed": {"count": len(files), "root": changed_root(files).hex()},
    }
    return commit_subject(name, oid, facts.tree, facts.object_sha256), row
