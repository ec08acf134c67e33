"""Links carried from commits to what became of them: the source's links, as weak as the weakest step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.history.commits import log_commits
from attest.history.prints import prints, squashed_runs
from attest.history.refs import list_refs
from attest.model.commit_print import is_inverse
from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, Relation, weaker
from attest.model.rewrites import match_rewrites
from attest.model.trailers import reverted_commits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attest.git import Repository
    from attest.history.commits import HistoryCommit
    from attest.model.commit_print import CommitPrint
    from attest.model.rewrites import Rewrite

MAX_TIPS: Final = 256
"""Branches and pull-request heads whose commits are looked at for what landed in another form."""
MAX_SQUASHED: Final = 64
"""Branches with linked commits that are looked at as if they had been squashed, the last ones git lists."""
MAX_OLD: Final = 5_000
BRANCHES: Final = ("refs/heads/", "refs/remotes/", "refs/pull/", "refs/merge-requests/")
OTHER_TOOLS: Final = ("entire/", "/entire/")
"""Branches of other tools that hold records, not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A line of work: the commits from where it left what landed to its tip."""

    base: str
    tip: str
    oids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCommits:
    """Commits that may have become others, oldest first, and the branches they stand on."""

    commits: tuple[HistoryCommit, ...]
    branches: tuple[Branch, ...]

    def only(self, worth: frozenset[str]) -> OldCommits:
        """Keep the branches that hold one of some commits, whole: what was squashed with it belongs to it."""
        branches = tuple(branch for branch in self.branches if branch.oids & worth)
        inside = worth.union(*(branch.oids for branch in branches))
        return OldCommits(commits=tuple(c for c in self.commits if c.oid in inside), branches=branches)


def unmerged(repository: Repository, landed: str) -> OldCommits:
    """Find the commits of every branch and pull-request head in the clone that are not in what landed."""
    tips: dict[str, None] = {}
    for ref in list_refs(repository, *BRANCHES):
        if ref.kind == "commit" and not any(part in ref.name for part in OTHER_TOOLS) and ref.oid != landed:
            tips.setdefault(ref.oid)
    commits: dict[str, HistoryCommit] = {}
    branches: list[Branch] = []
    for tip in list(tips)[-MAX_TIPS:]:
        own = old_range(repository, landed, tip)
        commits |= {commit.oid: commit for commit in own.commits}
        branches += own.branches
        if len(commits) > MAX_OLD:
            break
    return OldCommits(commits=tuple(commits.values()), branches=tuple(branches))


def old_range(repository: Repository, base: str, tip: str) -> OldCommits:
    """Give the commits of `base..tip`, oldest first; nothing where the clone does not hold them."""
    try:
        found = log_commits(repository, (f"{base}..{tip}",), most=MAX_OLD)
    except AttestError:
        return OldCommits(commits=(), branches=())
    left = repository.merge_base(base, tip) if len(found) > 1 else None
    branch = Branch(base=left or base, tip=tip, oids=frozenset(commit.oid for commit in found))
    return OldCommits(commits=tuple(reversed(found)), branches=(branch,) if left else ())


def find_rewrites(
    repository: Repository, old: OldCommits, new: Sequence[HistoryCommit], *, pairs: Iterable[tuple[str, str]] = ()
) -> tuple[Rewrite, ...]:
    """Match old commits to new ones (oldest first), reading their patches from the clone."""
    pairs = tuple(pairs)
    if not new or not (old.commits or pairs):
        return ()
    # Runs cost several calls of git each, so only so many branches are looked at as if they had been squashed.
    runs = [
        run for branch in old.branches[-MAX_SQUASHED:] for run in squashed_runs(repository, branch.base, branch.tip)
    ]
    return match_rewrites(prints(repository, old.commits), prints(repository, new), pairs=pairs, squashed=runs)


def carried(rewrite: Rewrite, links: Iterable[Link]) -> tuple[Link, ...]:
    """Give the links of an old commit as links of the new one; what has no credit there gets none here."""
    grounds = (
        LinkEvidence(what="rewritten-from", value=rewrite.old),
        LinkEvidence(what="likeness", value=f"{rewrite.score:.3f}"),
        *((LinkEvidence(what="squashed-run", value=rewrite.run),) if rewrite.run else ()),
    )
    return tuple(
        replace(
            link,
            commit=rewrite.new,
            kind=LinkKind.REWRITTEN,
            confidence=weaker(link.confidence, rewrite.confidence),
            method=rewrite.method,
            derived_from=(rewrite.old,),
            evidence=(*grounds, LinkEvidence(what="from-kind", value=link.kind.value), *link.evidence)[:16],
            overlap=None,
            asserted_by="git",
            time=None,
            attestation=None,
        )
        for link in links
        if link.credited
    )


def reverting(
    repository: Repository, commit: HistoryCommit, links_of: Callable[[str], tuple[Link, ...]]
) -> tuple[Link, ...]:
    """Give the links of what a commit takes back, with relation `reverts`: never credited as authored."""
    out: list[Link] = []
    for name in reverted_commits(commit.message):
        try:
            taken = log_commits(repository, (f"{repository.resolve(name)}^!",), most=1)
        except AttestError:
            continue
        if not taken:
            continue
        this, that = prints(repository, (commit, taken[0]))
        out += [_reverts(link, this, that) for link in links_of(that.oid) if link.credited]
    return tuple(out)


def _reverts(link: Link, this: CommitPrint, that: CommitPrint) -> Link:
    agrees = is_inverse(this, that)
    return replace(
        link,
        commit=this.oid,
        kind=LinkKind.DECLARED,
        relation=Relation.REVERTS,
        confidence=Confidence.STRONG if agrees else Confidence.HINT,
        method="revert@1",
        derived_from=(that.oid,),
        evidence=(LinkEvidence(what="inverse-patch", value="agrees" if agrees else "differs"),),
        overlap=None,
        asserted_by="git" if agrees else "commit-message",
        time=None,
        attestation=None,
    )
