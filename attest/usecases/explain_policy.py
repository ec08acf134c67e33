"""Explains a policy: where a commit stands under it and why; and runs the trials kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.changed_paths import changed_paths
from attest.evidence.policies import POLICY_FILE, nested_policies, read_policies
from attest.evidence.policy_base import policy_base
from attest.policy.document import parse_policy
from attest.policy.placing import Placement, place
from attest.policy.trial import TrialResult, parse_trials, run_trials

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.policy.values import Policy, Require

TRIALS_FOLDER: Final = ".attest/tests"
MAX_FILE_BYTES: Final = 1024 * 1024
MAX_TRIAL_FILES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where one commit stands under one policy, by its paths alone."""

    policy: Policy
    placement: Placement
    paths: tuple[str, ...]

    def asks(self) -> tuple[str, ...]:
        """Give what the tier asks for, in words; empty asks for nothing."""
        tier = self.policy.tier(self.placement.tier)
        words = [] if tier.unattributed == "report" else [f"unattributed: {tier.unattributed}"]
        return tuple(dict.fromkeys([*words, *(word for need in tier.requires for word in _words(need))]))


def explain_commit(repository: Repository, revision: str, now: datetime) -> tuple[tuple[Explanation, ...], str]:
    """Give, for every policy that holds for a commit, where it stands; and how the policy's base is called.

    Raises:
        InvalidInput: no such revision.
        CannotVerify: the policy cannot be read.
    """
    commit = repository.commit_facts(repository.resolve(revision))
    base, base_name = policy_base(repository, commit)
    if base is None:
        return (), base_name
    changes = changed_paths(repository, commit)
    raw = repository.tree_blob(base, POLICY_FILE)
    if raw is None:
        return (), base_name
    policies = (*read_policies(repository, base, raw), *nested_policies(repository, base, changes))
    paths = tuple(one.path.decode("utf-8", "replace") for one in changes)
    return tuple(
        Explanation(policy=one, placement=place(one, changes, (), today=now.date()), paths=paths) for one in policies
    ), base_name


def try_policy(folder: Path, now: datetime) -> tuple[Policy, tuple[TrialResult, ...]]:
    """Read the policy of a work tree and run its trials, so that a change of policy is tried before it is proposed.

    Raises:
        InvalidInput: there is no policy, or it or a trial cannot be read.
    """
    policy = parse_policy(_read(folder / POLICY_FILE), POLICY_FILE)
    files = sorted((folder / TRIALS_FOLDER).glob("*.yaml"))[:MAX_TRIAL_FILES]
    results = [
        run_trials(policy, parse_trials(_read(file), f"{TRIALS_FOLDER}/{file.name}"), now.date()) for file in files
    ]
    return policy, tuple(result for some in results for result in some)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err


def _words(need: Require) -> list[str]:
    words = [f"session: {need.session}"] if need.session != "none" else []
    words += ["plan: required"] if need.plan else []
    lists = (
        ("verification.ran", need.ran),
        ("verification.observed", need.observed),
        ("verification.passed", need.passed),
        ("access.deny", need.deny_access),
        ("agent.deny_permission_modes", need.deny_modes),
        ("agent.models", need.models),
        ("agent.names", need.names),
        ("capture.source", need.sources),
        ("capture.deny_gaps", need.deny_gaps),
    )
    words += [f"{name}: {', '.join(values)}" for name, values in lists if values]
    words += [f"witness: {need.witness} of the reader's own"] if need.witness else []
    if need.review is not None:
        asked = {"process before code": need.review.process_first, "on the newest commit": need.review.on_head}
        more = "".join(f", {word}" for word, holds in asked.items() if holds)
        carried = "; carried to a rewritten commit of equal patch" if need.review.carry else ""
        apart = ", ".join(need.review.apart_from) or "barred"
        words.append(f"review: {need.review.humans} people, none of them {apart}{more}{carried}")
    return words
