"""The roll-up of a pull request: its commits as the operator's clone has them, each with its answer, and the worst verdict.

Nothing here comes from a forge but the number that a reader typed, or the head that a hook names: a head that the clone has
not is "could not check", never a pass. A pull request that landed, and whose own commits are all on the branch, is found by
the commit that says that it landed it; that is anybody's word, so how it was found is always told, and a hook's head is
never judged by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.clones import clones_of
from api.forges.config import REFS
from api.routes.commits import answer_of
from attest.errors import Absent, AttestError
from attest.model.answer import Mark, Row
from attest.model.answer_rows import plural
from attest.model.verdict import Verdict
from attest.usecases.coverage_over import coverage_between
from attest.usecases.pulls import landed_as

if TYPE_CHECKING:
    from api.clones import Clone
    from api.forges.pull import Pull
    from api.service import Service
    from attest.git import Repository
    from attest.model.answer import Answer
    from attest.usecases.coverage_over import CoverageOver

MAX_COMMITS: Final = 100
"""Commits of one roll-up; more are counted and the whole is "could not check"."""
APPROVED: Final = 7
_BY_HOOK: Final = "the head that a hook named"
_BY_REF: Final = "the forge’s ref in this clone, as last fetched"
_BY_MESSAGE: Final = "the commit that landed names it in its message: anybody’s word, signed by nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCommit:
    """One commit of a pull request, with what is known of it."""

    oid: str
    answer: Answer

    @property
    def verdict(self) -> Verdict:
        """Give its verdict."""
        return self.answer.verdict.word

    @property
    def reviews(self) -> tuple[Row, ...]:
        """Give the rows of those who signed."""
        return tuple(row for row in self.answer.section(APPROVED).rows if row.mark is not Mark.ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """One pull request as it stands here."""

    pull: Pull
    name: str
    """The repository as statements name it."""
    head: str
    how: str
    """How its commits were found in the clone."""
    landed: str = ""
    """The commit that says that it landed it; empty where none does."""
    base: str = ""
    """Where it left the branch it goes to; empty where that is not known."""
    commits: tuple[PullCommit, ...] = ()
    """Newest first."""
    coverage: CoverageOver | None = None
    """The state of each commit; None where its commits are not known."""
    verdict: Verdict = Verdict.INDETERMINATE
    why: str = ""
    exit_code: int = Verdict.INDETERMINATE.exit_code
    """What `whereof verify` would give for the worst of its commits, each in the mode of its policy."""

    @property
    def sessions(self) -> tuple[str, ...]:
        """Give the sessions behind it, each once."""
        return tuple(dict.fromkeys(name for one in self.commits for name in one.answer.sessions))

    @property
    def observed(self) -> bool:
        """Say whether it passes only because a policy observes."""
        return self.exit_code == 0 and self.verdict is not Verdict.PASS


def roll_up(service: Service, pull: Pull, *, head: str | None = None) -> RollUp:
    """Give the roll-up of a pull request; `head` is what a hook named, else the clone's own ref decides.

    Raises:
        Absent: `service.not-found`, no clone here is of that repository or holds such a pull request.
    """
    clone = _clone(service, pull)
    branch = clone.repository.default_branch() or _branch(clone.repository)
    landed = landed_as(clone.repository, branch, pull.number) if branch else ""
    tip = head if head is not None else _head(clone.repository, pull) or landed
    if not tip:
        raise Absent("service.not-found")
    found = RollUp(pull=pull, name=clone.name, head=tip, landed=landed, how=_BY_HOOK if head else _BY_REF)
    if not clone.repository.has_commit(tip):
        return replace(found, why="the clone here has not fetched this head")
    base = clone.repository.merge_base(tip, branch) if branch else None
    if base is None:
        return replace(found, why="where it leaves its branch is not known: the clone has no default branch")
    if base == tip and landed and head is None:
        tip, base = landed, next(iter(clone.repository.commit_facts(landed).parents), tip)
        found = replace(found, how=_BY_MESSAGE)
    return _rolled(service, clone.repository, replace(found, base=base), tip)


def _rolled(service: Service, clone: Repository, found: RollUp, tip: str) -> RollUp:
    coverage = coverage_between(service.instance, clone, (found.base, tip))
    oids = [one.oid for one in coverage.commits]
    if not oids:
        return replace(found, why="it has no commit of its own")
    if len(oids) > MAX_COMMITS:
        return replace(found, why=f"it has more than {MAX_COMMITS} commits: use `whereof verify`")
    commits = tuple(PullCommit(oid=oid, answer=answer_of(service, oid)) for oid in oids)
    worst = max(commits, key=lambda one: one.verdict.severity)
    return replace(
        found,
        commits=commits,
        coverage=coverage,
        verdict=worst.verdict,
        why=f"{plural(len(commits), 'commit')}; {worst.oid[:12]}: {worst.answer.verdict.what}",
        exit_code=max((one.answer.verdict.exit_code for one in commits), key=_alarm),
    )


def _alarm(code: int) -> int:
    by_code = {verdict.exit_code: verdict.severity for verdict in Verdict}
    return by_code[code]


def _clone(service: Service, pull: Pull) -> Clone:
    """Give the clone of a repository named with its host, or without where only one of that name is served."""
    named = f"{pull.owner}/{pull.repo}".removesuffix(".git").casefold()
    names = [(one.name.removesuffix(".git").casefold(), one) for one in clones_of(service)]
    whole = [one for name, one in names if name == named]
    ending = [one for name, one in names if name.endswith(f"/{named}")]
    fits = whole or (ending if len(ending) == 1 else [])
    if not fits:
        raise Absent("service.not-found")
    return fits[0]


def _head(clone: Repository, pull: Pull) -> str | None:
    number = {"n": str(pull.number), "nn": f"{pull.number % 100:02d}"}
    for pattern in REFS[pull.forge]:
        name = pattern.format(**number)
        try:
            return clone.resolve(_newest(clone, name.removesuffix("*")) if name.endswith("*") else name)
        except AttestError:
            continue
    return None


def _newest(clone: Repository, prefix: str) -> str:
    names = clone.plumbing(("for-each-ref", "--format=%(refname)", prefix.rstrip("/"))).decode().split()
    numbers = [int(end) for name in names if (end := name.removeprefix(prefix)).isdigit()]
    return f"{prefix}{max(numbers, default=0)}"


def _branch(clone: Repository) -> str | None:
    for name in ("refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"):
        try:
            return clone.resolve(name)
        except AttestError:
            continue
    return None
