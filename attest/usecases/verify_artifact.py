"""Verify one artifact: from its build provenance to the commits it was built from, and on to their sessions.

1. artifact     SHA-256 of the file
2. policy       the protected one: of the remote's default branch, else of `HEAD`; it names the builders
3. trust        the roots that are pinned there
4. provenance   the attestations named, else those beside the file; each judged on its own (attest.evidence.provenance)
5. source       the commits it names, held against this clone
6. commits      each as `verify_commit` does

Not checked: that the builder ran what it says (its word), and that no other build gave the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.artifact_files import find_provenance
from attest.evidence.provenance import ProvenanceGround, judge_provenance
from attest.evidence.trust import pinned_roots
from attest.model.artifact_verdict import ArtifactVerdict, ProvenanceReport
from attest.model.commit import repository_uri
from attest.model.provenance import repository_place
from attest.model.verdict import Outcome, Verdict
from attest.policy import evidence_only
from attest.signing.artifact import artifact_from
from attest.usecases.verify import NOT_CHECKED, applicable, verify_commit

if TYPE_CHECKING:
    from pathlib import Path

    from attest.git import Repository
    from attest.model.provenance import Source
    from attest.model.verdict import CommitVerdict
    from attest.policy.values import Policy
    from attest.usecases.verify import VerifyRequest

SAID_BY_BUILDER: Final = (
    "whether the builder ran what it says: that is the builder's word",
    "whether another build gives the same bytes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    request: VerifyRequest
    artifact: Path
    sha256: str
    policies: tuple[Policy, ...] = ()
    policy_base: str = ""

    def verdict(  # the whole answer in one place
        self,
        walk: Verdict,
        reason: str,
        *,
        provenance: tuple[ProvenanceReport, ...] = (),
        commits: tuple[CommitVerdict, ...] = (),
        elsewhere: tuple[Source, ...] = (),
        ignored: int = 0,
    ) -> ArtifactVerdict:
        worst = max((walk, *(one.verdict for one in commits)), key=lambda verdict: verdict.severity)
        own = self.policies[0] if self.policies else None
        return ArtifactVerdict(
            artifact=str(self.artifact),
            sha256=self.sha256,
            verdict=worst,
            walk=walk,
            reason=reason,
            policy=own.name if own else evidence_only.NAME,
            policy_base=self.policy_base,
            mode=own.mode if own else evidence_only.MODE,
            provenance=provenance,
            commits=commits,
            elsewhere=elsewhere,
            ignored=ignored,
            not_checked=(*SAID_BY_BUILDER, *NOT_CHECKED),
        )


def verify_artifact(request: VerifyRequest, artifact: Path, *, built_from: str | None = None) -> ArtifactVerdict:
    """Give the verdict for an artifact. `request.bundles` are files with provenance; its revision is not looked at.

    `built_from` is a revision that must be among its sources: an artifact of another commit is `policy`.

    Raises:
        InvalidInput: the file or a named file cannot be read, or the revision does not exist: nothing was judged.
    """
    run = _Run(request=request, artifact=artifact, sha256=_sha256(artifact))  # 1
    wanted = request.repository.resolve(built_from) if built_from is not None else None
    try:
        base, name = protected_place(request.repository)
        policies, name = applicable(request, base, name)  # 2
        run = replace(run, policies=policies, policy_base=name)
        roots = pinned_roots(  # 3
            request.trust, request.repository, base, request.trust_dir, revocations=request.revocations
        )
    except CannotVerify as err:
        return run.verdict(Verdict.INDETERMINATE, str(err))
    ground = ProvenanceGround(policies=run.policies, roots=roots)
    judged = [
        judge_provenance(found, run.sha256, ground) for found in find_provenance(artifact, run.sha256, request.bundles)
    ]  # 4
    reports = _about(tuple(report for report in judged if report is not None))
    ignored = judged.count(None)
    walk, reason = _walk(reports, ignored)
    if walk is not Verdict.PASS:
        return run.verdict(walk, reason, provenance=reports, ignored=ignored)
    return _follow(run, reports, ignored, wanted)


def _sha256(artifact: Path) -> str:
    try:
        with artifact.open("rb") as file:
            return artifact_from(file).sha256.hex()
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(artifact)) from err


def protected_place(repository: Repository) -> tuple[str, str]:
    """Give where the policy for artifacts is read: provenance names the commit, so it cannot choose the policy."""
    default = repository.default_branch()
    if default is not None:
        return default, f"default branch {default[:12]}"
    head = repository.resolve("HEAD")
    return head, f"unprotected (HEAD {head[:12]})"


def _about(reports: tuple[ProvenanceReport, ...]) -> tuple[ProvenanceReport, ...]:
    """Leave out what is soundly signed about other artifacts, where anything is about this one."""
    here = tuple(report for report in reports if report.about)
    return here or reports


def _walk(reports: tuple[ProvenanceReport, ...], ignored: int) -> tuple[Verdict, str]:
    said = [report for report in reports if report.is_provenance]
    good = [report for report in said if report.evidence.verdict is Verdict.PASS]
    bad = [report for report in reports if report.evidence.verdict is Verdict.INVALID]
    named = [report for report in bad if report.evidence.named]
    if named or (bad and not good):
        return Verdict.INVALID, f"provenance is bad at {_failed(named[0] if named else bad[0])}"
    if good:
        return Verdict.PASS, ""
    open_ = [report for report in reports if report.evidence.verdict is Verdict.INDETERMINATE]
    if open_:
        return Verdict.INDETERMINATE, f"provenance could not be judged at {_failed(open_[0])}"
    if ignored:
        return Verdict.INDETERMINATE, f"{ignored} attestations found, under no root that is pinned here"
    refused = [report for report in said if report.evidence.verdict is Verdict.POLICY]
    if refused:
        return Verdict.POLICY, f"provenance does not count: {_failed(refused[0])}"
    return Verdict.ABSENT, "no build provenance is here for this artifact"


def _failed(report: ProvenanceReport) -> str:
    step = next(step for step in report.evidence.steps if step.outcome is not Outcome.PASS)
    return f"step {step.name}: {step.detail}"


def _follow(run: _Run, reports: tuple[ProvenanceReport, ...], ignored: int, wanted: str | None) -> ArtifactVerdict:
    """Go on from the provenance to the commits (steps 5 and 6)."""
    repository = run.request.repository
    sources = tuple({one.oid: one for report in reports for one in report.sources}.values())
    here, elsewhere, missing = _sorted(repository, sources)  # 5
    commits = tuple(verify_commit(replace(run.request, revision=one.oid, bundles=())) for one in here)  # 6
    walk, reason = Verdict.PASS, f"built from {', '.join(one.oid[:12] for one in here)}"
    if missing or not here:
        named = ", ".join(f"{one.uri or one.oid}@{one.oid[:12]}" for one in missing or elsewhere)
        walk, reason = Verdict.INDETERMINATE, str(CannotVerify("artifact.source", got=named[:200]))
    elif wanted is not None and wanted not in {one.oid for one in here}:
        walk, reason = Verdict.POLICY, f"{reason}, not from {wanted[:12]}"
    grave = max(commits, key=lambda one: one.verdict.severity, default=None)
    if walk is Verdict.PASS and grave is not None and grave.verdict is not Verdict.PASS:
        reason = f"{reason}; {grave.oid[:12]} is {grave.verdict.value}: {grave.reason}"
    return run.verdict(walk, reason, provenance=reports, commits=commits, elsewhere=elsewhere, ignored=ignored)


def _sorted(
    repository: Repository, sources: tuple[Source, ...]
) -> tuple[tuple[Source, ...], tuple[Source, ...], tuple[Source, ...]]:
    """Give the sources to judge, those of other repositories, and those that should be here and are not.

    Every commit that is said to be of this repository must be here. Where none is said to be (a mirror under another
    address, a clone without remote), nobody knows which is the source: all must be here, and all are judged.
    """
    present = tuple(one for one in sources if repository.has_commit(one.oid))
    place = repository_place(repository_uri(repository.remote_url(), ""))
    own = tuple(one for one in sources if place and one.place.lower() == place.lower())
    if own:
        return (
            tuple(one for one in own if one in present),
            tuple(one for one in sources if one not in own),
            tuple(one for one in own if one not in present),
        )
    return present, (), tuple(one for one in sources if one not in present)
