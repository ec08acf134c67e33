"""Recomputes, from a clone, what a `commit-link/v1` statement says a commit came out of.

What is recomputed: equal patches, and a run of commits whose patch as one is the commit's. What is not: likeness of
lines, what git's hook once said, and whether the session led to the old commit; that is for the old commit's evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.history.commits import log_commits
from attest.history.patches import range_patch, read_patches
from attest.model.link import Link, LinkKind, Relation
from attest.model.link_predicate import links_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.statement import Statement

MAX_SOURCES = 256


def check_links(statement: Statement, commit: CommitFacts, repository: Repository) -> tuple[str | None, str]:
    """Give (kind, what it was checked against): `rewritten` only where the proof recomputes here, else None.

    That a proof does not recompute is no sign of a lie: the old commits are often gone from a clone, and other versions
    of git may draw a patch in another way.
    """
    links = [link for link in links_of(statement.predicate) if link.commit == commit.oid]
    if not links:
        return None, "no link of this commit is in it"
    rewritten = [link for link in links if link.kind is LinkKind.REWRITTEN and link.relation is Relation.AUTHORED]
    sources = tuple(dict.fromkeys(oid for link in rewritten for oid in link.derived_from))[:MAX_SOURCES]
    if not sources:
        return None, f"{len(links)} links, none by rewriting: the signer's word"
    missing = [oid for oid in sources if not repository.has_commit(oid)]
    if missing:
        return None, f"not recomputed: {len(missing)} of {len(sources)} old commits are not in this clone"
    how = _recompute(repository, commit, sources, rewritten)
    return ("rewritten", how) if how else (None, f"not recomputed: no equal patch among {len(sources)} old commits")


def _recompute(repository: Repository, commit: CommitFacts, sources: tuple[str, ...], links: list[Link]) -> str:
    try:
        patches = read_patches(repository, (commit.oid, *sources))
        own = patches[commit.oid].patch_id
        if own is None:
            return ""
        equal = [oid for oid in sources if patches[oid].patch_id == own]
        if equal:
            return f"patch {own[:16]} recomputed equal for {equal[0]}"
        if not any(link.method.startswith("squash-") for link in links):
            return ""
        return _run(repository, sources, own)
    except AttestError:
        return ""


def _run(repository: Repository, sources: tuple[str, ...], own: str) -> str:
    """Find the run that the old commits stand on, and hold its patch as one against the commit's."""
    commits = {oid: log_commits(repository, (f"{oid}^!",), most=1)[0] for oid in sources}
    parents = {parent for commit in commits.values() for parent in commit.parents}
    tips = [oid for oid in sources if oid not in parents]
    if len(tips) != 1:
        return ""
    bottom = tips[0]
    while bottom in commits and commits[bottom].parents and commits[bottom].parents[0] in commits:
        bottom = commits[bottom].parents[0]
    base = commits[bottom].parents[0] if commits[bottom].parents else None
    if base is None or range_patch(repository, base, tips[0]).patch_id != own:
        return ""
    return f"patch {own[:16]} recomputed equal for {base[:12]}..{tips[0]}"
