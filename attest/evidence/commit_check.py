"""Holds a verified statement against a clone: is it about this very commit, and about these very files?

What is recomputed: SHA-256 of the raw commit object, its oid and tree, and for `session/v1`, `declaration/v1`, `review/v1` and
`exception/v1` the RFC 6962 root over the changed files. What is not: whether the session really led to the commit; that is the signer's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import NotVerified
from attest.ledger.tree import leaf_hash, merkle_root
from attest.model.commit import changed_files_leaves
from attest.model.coverage_predicate import COVERAGE_V1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.evidence.range_files import RangeFiles
    from attest.git import Repository
    from attest.model.commit import ChangedFile, CommitFacts
    from attest.model.statement import Statement


def changed_root(files: tuple[ChangedFile, ...]) -> bytes:
    """Give the root over the changed files of a commit, as the statement carries it."""
    return merkle_root([leaf_hash(leaf) for leaf in changed_files_leaves(files)])


def check_subject(statement: Statement, commit: CommitFacts) -> str:
    """Check that the statement's subject is this commit, by the digest of its raw object; say against what.

    Raises:
        NotVerified: `evidence.subject` when it names another object, `evidence.commit` when its annotations lie.
    """
    digest = commit.object_sha256.hex()
    subject = next((s for s in statement.subjects if s.sha256 == digest), None)
    claimed = statement.commit_subject(commit.oid)
    if subject is None:
        if claimed is not None:
            raise NotVerified("evidence.commit", "names this oid over other bytes", expected=digest, got=claimed.sha256)
        raise NotVerified(
            "evidence.subject", expected=digest, got=", ".join(s.sha256 for s in statement.subjects)[:200]
        )
    if (subject.git_commit, subject.git_tree) != (commit.oid, commit.tree):
        raise NotVerified(
            "evidence.commit",
            "the subject's annotations are not those of the commit",
            expected=f"{commit.oid} {commit.tree}",
            got=f"{subject.git_commit} {subject.git_tree}",
        )
    return f"sha256:{digest} of the raw commit object"


def check_verdict(statement: Statement, commit: CommitFacts) -> str:
    """Check that a signed verdict speaks of this commit; say against what. Nothing that counts as evidence is bound so.

    A coverage has its range's tip as subject, and a row for every other commit; a summary names one commit by its oid.

    Raises:
        NotVerified: `evidence.subject`, or for the tip as `check_subject` does.
    """
    if statement.predicate_type == COVERAGE_V1 and statement.commit_subject(commit.oid) is None:
        _row(statement.predicate, commit.oid)
        return f"a row for {commit.oid}"
    if statement.predicate_type == COVERAGE_V1:
        return check_subject(statement, commit)
    if not any(subject.git_digest == commit.oid for subject in statement.subjects):
        named = ", ".join(subject.git_digest or subject.sha256 for subject in statement.subjects)
        raise NotVerified("evidence.subject", expected=commit.oid, got=named[:200])
    return f"gitCommit {commit.oid}"


def check_changed_files(
    statement: Statement, commit: CommitFacts, repository: Repository, known: RangeFiles | None = None
) -> tuple[str | None, str]:
    """Recompute the root over the changed files from the clone; give (link kind, what it was checked against).

    The kind is None for a declaration, which links no session.

    Raises:
        NotVerified: `evidence.commit`, the predicate does not speak of this commit or carries another root.
    """
    row = _row(statement.predicate, commit.oid)
    if row.get("tree") != commit.tree:
        raise NotVerified("evidence.commit", "another tree", expected=commit.tree, got=str(row.get("tree"))[:64])
    parent = commit.parents[0] if commit.parents else None
    files = known.of(commit) if known is not None else repository.changed_files(commit.oid, parent)
    root = changed_root(files).hex()
    changed = row.get("changed")
    claimed = changed.get("root") if isinstance(changed, dict) else None
    if claimed != root:
        raise NotVerified("evidence.commit", "other changed files", expected=root, got=str(claimed))
    link = row.get("link")
    return None if link is None else str(
        link
    ), f"{len(files)} changed files recomputed from the clone, root {root[:16]}"


def _row(predicate: Mapping[str, object], oid: str) -> Mapping[str, object]:
    commits = predicate.get("commits")
    for row in commits if isinstance(commits, list) else []:
        if isinstance(row, dict) and row.get("oid") == oid:
            return row
    raise NotVerified("evidence.commit", "the predicate does not speak of this commit", expected=oid)
