"""A verdict as JSON: the same members for every command and report that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.signing.selftest import own_selftest

if TYPE_CHECKING:
    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict, EvidenceReport, Reason, Step


def verdict_json(result: CommitVerdict) -> dict[str, object]:
    """Give the JSON form of a commit's verdict, with what the verifier made of its own vectors."""
    return _commit(result) | {"selftest": own_selftest().to_json()}


def _commit(result: CommitVerdict) -> dict[str, object]:
    return {
        "commit": result.oid,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "reason": result.reason,
        "policy": {"name": result.policy, "base": result.policy_base, "mode": result.mode, "tier": result.tier or None},
        "reasons": [_reason(r) for r in result.reasons],
        "steps": [_step(s) for s in result.steps],
        "as_of": result.as_of,
        "evidence": [evidence_json(e) for e in result.evidence],
        "ignored_unknown_signers": result.ignored_unknown_signers,
        "not_checked": list(result.not_checked),
    }


def range_json(result: RangeVerdict) -> dict[str, object]:
    """Give the JSON form of a range's verdict, every commit with its own."""
    return {
        "range": {"base": result.base, "tip": result.tip, "commits": len(result.commits)},
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "stopped": result.stopped or None,
        "policy": {"name": result.policy, "base": result.policy_base, "mode": result.mode},
        "states": dict(result.states()),
        "verdicts": dict(result.verdicts()),
        "selftest": own_selftest().to_json(),
        "commits": [
            {"state": one.state, "marks": list(result.marks.get(one.oid, ()))} | _commit(one) for one in result.commits
        ],
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "number": reason.number,
        "policy": reason.policy,
        "rule": reason.rule,
        "tier": reason.tier,
        "check": reason.check,
        "verdict": reason.verdict.value,
        "against": reason.against,
        "detail": reason.detail,
        "fix": reason.fix,
        "mode": reason.mode,
        "controls": list(reason.controls),
    }


def evidence_json(report: EvidenceReport) -> dict[str, object]:
    """Give the JSON form of one piece of evidence."""
    return {
        "source": report.source,
        "verdict": report.verdict.value,
        "counted": report.counted,
        "attestation": report.attestation,
        "predicate_type": report.predicate_type,
        "identity": report.identity,
        "issuer": report.issuer,
        "link": report.link,
        "log_index": report.log_index,
        "tree_size": report.tree_size,
        "signed_at": report.signed_at,
        "witnesses": report.witnessed.to_json() if report.witnessed is not None else None,
        "steps": [_step(s) for s in report.steps],
    }


def _step(step: Step) -> dict[str, object]:
    out: dict[str, object] = {
        "number": step.number,
        "name": step.name,
        "outcome": step.outcome.value,
        "against": step.against,
        "detail": step.detail,
    }
    return out | ({"code": step.code} if step.code else {})
