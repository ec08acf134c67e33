"""Git history, the ledger and release artifacts held against each other, both ways, each difference with why.

1. git       the commits of a range
2. log       the commits that the log tells how they came about, of this repository, those before the range left out
3. releases  commits of the range that a release was built from or contains, by the provenance that is logged
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.index import normal_repository
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.provenance import PROVENANCE_V02, PROVENANCE_V1, read_artifact_statement, repository_place
from attest.model.tie_out import Difference, Named, differences
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.population_rows import Ground, entries_of, spoken_commits
from attest.usecases.commit_context import repository_name
from attest.usecases.population_ground import NO_RECORD, range_ids
from attest.usecases.survey import survey

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.usecases.instance import Instance

GIT, LOG, RELEASES = "git", "log", "releases"
_RECORD: Final = ("no session or declaration is recorded", "record or import the session, or `whereof declare`")
_MARKED: Final = (
    "it bears an agent’s mark, and no session is recorded",
    "`whereof import`, or `whereof record --commit`",
)
_OUTSIDE: Final = (
    "the clone has it outside the range: amended, rebased, or on another branch",
    "`whereof carry`, or a range that holds it",
)
_ELSEWHERE: Final = (
    "the clone does not have it: made elsewhere, rewritten, or its branch was deleted",
    "`git fetch`, or `whereof carry --pairs`",
)
_UNRELEASED: Final = (
    "no release whose provenance is logged contains it",
    "a later release, or its provenance handed in",
)
_BUILT_ELSEWHERE: Final = (
    "a release was built from it, and it is not in the range",
    "the tag that was built, fetched and named",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What each source names, and where they part."""

    sources: tuple[Named, ...]
    differences: tuple[Difference, ...]
    tree_size: int
    not_compared: tuple[str, ...]
    """Sources that had nothing to say, and why: that is not agreement."""

    @property
    def ties(self) -> bool:
        """Whether all sources were there and name the same commits."""
        return not self.differences and not self.not_compared


def reconcile_range(
    instance: Instance, repository: Repository, ends: tuple[str, str], tree_size: int
) -> Reconciliation:
    """Hold the sources against each other for the range (base, tip), the log as it stood at a tree size.

    Raises:
        InvalidInput: more than 100,000 commits.
        CannotVerify: the clone does not have both ends.
    """
    base, tip = ends
    commits = frozenset(range_ids(repository, base, tip, changes=False))
    git = Named(source=GIT, query=f"git rev-list {tip} ^{base}", ids=commits)
    name = normal_repository(repository_name(repository, tip))
    older = frozenset(repository.plumbing(["rev-list", base, "--"]).decode("ascii").split())
    log = logged_commits(instance, name, tree_size, apart_from=older)
    built = _built(instance, name, tree_size)
    explain = _Explain(repository, base, tip)
    found = list(differences(git, log, explain.said))
    sources, missing = [git, log], []
    if built:
        releases = _contained(repository, built, ends)
        sources.append(releases)
        found += differences(git, releases, explain.said)
        found += differences(log, releases, explain.said)
    else:
        missing.append("releases: no build provenance of this repository is logged")
    return Reconciliation(
        sources=tuple(sources), differences=tuple(found), tree_size=tree_size, not_compared=tuple(missing)
    )


def logged_commits(
    instance: Instance, repository: str, tree_size: int, *, apart_from: frozenset[str] = frozenset()
) -> Named:
    """Give the commits of a repository that the log tells how they came about."""
    ground = Ground(tree_size=tree_size, repository=repository)
    told = NO_RECORD - {DECLARATION_V1}
    ids = {
        one.oid
        for one in spoken_commits(instance.engine, instance.scope, ground)
        if one.predicate_type not in told and one.oid not in apart_from
    }
    return Named(source=LOG, query=f"log below {tree_size}, repository {repository}"[:500], ids=frozenset(ids))


class _Explain:
    """Says why a commit is named by one source alone."""

    def __init__(self, repository: Repository, base: str, tip: str) -> None:
        self._repository = repository
        self._marked = frozenset(one.oid for one in survey(repository, (f"{base}..{tip}",)).commits if one.marks)

    def said(self, oid: str, here: str, there: str) -> tuple[str, str]:
        if there == RELEASES:
            return _UNRELEASED
        if there == LOG:
            return _MARKED if oid in self._marked else _RECORD
        if here == RELEASES and self._repository.has_commit(oid):
            return _BUILT_ELSEWHERE
        return _OUTSIDE if self._repository.has_commit(oid) else _ELSEWHERE


def _built(instance: Instance, repository: str, tree_size: int) -> frozenset[str]:
    """Give the commits that logged provenance names as sources, of this repository."""
    place = repository_place(repository)
    found = set()
    ground = Ground(tree_size=tree_size, predicate_types=(PROVENANCE_V1, PROVENANCE_V02))
    for name in entries_of(instance.engine, instance.scope, ground):
        stored = attestations.by_id(instance.engine, instance.scope, name)
        try:
            said = read_artifact_statement(parse_envelope(stored.leaf.envelope).payload) if stored else None
        except AttestError:
            continue
        if said is not None and said.provenance is not None:
            found |= {one.oid for one in said.provenance.sources if one.place == place}
    return frozenset(found)


def _contained(repository: Repository, built: frozenset[str], ends: tuple[str, str]) -> Named:
    here = sorted(oid for oid in built if repository.has_commit(oid))
    listing = repository.plumbing(["rev-list", *here, f"^{ends[0]}", "--"]) if here else b""
    inside = frozenset(listing.decode("ascii").split())
    ids = inside | (built - frozenset(here))
    return Named(source=RELEASES, query="commits that logged build provenance names or contains", ids=ids)
