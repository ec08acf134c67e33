"""Coverage of a branch over time: each commit of a clone in one of six states, with when it was made and what it changed.

1. git      commits of a revision, newest first, within a period and below a path
2. log      commits that entries tell how they came about: covered, declared
3. gate     `exempt` and `before-start` as this instance's own newest logged coverage says; no policy is applied again
4. marks    an agent's mark in git without a record: marked; all others: unmarked, which is "not known"

Times are the committer's, signed by nobody. Nothing here names a person.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.model.coverage import coverage_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.range_verdict import STATES
from attest.store.log_reader import LogReader
from attest.store.population_rows import Ground, spoken_of
from attest.usecases.population_ground import Told, statements_of
from attest.usecases.survey import survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.git import Repository
    from attest.usecases.instance import Instance

MAX_COMMITS: Final = 5_000
_SAID: Final = frozenset({"exempt", "before-start"})
_PLAIN_PATH: Final = re.compile(r"[^\x00-\x1f:*?\[\]\\]{1,400}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Which commits: times in seconds since the epoch, the end not included; None is open. An empty path is all."""

    since: int | None = None
    until: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredCommit:
    """One commit."""

    oid: str
    committed_at: int
    subject: str
    """Hostile text."""
    state: str
    marks: tuple[str, ...]
    paths: tuple[str, ...]
    first: int | None = None
    """Index of the first entry that speaks of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageOver:
    """All of them."""

    commits: tuple[CoveredCommit, ...]
    """Newest first."""
    tree_size: int
    root: str
    shallow: bool
    cut: bool
    """There are more than were read: older ones are not counted."""

    def states(self) -> Mapping[str, int]:
        """Give how many commits are in each state, states without commits included."""
        counted = Counter(one.state for one in self.commits)
        return {state: counted[state] for state in STATES}


def coverage_over(instance: Instance, repository: Repository, tip: str, period: Period) -> CoverageOver:
    """Give the coverage of the newest 5,000 commits that a period asks for.

    Raises:
        InvalidInput: a path with characters that git would read as a pattern.
    """
    if period.path and (not _PLAIN_PATH.fullmatch(period.path) or period.path.startswith("/")):
        raise InvalidInput("input.usage", "a path", expected="a plain path inside the repository", got=period.path[:80])
    times = _times(repository, [*_narrowed(period, MAX_COMMITS + 1), "--end-of-options", tip, *_below(period)])  # 1
    paths = _paths(repository, tip, period, min(len(times), MAX_COMMITS))
    return _over(instance, repository, times, (tip, paths))


def coverage_between(instance: Instance, repository: Repository, ends: tuple[str, str]) -> CoverageOver:
    """Give the coverage of the newest 5,000 commits that the second end has and the first has not, without their paths."""
    base, tip = ends
    times = _times(
        repository, [f"--max-count={MAX_COMMITS + 1}", "--topo-order", "--end-of-options", tip, f"^{base}", "--"]
    )
    return _over(instance, repository, times, (tip, {}))


def _over(
    instance: Instance,
    repository: Repository,
    times: Mapping[str, int],
    known: tuple[str, Mapping[str, tuple[str, ...]]],
) -> CoverageOver:
    tip, paths = known
    oids = list(times)[:MAX_COMMITS]
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    size = head.tree_size if head else 0
    told: dict[str, Told] = {}
    for one in spoken_of(instance.engine, instance.scope, oids, size):  # 2
        told.setdefault(one.oid, Told()).add(one)
    said = _said(instance, size, frozenset(oids))  # 3
    marked = {one.oid: one for one in survey(repository, _revisions(repository, tip, oids)).commits}  # 4
    rows = []
    for oid in oids:
        git, log = marked.get(oid), told.get(oid)
        marks = git.marks if git else ()
        rows.append(
            CoveredCommit(
                oid=oid,
                committed_at=times[oid],
                subject=git.subject if git else "",
                state=_state(log, said.get(oid, ""), marks),
                marks=marks,
                paths=paths.get(oid, ()),
                first=min(log.indices) if log else None,
            )
        )
    return CoverageOver(
        commits=tuple(rows),
        tree_size=size,
        root=head.root.hex() if head else "",
        shallow=repository.is_shallow(),
        cut=len(times) > MAX_COMMITS,
    )


def _state(log: Told | None, said: str, marks: tuple[str, ...]) -> str:
    if log is not None and log.state in {"covered", "declared"}:
        return log.state
    return said or ("marked" if marks else "unmarked")


def _revisions(repository: Repository, tip: str, oids: Sequence[str]) -> tuple[str, ...]:
    """Give revisions that hold the commits and little else: what the oldest one grew from is left out."""
    if not oids:
        return (tip, f"^{tip}")
    return (tip, *(f"^{one}" for one in repository.commit_facts(oids[-1]).parents))


def _narrowed(period: Period, most: int) -> list[str]:
    found = [f"--max-count={most}"]
    if period.since is not None:
        found.append(f"--since=@{period.since}")
    if period.until is not None:
        found.append(f"--until=@{period.until - 1}")
    return found


def _below(period: Period) -> list[str]:
    return ["--", period.path] if period.path else ["--"]


def _times(repository: Repository, asked: Sequence[str]) -> dict[str, int]:
    listing = repository.plumbing(["log", "--format=%H %ct", *asked])
    return {oid: int(at) for oid, at in (line.split() for line in listing.decode("ascii").splitlines())}


def _paths(repository: Repository, tip: str, period: Period, most: int) -> dict[str, tuple[str, ...]]:
    """Give the changed paths of each commit; git quotes a path with control characters, so no name forges a commit."""
    if not most:
        return {}
    arguments = ["log", "--format=%x1e%H", "--name-only", "--no-renames", *_narrowed(period, most)]
    listing = repository.plumbing([*arguments, "--end-of-options", tip, *_below(period)])
    found = {}
    for block in listing.decode("utf-8", "replace").split("\x1e")[1:]:
        oid, *names = block.split("\n")
        found[oid] = tuple(name for name in names if name)
    return found


def _said(instance: Instance, tree_size: int, oids: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for stored, statement in statements_of(instance, Ground(tree_size=tree_size, predicate_types=(COVERAGE_V1,))):
        if stored.issuer != instance.services.issuer:
            continue
        try:
            rows = coverage_of(statement.predicate).coverage.rows
        except AttestError:
            continue
        found |= {row.oid: row.state if row.state in _SAID else "" for row in rows if row.oid in oids}
    return found
