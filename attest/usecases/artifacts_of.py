"""From a commit to artifacts: what builders that the policy names say they built from it, in the files given.

It is never a complete list: nobody logs builds by commit, and a builder that says nothing leaves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import CannotVerify
from attest.evidence.artifact_files import read_provenance
from attest.evidence.locate import Place
from attest.evidence.provenance import ProvenanceGround, judge_named
from attest.evidence.trust import pinned_roots
from attest.model.verdict import Outcome, Verdict
from attest.usecases.verify import applicable
from attest.usecases.verify_artifact import protected_place

if TYPE_CHECKING:
    from attest.usecases.verify import VerifyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltArtifact:
    """One artifact, as its builder names it."""

    name: str
    sha256: str
    builder: str
    source: str
    """The file that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """One attestation that does not count, and why."""

    source: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFrom:
    """What is said about one commit."""

    oid: str
    artifacts: tuple[BuiltArtifact, ...]
    refused: tuple[NotCounted, ...]


def artifacts_of(request: VerifyRequest) -> BuiltFrom:
    """Give the artifacts of `request.revision` that `request.bundles` speak of.

    Raises:
        InvalidInput: a file cannot be read, or the revision does not exist.
        CannotVerify: the policy or a pinned root cannot be read.
    """
    repository = request.repository
    oid = repository.resolve(request.revision)
    base, name = protected_place(repository)
    policies, _ = applicable(request, base, name)
    roots = pinned_roots(request.trust, repository, base, request.trust_dir, revocations=request.revocations)
    if not roots:
        raise CannotVerify("evidence.untrusted", "no trust root is pinned")
    ground = ProvenanceGround(policies=policies, roots=roots)
    artifacts: list[BuiltArtifact] = []
    refused: list[NotCounted] = []
    for found in (each for path in request.bundles for each in read_provenance(path, Place.NAMED)):
        report, said = judge_named(found, ground)
        if report.evidence.verdict is not Verdict.PASS or not report.is_provenance:
            open_ = next((step for step in report.evidence.steps if step.outcome is not Outcome.PASS), None)
            refused.append(NotCounted(source=found.source, why=open_.detail if open_ else "no build provenance"))
        elif any(one.oid == oid for one in report.sources):
            artifacts += [
                BuiltArtifact(name=name, sha256=sha256, builder=report.builder or "", source=found.source)
                for name, sha256 in said
            ]
    return BuiltFrom(oid=oid, artifacts=tuple(dict.fromkeys(artifacts)), refused=tuple(refused))
