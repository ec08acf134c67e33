"""Judging one attestation about an artifact: the bundle under its pinned root, the provenance in it, and its builder.

1. bundle       it parses, and names a pinned log
2. signature    certificate, time stamps, entry timestamp, inclusion, checkpoint, signature, entry (signing.verify)
3. statement    SLSA provenance v1 or v0.2; another statement is none, and says nothing here
4. subject      the artifact is one of its subjects, by SHA-256
5. builder      the policy names the signer, and the builder's own id where it names one
6. source       it names commits; a commit in the certificate is one of them
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.evidence.trust import root_for
from attest.model.artifact_verdict import ProvenanceReport
from attest.model.provenance import read_artifact_statement
from attest.model.verdict import EvidenceReport, Outcome, Step, Verdict
from attest.signing.bundle import parse_bundle
from attest.signing.claims import certified_commit
from attest.signing.dsse import Envelope
from attest.signing.memo import Memo
from attest.signing.verify import AnyIdentity, verify_bundle

if TYPE_CHECKING:
    from attest.evidence.locate import FoundBundle
    from attest.evidence.trust import PinnedRoot
    from attest.model.provenance import ArtifactStatement, Provenance
    from attest.policy.values import Policy
    from attest.signing.bundle import Bundle
    from attest.signing.verify import Verified

STEPS: Final = ("bundle", "signature", "statement", "subject", "builder", "source")


class _BuilderRefused(Exception):  # not an error: the evidence is good, a rule is not met
    """The policy does not name whoever signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceGround:
    """What every attestation of one run is judged on."""

    policies: tuple[Policy, ...]
    roots: tuple[PinnedRoot, ...]
    memo: Memo = field(default_factory=Memo)


@dataclass(slots=True, kw_only=True)
class _Judgement:
    source: str
    named: bool
    steps: list[Step] = field(default_factory=list)
    bundle: Bundle | None = None
    verified: Verified | None = None
    statement: ArtifactStatement | None = None
    about: bool = True

    def passed(self, against: str, detail: str = "") -> None:
        number = len(self.steps) + 1
        step = Step(number=number, name=STEPS[number - 1], outcome=Outcome.PASS, against=against, detail=detail)
        self.steps.append(step)

    def report(self, verdict: Verdict, err: AttestError | None = None) -> ProvenanceReport:
        if err is not None:
            number = len(self.steps) + 1
            outcome = Outcome.INVALID if verdict is Verdict.INVALID else Outcome.INDETERMINATE
            name = STEPS[number - 1]
            self.steps.append(
                Step(number=number, name=name, outcome=outcome, against=err.where, detail=str(err), code=err.code)
            )
        verified, said = self.verified, self.statement
        provenance = said.provenance if said else None
        evidence = EvidenceReport(
            source=self.source,
            verdict=verdict,
            steps=tuple(self.steps),
            predicate_type=said.predicate_type if said else None,
            identity=verified.identity if verified else None,
            issuer=verified.issuer if verified else None,
            log_index=verified.log_index if verified else None,
            tree_size=verified.tree_size if verified else None,
            signed_at=int(min(t.time for t in verified.times).timestamp()) if verified and verified.times else None,
            named=self.named,
            counted=verdict is Verdict.PASS,
        )
        return ProvenanceReport(
            evidence=evidence,
            builder=provenance.builder if provenance else None,
            sources=provenance.sources if provenance and verdict is Verdict.PASS else (),
            about=self.about,
            is_provenance=said is None or provenance is not None,
        )


def judge_provenance(found: FoundBundle, sha256: str, ground: ProvenanceGround) -> ProvenanceReport | None:
    """Judge one attestation for an artifact; None when it claims no pinned log and nobody named it.

    Under no pinned root, or under policies that name no builder: `indeterminate`. By a builder that is not named:
    `policy`. Every other failure is `invalid`.
    """
    return _judged(_Judgement(source=found.source, named=found.named), found, sha256, ground)


