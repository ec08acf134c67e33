"""The built-in policy: what it counts, and what it says of it."""

from __future__ import annotations

from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.evidence_only import decide


def _report(source: str, attestation: str) -> EvidenceReport:
    return EvidenceReport(source=source, verdict=Verdict.PASS, steps=(), attestation=attestation, counted=True)


def test_one_bundle_in_two_places_is_one_session() -> None:
    reports = (_report("a.json", "att_1"), _report("kept/a.json", "att_1"))
    assert decide(reports, ignored=0, any_root=True) == (Verdict.PASS, "1 session recorded and verified")


def test_two_bundles_are_two_sessions() -> None:
    reports = (_report("a.json", "att_1"), _report("b.json", "att_2"))
    assert decide(reports, ignored=0, any_root=True) == (Verdict.PASS, "2 sessions recorded and verified")
