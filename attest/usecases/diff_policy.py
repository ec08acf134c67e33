"""What a change of policy would have decided: two revisions of the policy over the commits of the last days.

1. policies  the one that applies now and the one proposed, each with all that it extends
2. commits   those that the branch has had in the last days, by committer time, at most 5,000
3. judge     every commit twice, on the same evidence, once under each
4. differ    where verdict, exit code or tier is another, and what made it so

Nothing is written, and nothing is asked of anybody: what needs a complete answer is `indeterminate` under both, unless
the caller's evidence says otherwise. Commit times are the committers' word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.changed_paths import range_paths, range_rows
from attest.evidence.locate import shared_commits
from attest.evidence.policies import POLICY_FILE, nested_policies, read_policies, work_tree_policies
from attest.evidence.trust import pinned_roots
from attest.model.verdict import Verdict
from attest.signing.memo import Memo
from attest.usecases.answer_book import AnswerBook
from attest.usecases.verify import Ground, Verification
from attest.usecases.verify_range import read_commits, require_whole

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.verdict import CommitVerdict, Reason
    from attest.policy.values import Policy
    from attest.usecases.verify import VerifyRequest

MAX_COMMITS: Final = 5000
MAX_DAYS: Final = 3650
_DAYS: Final = re.compile(r"([1-9][0-9]{0,3})d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One commit that the proposed policy decides otherwise."""

    before: CommitVerdict
    after: CommitVerdict
    why: Reason | None
    """The gravest reason of the proposed policy, or, where that passes, the one that fell away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What the proposed policy would have changed."""

    before: str
    after: str
    since: datetime
    judged: int
    cut: bool
    """There are more commits than were judged."""
    changes: tuple[Change, ...]

    @property
    def stopped(self) -> tuple[Change, ...]:
        """Commits that would have stopped a pipeline, and did not."""
        return tuple(one for one in self.changes if one.after.exit_code and not one.before.exit_code)

    @property
    def let_through(self) -> tuple[Change, ...]:
        """Commits that would no longer stop one."""
        return tuple(one for one in self.changes if one.before.exit_code and not one.after.exit_code)


def days_of(text: str) -> int:
    """Read a span such as `90d`.

    Raises:
        InvalidInput: it is none, or longer than 3,650 days.
    """
    found = _DAYS.fullmatch(text)
    if found is None or int(found[1]) > MAX_DAYS:
        raise InvalidInput("input.usage", "not a number of days", expected=f"1d to {MAX_DAYS}d", got=text[:20])
    return int(found[1])


def policy_impact(request: VerifyRequest, folder: Path, revisions: tuple[str, str | None], *, days: int) -> Impact:
    """Compare the policy at a revision with the one at another, or in the work tree at `folder` (None).

    `request.revision` is the branch whose commits are judged; `request.now` the moment that days and ages count from.

    Raises:
        InvalidInput: a revision does not exist or holds no policy.
        CannotVerify: a policy cannot be read; `git.shallow`, the clone hides history.
    """
    repository, now = request.repository, request.now
    if now is None:
        raise CannotVerify("policy.malformed", "no moment to count days from", where="policy diff")
    old, new = revisions
    base = repository.resolve(old)
    proposed = repository.resolve(new) if new is not None else None
    before = _at(repository, base)  # 1
    after = _at(repository, proposed) if proposed is not None else work_tree_policies(folder)
    since = now - timedelta(days=days)
    oids, cut = _commits_since(repository, repository.resolve(request.revision), int(since.timestamp()))  # 2
    commits = read_commits(repository, oids)
    require_whole(repository, commits)
    grounds = _grounds(request, commits, ((base, before), (proposed or base, after)))
    changes = []
    for commit in commits:  # 3
        first, second = (_judged(commit, ground) for ground in grounds)
        if _seen(first) != _seen(second):  # 4
            changes.append(Change(before=first, after=second, why=_why(first, second)))
    return Impact(
        before=before[0].name, after=after[0].name, since=since, judged=len(commits), cut=cut, changes=tuple(changes)
    )


def _at(repository: Repository, oid: str) -> tuple[Policy, ...]:
    raw = repository.tree_blob(oid, POLICY_FILE)
    if raw is None:
        raise InvalidInput("input.not-found", "no policy there", where=f"{oid[:12]}:{POLICY_FILE}")
    return read_policies(repository, oid, raw)


def _commits_since(repository: Repository, tip: str, since: int) -> tuple[tuple[str, ...], bool]:
    """Give the commits of a branch whose committer time is not before a moment, newest first."""
    raw = repository.plumbing(["rev-list", "--timestamp", f"--max-count={MAX_COMMITS + 1}", tip, "--"])
    rows = [line.split(" ") for line in raw.decode("ascii").splitlines()]
    found = [oid for at, oid in rows[:MAX_COMMITS] if int(at) >= since]
    return tuple(found), len(rows) > MAX_COMMITS and len(found) == MAX_COMMITS


def _grounds(
    request: VerifyRequest, commits: tuple[CommitFacts, ...], sides: tuple[tuple[str, tuple[Policy, ...]], ...]
) -> tuple[Ground, ...]:
    """Give what the commits are judged on: the same under both policies but for the policies.

    Policies of folders are those at each revision; beside a policy of the work tree, those at the first.
    """
    repository, memo = request.repository, Memo()
    first, _ = sides[0]
    roots = pinned_roots(request.trust, repository, first, request.trust_dir, revocations=request.revocations)
    paths = range_paths(repository, commits, range_rows(repository, commits))
    every = [one for changes in paths.values() for one in changes]
    oids = tuple(one.oid for one in commits)
    book = AnswerBook(
        files=(), source=request.answers, wanted=oids, roots=roots, memo=memo, index_keys=request.index_keys
    )
    shared = shared_commits(repository)
    return tuple(
        Ground(
            request=request,
            named=(),
            base=base,
            base_name=policies[0].name,
            policies=policies,
            roots=roots,
            memo=memo,
            paths=paths,
            nested=nested_policies(repository, base, every),
            shared=shared,
            book=book,
        )
        for base, policies in sides
    )


def _judged(commit: CommitFacts, ground: Ground) -> CommitVerdict:
    run = Verification(commit)
    run.base_name = ground.base_name
    run.takes(ground.policies)
    run.trusts(ground.roots)
    return run.judged(ground)


def _seen(one: CommitVerdict) -> tuple[Verdict, int, str]:
    return one.verdict, one.exit_code, one.tier


def _why(before: CommitVerdict, after: CommitVerdict) -> Reason | None:
    told = after if after.verdict is not Verdict.PASS else before
    return max(told.reasons, key=lambda one: one.verdict.severity, default=None)