def judge_named(found: FoundBundle, ground: ProvenanceGround) -> tuple[ProvenanceReport, tuple[tuple[str, str], ...]]:
    """Judge one attestation that the caller named, whatever it is about; give its artifacts (name, SHA-256) too."""
    run = _Judgement(source=found.source, named=True)
    report = _judged(run, found, None, ground)
    if report is None:
        report = run.report(Verdict.INDETERMINATE, CannotVerify("evidence.untrusted", where=found.source))
    return report, run.statement.artifacts if run.statement else ()


def _judged(
    run: _Judgement, found: FoundBundle, sha256: str | None, ground: ProvenanceGround
) -> ProvenanceReport | None:
    try:
        pinned = _pinned(run, found, ground.roots)  # 1
        if pinned is None:
            if not found.named:
                return None
            return run.report(Verdict.INDETERMINATE, CannotVerify("evidence.untrusted", where=found.source))
        _judge(run, pinned, sha256, ground)
    except _BuilderRefused:
        said = f"{run.verified.identity} by {run.verified.issuer}" if run.verified else ""
        return run.report(Verdict.POLICY, CannotVerify("artifact.builder", got=said, where=found.source))
    except NotVerified as err:
        return run.report(Verdict.INVALID, err)
    except (CannotVerify, InvalidInput) as err:
        return run.report(Verdict.INDETERMINATE, err)
    return run.report(Verdict.PASS)


def _pinned(run: _Judgement, found: FoundBundle, roots: tuple[PinnedRoot, ...]) -> PinnedRoot | None:
    run.bundle = parse_bundle(found.data)
    pinned = root_for(run.bundle, roots)
    if pinned is not None:
        run.passed(pinned.label, f"sha256:{hashlib.sha256(found.data).hexdigest()}")
    return pinned


def _judge(run: _Judgement, pinned: PinnedRoot, sha256: str | None, ground: ProvenanceGround) -> None:
    bundle = run.bundle
    if bundle is None or not isinstance(bundle.content, Envelope):
        raise CannotVerify("evidence.unsupported", "a signature over an artifact says nothing about its source")
    run.verified = verify_bundle(bundle, pinned.root, AnyIdentity(), None, memo=ground.memo)  # 2
    run.passed(pinned.label, "; ".join(c.name for c in run.verified.checks if c.checked))
    run.statement = read_artifact_statement(run.verified.payload or b"")  # 3
    run.passed(run.statement.predicate_type)
    run.about = sha256 is None or any(digest == sha256 for _, digest in run.statement.artifacts)  # 4
    if not run.about:
        raise NotVerified("evidence.subject", expected=f"sha256:{sha256}", where=run.source)
    run.passed(f"sha256:{sha256}" if sha256 else "every subject")
    provenance = run.statement.provenance
    if provenance is None:
        return
    _require_builder(run, provenance, ground.policies)  # 5
    run.passed(f"{run.verified.identity} by {run.verified.issuer}", provenance.builder)
    _require_source(bundle, provenance)  # 6
    run.passed(", ".join(f"{one.place or one.uri}@{one.oid[:12]}" for one in provenance.sources))


def _require_builder(run: _Judgement, provenance: Provenance, policies: tuple[Policy, ...]) -> None:
    naming = [policy for policy in policies if policy.builders]
    if not naming:
        raise CannotVerify("artifact.builder", "no policy names a builder, so nobody's provenance is believed")
    signed_by = (run.verified.issuer, run.verified.identity) if run.verified else (None, None)
    for policy in naming:
        if not any(
            (one.signer.issuer, one.signer.name) == signed_by and one.id in (None, provenance.builder)
            for one in policy.builders
        ):
            raise _BuilderRefused


def _require_source(bundle: Bundle, provenance: Provenance) -> None:
    if not provenance.sources:
        raise CannotVerify("artifact.source", "the provenance names no commit")
    certified = certified_commit(bundle.certificate)
    if certified is not None and certified not in {one.oid for one in provenance.sources}:
        named = ", ".join(one.oid for one in provenance.sources)
        raise NotVerified("evidence.commit", "the certificate is for another commit", expected=certified, got=named)
