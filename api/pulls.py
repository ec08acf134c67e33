"""The roll-up of a pull request: its commits as the operator's clone has them, each with its answer, and the worst verdict.

Nothing here comes from a forge but the number that a reader typed, or the head that a hook names: a head that the clone has
not is "could not check", never a pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.forges.config import REFS
from api.routes.commits import answer_of
from attest.errors import Absent, AttestError
from attest.git import Repository
from attest.model.answer import Mark, Row
from attest.model.commit import repository_uri
from attest.model.verdict import Verdict

if TYPE_CHECKING:
    from api.forges.pull import Pull
    from api.service import Service
    from attest.model.answer import Answer

MAX_COMMITS: Final = 100
"""Commits of one roll-up; more are counted and the whole is "could not check"."""
APPROVED: Final = 7


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
    head: str
    base: str
    """Where it left the branch it goes to; empty where that is not known."""
    commits: tuple[PullCommit, ...]
    """Newest first."""
    verdict: Verdict
    why: str
    exit_code: int
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
    tip = head if head is not None else _head(clone, pull)
    if tip is None:
        raise Absent("service.not-found")
    if not clone.has_commit(tip):
        return _undecided(pull, tip, "the clone here has not fetched this head")
    branch = clone.default_branch() or _branch(clone)
    base = clone.merge_base(tip, branch) if branch else None
    if base is None:
        return _undecided(pull, tip, "where it leaves its branch is not known: the clone has no default branch")
    listed = clone.plumbing(("rev-list", f"--max-count={MAX_COMMITS + 1}", f"{base}..{tip}"))
    oids = listed.decode("ascii").split()
    commits = tuple(PullCommit(oid=oid, answer=answer_of(service, oid)) for oid in oids[:MAX_COMMITS])
    if not commits:
        return _undecided(pull, tip, "it has no commit of its own", base)
    if len(oids) > MAX_COMMITS:
        return _undecided(pull, tip, f"it has more than {MAX_COMMITS} commits: use `whereof verify`", base)
    worst = max(commits, key=lambda one: one.verdict.severity)
    code = max((one.answer.verdict.exit_code for one in commits), key=_alarm)
    why = f"{len(commits)} commits; {worst.oid[:12]}: {worst.answer.verdict.what}"
    return RollUp(pull=pull, head=tip, base=base, commits=commits, verdict=worst.verdict, why=why, exit_code=code)


def _undecided(pull: Pull, head: str, why: str, base: str = "") -> RollUp:
    verdict = Verdict.INDETERMINATE
    return RollUp(pull=pull, head=head, base=base, commits=(), verdict=verdict, why=why, exit_code=verdict.exit_code)


def _alarm(code: int) -> int:
    by_code = {verdict.exit_code: verdict.severity for verdict in Verdict}
    return by_code[code]


def _clone(service: Service, pull: Pull) -> Repository:
    wanted = f"/{pull.owner}/{pull.repo}".casefold()
    clones = [Repository.open(path) for path in service.config.repositories]
    fits = [clone for clone in clones if _path(clone).casefold().endswith(wanted)]
    if not fits:
        raise Absent("service.not-found")
    return fits[0]


def _path(clone: Repository) -> str:
    uri = repository_uri(clone.remote_url(), "")
    return uri.removesuffix(".git")


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
