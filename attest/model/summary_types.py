"""The verdict predicates of others that we write: SLSA's verification summary, and in-toto's simple verification result."""

from __future__ import annotations

from typing import Final

from attest.model.coverage_predicate import COVERAGE_V1

VSA_V1: Final = "https://slsa.dev/verification_summary/v1"
SVR_V01: Final = "https://in-toto.io/attestation/svr/v0.1"
SUMMARIES: Final = (VSA_V1, SVR_V01)
"""Their subject is the commit by its oid alone (`gitCommit`), as their readers expect."""
VERDICTS_SIGNED: Final = (COVERAGE_V1, *SUMMARIES)
"""What a gate said. None of them is evidence of how a commit came about."""
