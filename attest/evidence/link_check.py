"""Recomputes, from a clone, what a `commit-link/v1` statement says a commit came out of.

What is recomputed: equal patches, and a run of commits whose patch as one is the commit's. What is not: likeness of
lines, what git's hook once said, and whether the session led to the old commit; that is for the old commit's evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.history.commits import log_commits
from attest.history.patches import range_patch, read_patches
from attest.model.commit import require_oid
from attest.model.link import Link, LinkKind, Relation
from attest.model.link_predicate import links_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.statement import Statement

MAX_SOURCES = 256
MAX_RUNS = 8


def check_links(statement: Statement, commit: CommitFacts, repository: Repository) -> tuple[str | None, str]:
    """Give (kind, what it was checked against): `rewritten` only where the proof recomputes here, else None.

    That a proof does not recompute is no sign of a lie: the old commits are often gone from a clone, and other versions
    of git may draw a patch in another way.
    """
    links = [link for link in links_of(statement.predicate) if link.commit == commit.oid]
    if not links:
        return None, "no link of this commit is in it"
    rewritten = _rewritten(links)
    sources = _sources(rewritten)
    if not sources:
        return None, f"{len(links)} links, none by rewriting: the signer's word"
    missing = [oid for oid in sources if not repository.has_commit(oid)]
    if missing:
        return None, f"not recomputed: {len(missing)} of {len(sources)} old commits are not in this clone"
    how, _ = _recompute(repository, commit, sources, rewritten)
    return ("rewritten", how) if how else (None, f"not recomputed: no equal patch among {len(sources)} old commits")


def proved_sources(statement: Statement, commit: CommitFacts, repository: Repository) -> tuple[str, ...]:
    """Give the old commits that this clone proves the commit to be rewritten from; empty where it proves none."""
    rewritten = _rewritten([link for link in links_of(statement.predicate) if link.commit == commit.oid])
    sources = tuple(oid for oid in _sources(rewritten) if repository.has_commit(oid))
    return _recompute(repository, commit, sources, rewritten)[1] if sources else ()


def _rewritten(links: list[Link]) -> list[Link]:
    return [link for link in links if link.kind is LinkKind.REWRITTEN and link.relation is Relation.AUTHORED]


def _sources(links: list[Link]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(oid for link in links for oid in link.derived_from))[:MAX_SOURCES]


def _recompute(
    repository: Repository, commit: CommitFacts, sources: tuple[str, ...], links: list[Link]
) -> tuple[str, tuple[str, ...]]:
    """Give how it was proved, and the old commits that this is about; empty words where it was not."""
    try:
        patches = read_patches(repository, (commit.oid, *sources))
        own = patches[commit.oid].patch_id
        if own is None:
            return "", ()
        equal = tuple(oid for oid in sources if patches[oid].patch_id == own)
        if equal:
            return f"patch {own[:16]} recomputed equal for {equal[0]}", equal
        how = _squash(repository, sources, own, links)
    except AttestError:
        return "", ()
    return how, sources if how else ()


def _squash(repository: Repository, sources: tuple[str, ...], own: str, links: list[Link]) -> str:
    """Hold the patch of the run that links name, as one, against the commit's; the old commits must stand on it."""
    runs = {item.value for link in links for item in link.evidence if item.what == "squashed-run"}
    for run in sorted(runs)[:MAX_RUNS]:
        base, _, tip = run.partition("..")
        on_it = {
            commit.oid for commit in log_commits(repository, (f"{base}..{tip}", "--first-parent"), most=MAX_SOURCES)
        }
        if set(sources) <= on_it and range_patch(repository, require_oid(base), require_oid(tip)).patch_id == own:
            return f"patch {own[:16]} recomputed equal for {run}"
    return ""
