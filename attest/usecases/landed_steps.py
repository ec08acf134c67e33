"""The steps of a protected branch, as git alone shows them, and the policy that stood below each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.model.landings import Landed, landings, parse_parents
from attest.policy.document import parse_policy
from attest.policy.operation import NOT_READ, UNPROTECTED
from attest.usecases.verify import POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.git import Repository
    from attest.history.objects import ObjectReader

MAX_CHANGES: Final = 10_000
MAX_POLICY_BYTES: Final = 1024 * 1024
MAX_BRANCH_COMMITS: Final = 200_000
"""Commits of a branch that are read to find what brought those of a range."""

Steps = list[tuple[Landed, int]]
"""Steps of a first-parent line, newest first, each with its committer's time: seconds since the epoch, unsigned."""


def branch_tip(repository: Repository, branch: str) -> str:
    """Give the tip of a revision; of none, the remote's default branch as last fetched, else HEAD."""
    if branch:
        return repository.resolve(branch)
    return repository.default_branch() or repository.resolve("HEAD")


def steps_of_period(repository: Repository, tip: str, period: tuple[int, int]) -> Steps:
    """Give the steps whose committer's time is in [start, end).

    Raises:
        InvalidInput: more than 10,000.
    """
    start, end = period
    times = _times(repository, tip, ())
    inside = [oid for oid, at in times.items() if start <= at < end]
    if len(inside) > MAX_CHANGES:
        raise InvalidInput("input.too-large", "changes of a period", expected=f"<= {MAX_CHANGES}", got=str(len(inside)))
    if not inside:
        return []
    line = list(times)
    # Below the oldest step of the period nothing is needed: what it brought ends where its first parent's history begins.
    oldest = max(line.index(oid) for oid in inside)
    below = [f"^{line[oldest + 1]}"] if oldest + 1 < len(line) else []
    parents = parse_parents(repository.plumbing(["rev-list", "--parents", tip, *below, "--"]))
    return [(step, times[step.oid]) for step in landings(parents, tip) if start <= times.get(step.oid, -1) < end]


def steps_that_brought(repository: Repository, tip: str, base: str, oids: Iterable[str]) -> Steps | None:
    """Give the steps above `base` that brought any of these commits; None where the branch is too long to say."""
    most = MAX_BRANCH_COMMITS + 1
    listing = repository.plumbing(["rev-list", f"--max-count={most}", "--parents", tip, f"^{base}", "--"])
    parents = parse_parents(listing)
    if len(parents) == most:
        return None
    wanted = frozenset(oids)
    times = _times(repository, tip, (f"^{base}",))
    return [(step, times[step.oid]) for step in landings(parents, tip) if wanted.intersection(step.brought)]


def _times(repository: Repository, tip: str, below: tuple[str, ...]) -> dict[str, int]:
    arguments = ["log", "--first-parent", "--format=%H %ct", "--end-of-options", tip, *below, "--"]
    listing = repository.plumbing(arguments).decode("ascii")
    return {oid: int(at) for oid, at in (line.split() for line in listing.splitlines())}


class PolicyModes:
    """The mode of policy and rule at a commit, each policy file read once."""

    def __init__(self, repository: Repository, rule: str) -> None:
        self._repository = repository
        self._rule = rule
        self._known: dict[str, tuple[str, str | None]] = {}

    def at(self, oid: str, objects: ObjectReader) -> tuple[str, str | None]:
        """Give both; of a root commit there was no policy before it."""
        item = objects.read(f"{oid}:{POLICY_FILE}", max_bytes=MAX_POLICY_BYTES) if oid else None
        if item is None:
            return UNPROTECTED, None
        if item.oid not in self._known:
            self._known[item.oid] = self._read(item.data)
        return self._known[item.oid]

    def _read(self, raw: bytes | None) -> tuple[str, str | None]:
        if raw is None:
            return NOT_READ, None
        try:
            policy = parse_policy(raw, POLICY_FILE)
        except AttestError:
            return NOT_READ, None
        return policy.mode, next((one.mode for one in policy.rules if one.id == self._rule), None)
