"""An artifact's verdict as JSON, its commits as every other report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.usecases.verdict_json import evidence_json, verdict_json

if TYPE_CHECKING:
    from attest.model.artifact_verdict import ArtifactVerdict, ProvenanceReport


def artifact_json(result: ArtifactVerdict) -> dict[str, object]:
    """Give the JSON form of an artifact's verdict."""
    return {
        "artifact": {"name": result.artifact, "sha256": result.sha256},
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "reason": result.reason,
        "policy": {"name": result.policy, "base": result.policy_base, "mode": result.mode},
        "provenance": [_report(one) for one in result.provenance],
        "elsewhere": [{"uri": one.uri, "commit": one.oid} for one in result.elsewhere],
        "commits": [verdict_json(one) for one in result.commits],
        "ignored_unknown_signers": result.ignored,
        "not_checked": list(result.not_checked),
    }


def _report(report: ProvenanceReport) -> dict[str, object]:
    return evidence_json(report.evidence) | {
        "builder": report.builder,
        "sources": [{"uri": one.uri, "commit": one.oid} for one in report.sources],
        "about_this_artifact": report.about,
        "is_provenance": report.is_provenance,
    }
