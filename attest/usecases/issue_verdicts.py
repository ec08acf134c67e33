"""Issue signed verdicts: the coverage of a range, and per commit a VSA and an SVR. Each is signed and itself logged.

1. state    what the gate found, as statements (`state_coverage`, `attest.model.summary`); nothing is judged again
2. log      signed by this machine's actor, appended to its log, queued for the service where one is named
3. hand     the bundles, one to a line; without a signer, where the caller asks for it, the bare statement, labelled so

A failing verdict is issued like any other. What is indeterminate has no VSA, and only a pass has an SVR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.model.coverage_parts import predicates_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.statement import build_statement, commit_subject
from attest.model.summary import Summary, svr_statement, vsa_statement
from attest.model.times import rfc3339
from attest.model.verdict import Verdict
from attest.usecases.commit_context import repository_name
from attest.usecases.state_coverage import Judge, evidence_judged, state_coverage
from attest.usecases.unsigned import wrap_unsigned
from attest.usecases.verify import report_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.model.range_verdict import RangeVerdict
    from attest.model.statement import Statement, Subject
    from attest.model.verdict import CommitVerdict
    from attest.usecases.instance import Instance
    from attest.usecases.verify import VerifyRequest

BUILT_IN_POLICY: Final = "https://whereof.dev/policy/evidence-only/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What was made."""

    lines: bytes
    """Bundles, or unsigned statements: one JSON document to a line; empty where there was nothing to issue."""
    attestations: tuple[str, ...]
    """`att_…` of each line; empty where nothing was signed."""
    left_out: tuple[tuple[str, str], ...] = ()
    """(oid, why) of commits that got none."""


def issue_coverage(found: RangeVerdict, request: VerifyRequest, instance: Instance) -> Issued:
    """Sign and log the coverage of a judged range, in as many statements as it takes.

    Raises:
        InvalidInput: `input.too-large`, beyond what statements hold.
        Quarantined: the second scan found something that looks like a secret or a person in the names of rules.
    """
    from attest.usecases.log_statement import log_unkept  # noqa: PLC0415  # unsigned statements need no signer

    coverage = state_coverage(found, request, Judge(verifier=verifier_of(instance), head=_head(instance)))
    subject = _tip(request.repository, found.tip)
    receipts = [
        log_unkept(
            instance,
            COVERAGE_V1,
            (subject,),
            predicate,
            write_key_material=build_statement(COVERAGE_V1, (subject,), predicate).raw,
        )
        for predicate in predicates_of(coverage)
    ]
    return _handed(instance, [receipt.attestation for receipt in receipts])


def unsigned_coverage(found: RangeVerdict, request: VerifyRequest) -> Issued:
    """Give the coverage as bare statements, each in a wrapper that says that nobody signed it."""
    coverage, subject = state_coverage(found, request, Judge()), _tip(request.repository, found.tip)
    made = [build_statement(COVERAGE_V1, (subject,), predicate) for predicate in predicates_of(coverage)]
    return Issued(lines=b"".join(wrap_unsigned(one) for one in made), attestations=())


def issue_vsa(commits: Sequence[CommitVerdict], request: VerifyRequest, instance: Instance) -> Issued:
    """Sign and log a VSA for every commit whose verdict is known: PASSED, or FAILED."""
    known = [one for one in commits if one.verdict is not Verdict.INDETERMINATE]
    why = tuple((one.oid, f"indeterminate: {one.reason}") for one in commits if one.verdict is Verdict.INDETERMINATE)
    summaries = _summaries(known, request, instance)
    return _logged(instance, [vsa_statement(one) for one in summaries], why)


def issue_svr(commits: Sequence[CommitVerdict], request: VerifyRequest, instance: Instance) -> Issued:
    """Sign and log an SVR for every commit that passes."""
    good = [one for one in commits if one.verdict is Verdict.PASS]
    why = tuple((one.oid, f"{one.verdict.value}: {one.reason}") for one in commits if one.verdict is not Verdict.PASS)
    made = [svr_statement(one) for one in _summaries(good, request, instance)]
    return _logged(instance, [one for one in made if one is not None], why)


def verifier_of(instance: Instance) -> str:
    """Name this instance as a verifier; the number is that of its rules, not of the program."""
    return f"{instance.services.issuer}/verifier/v1"


def _summaries(commits: Sequence[CommitVerdict], request: VerifyRequest, instance: Instance) -> list[Summary]:
    if not commits or request.now is None:
        return []
    name, at = repository_name(request.repository, commits[0].oid), rfc3339(request.now)
    return [
        Summary(
            repository=name,
            oid=one.oid,
            verifier=verifier_of(instance),
            version=__version__,
            verified_at=at,
            policy_uri=_policy_uri(one, name),
            policy_sha256=one.policy_sha256,
            inputs=tuple(sorted({report_id(report): report.sha256 for report in evidence_judged(one)}.items())),
            passed=one.verdict is Verdict.PASS,
            levels=_levels(one),
        )
        for one in commits
    ]


def _policy_uri(one: CommitVerdict, repository: str) -> str:
    if not one.policy_sha256:
        return BUILT_IN_POLICY
    revision, _, path = one.policy.partition("@sha256:")[0].partition(":")
    return f"{repository}@{revision}#{path}"


def _levels(one: CommitVerdict) -> tuple[str, ...]:
    """Say what a pass rests on; a commit of which nothing is known can pass, and then says no more than that."""
    known = {"covered": ("SESSION_RECORDED",), "declared": ("DECLARED",)}.get(one.state, ())
    reviewed = any(
        reason.check == "review.humans" and reason.verdict is Verdict.PASS and not reason.detail.startswith("0 ")
        for reason in one.reasons
    )
    return ("POLICY_MET", *known, *(("REVIEWED",) if reviewed else ()))


def _tip(repository: Repository, oid: str) -> Subject:
    facts = repository.commit_facts(oid)
    return commit_subject(repository_name(repository, oid), oid, facts.tree, facts.object_sha256)


def _head(instance: Instance) -> dict[str, object]:
    """Give the newest head of this instance's log: what was logged later, the verdict cannot have known."""
    from attest.store.attestations import head_as_of  # noqa: PLC0415  # as above
    from attest.store.database import reading  # noqa: PLC0415  # as above

    with reading(instance.engine) as session:
        head = head_as_of(session, instance.scope)
    return {"origin": head.log, "treeSize": head.tree_size, "root": head.root.hex()}


def _logged(instance: Instance, statements: list[Statement], left_out: tuple[tuple[str, str], ...]) -> Issued:
    from attest.usecases.log_summaries import log_summaries  # noqa: PLC0415  # as above

    return _handed(instance, list(log_summaries(instance, statements)), left_out)


def _handed(instance: Instance, names: list[str], left_out: tuple[tuple[str, str], ...] = ()) -> Issued:
    from attest.store import attestations  # noqa: PLC0415  # as above
    from attest.usecases.receipts import bundle_of, receipt_of  # noqa: PLC0415
    from attest.usecases.send import queue_bundle  # noqa: PLC0415

    lines = []
    for name in names:
        stored = attestations.by_id(instance.engine, instance.scope, name)
        if stored is not None:
            lines.append(bundle_of(stored).rstrip(b"\n") + b"\n")
            queue_bundle(instance, receipt_of(instance, name))
    return Issued(lines=b"".join(lines), attestations=tuple(names), left_out=left_out)
