"""Verify one commit: does it have the evidence that its policy asks for? Offline, from a clone and plain files.

1. commit    resolve the revision; hash the raw commit object
2. policy    find the policy's base and read it there, never in the change it judges
3. trust     the roots that are pinned
4. evidence  find the bundles kept for this commit, and those the caller named
5. judge     each on its own (attest.evidence.offline)
6. verdict   what they come to under the policy

Nothing on this path needs a network, a database, or more than `cryptography`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.evidence.locate import find_bundles, read_named
from attest.evidence.offline import judge
from attest.evidence.trust import pinned_roots
from attest.model.verdict import CommitVerdict, EvidenceReport, Outcome, Step, Verdict
from attest.policy import evidence_only
from attest.signing.memo import Memo

if TYPE_CHECKING:
    from attest.evidence.trust import PinnedRoot
    from attest.git import Repository
    from attest.model.commit import CommitFacts

STEPS: Final = ("commit", "policy", "trust", "evidence", "verdict")
POLICY_FILE: Final = ".attest/policy.yaml"
NOT_CHECKED: Final = (
    "cosignatures of witnesses: no witness is pinned",
    "whether the list of evidence is complete: plain files cannot prove it",
    "whether the transcript is whole: that is the recorder's word",
    "revocation of certificates: they live ten minutes",
)
"""What a pass of this command does not say; printed with every verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """What is to be verified, and what the caller pins."""

    repository: Repository
    revision: str
    bundles: tuple[Path, ...] = ()
    trust: Path | None = None
    bundles_dir: Path
    """Where this machine's instance keeps bundles by commit."""
    trust_dir: Path


def verify_commit(request: VerifyRequest) -> CommitVerdict:
    """Give the verdict for one commit, with every step that led to it.

    Raises:
        InvalidInput: the revision does not exist, or a named bundle cannot be read: nothing was judged.
    """
    repository = request.repository
    commit = repository.commit_facts(repository.resolve(request.revision))  # 1
    named = tuple(read_named(path) for path in request.bundles)
    run = _Verification(commit)
    run.step("commit", Outcome.PASS, f"{commit.oid}", f"sha256:{commit.object_sha256.hex()} of the raw object")
    try:
        base = run.policy(repository)  # 2
        roots = run.trust(request, base)  # 3
        kept = find_bundles(repository, commit.oid, request.bundles_dir)  # 4
    except CannotVerify as err:
        run.step(STEPS[len(run.steps)], Outcome.INDETERMINATE, err.where, str(err), err.code)
        return run.verdict(Verdict.INDETERMINATE, str(err))
    known = {f.data for f in named}
    found = (*named, *(f for f in kept if f.data not in known))
    run.step("evidence", Outcome.PASS, f"{len(found)} bundles", ", ".join(f.source for f in found[:4]))
    memo = Memo()
    for bundle in found:  # 5
        report = judge(bundle, commit, repository, roots=roots, memo=memo)
        if report is None:
            run.ignored += 1
        else:
            run.reports.append(report)
    return run.conclude(roots)  # 6


class _Verification:
    """The steps of one verification so far."""

    def __init__(self, commit: CommitFacts) -> None:
        self.commit = commit
        self.steps: list[Step] = []
        self.reports: list[EvidenceReport] = []
        self.ignored = 0
        self.base_name = "none: a root commit"

    def step(self, name: str, outcome: Outcome, against: str, detail: str = "", code: str = "") -> None:  # noqa: PLR0917
        number = len(self.steps) + 1
        self.steps.append(Step(number=number, name=name, outcome=outcome, against=against, detail=detail, code=code))

    def policy(self, repository: Repository) -> str | None:
        base, self.base_name = policy_base(repository, self.commit)
        if base and repository.tree_blob(base, POLICY_FILE) is not None:
            raise CannotVerify(
                "evidence.unsupported",
                "the repository has a policy, which this version cannot apply",
                where=f"{base}:{POLICY_FILE}",
            )
        self.step("policy", Outcome.PASS, evidence_only.NAME, f"built in; policy base: {self.base_name}")
        return base

    def trust(self, request: VerifyRequest, base: str | None) -> tuple[PinnedRoot, ...]:
        roots = pinned_roots(request.trust, request.repository, base, request.trust_dir)
        outcome = Outcome.PASS if roots else Outcome.NOT_CHECKED
        self.step("trust", outcome, ", ".join(r.label for r in roots), "" if roots else "no trust root is pinned")
        return roots

    def conclude(self, roots: tuple[PinnedRoot, ...]) -> CommitVerdict:
        return self.verdict(*evidence_only.decide(tuple(self.reports), ignored=self.ignored, any_root=bool(roots)))

    def verdict(self, verdict: Verdict, reason: str) -> CommitVerdict:
        outcome = {Verdict.PASS: Outcome.PASS, Verdict.INVALID: Outcome.INVALID}.get(verdict, Outcome.INDETERMINATE)
        self.step("verdict", outcome, evidence_only.NAME, reason)
        return CommitVerdict(
            oid=self.commit.oid,
            verdict=verdict,
            reason=reason,
            policy=evidence_only.NAME,
            policy_base=self.base_name,
            mode=evidence_only.MODE,
            evidence=tuple(self.reports),
            steps=tuple(self.steps),
            ignored_unknown_signers=self.ignored,
            not_checked=NOT_CHECKED,
        )


def policy_base(repository: Repository, commit: CommitFacts) -> tuple[str | None, str]:
    """Give where a commit's policy is read (D9), and how that place is called in the result.

    Raises:
        CannotVerify: `git.shallow`, the clone hides the place.
    """
    if not commit.parents:
        return None, "none: a root commit"
    default = repository.default_branch()
    base = repository.merge_base(commit.oid, default) if default else None
    if default and base is None and repository.is_shallow():
        raise CannotVerify("git.shallow", where=commit.oid)
    if base is not None and base != commit.oid:
        return base, f"merge-base {base[:12]}"
    parent = commit.parents[0]
    if not repository.has_commit(parent):
        raise CannotVerify("git.shallow", where=commit.oid)
    return parent, f"unprotected (first parent {parent[:12]})"
