"""What the clone says of the commits a session is said to have led to: facts, changed files, and the diff's text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.commit_check import changed_root
from attest.model.commit import repository_uri

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import ChangedFile, CommitFacts

MAX_COMMITS: Final = 256
MAX_DIFF_BYTES: Final = 4 * 1024 * 1024
"""Diff text kept per commit, for showing beside the session; what is signed covers all files whatever their size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitContext:
    """One commit as read from the clone."""

    facts: CommitFacts
    repository: str
    files: tuple[ChangedFile, ...]
    diff: str
    diff_cut: bool

    @property
    def root(self) -> bytes:
        """RFC 6962 root over the changed files."""
        return changed_root(self.files)

    def free_text(self) -> bytes:
        """Give the commit's texts as one JSON record, to be redacted together with the transcript."""
        return json.dumps({"commit": self.facts.oid, "message": self.facts.message, "diff": self.diff}).encode()


def read_commits(repository: Repository | None, oids: tuple[str, ...]) -> tuple[CommitContext, ...]:
    """Read every named commit from the clone, in the order named.

    Raises:
        InvalidInput: commits are named but there is no clone, or more than 256.
    """
    if not oids:
        return ()
    if repository is None:
        raise InvalidInput("git.not-a-repository", "commits are named, but there is no clone to read them from")
    if len(oids) > MAX_COMMITS:
        raise InvalidInput(
            "input.too-large", "commits of one recording", expected=f"<= {MAX_COMMITS}", got=str(len(oids))
        )
    name = repository_name(repository, oids[0])
    return tuple(_read(repository, oid, name) for oid in oids)


def repository_name(repository: Repository, oid: str) -> str:
    """Name a repository as statements do: by its remote, or where it has none by the root commit that `oid` grew from.

    Raises:
        CannotVerify: `git.shallow`, there is no remote and the clone hides the root commit.
    """
    name = repository_uri(repository.remote_url(), "")
    return name if name != "git+file:" else name + repository.root_commit(oid)


def _read(repository: Repository, oid: str, name: str) -> CommitContext:
    facts = repository.commit_facts(oid)
    parent = facts.parents[0] if facts.parents else None
    diff, cut = repository.diff(oid, parent, max_bytes=MAX_DIFF_BYTES)
    return CommitContext(
        facts=facts, repository=name, files=repository.changed_files(oid, parent), diff=diff, diff_cut=cut
    )
