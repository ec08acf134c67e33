"""Signed exceptions (`exception/v1`): whether enough of those whom the policy names let a rule pass for a commit, for now.

Without `exceptions_by` in the policy no signed exception counts. Bad evidence is never excepted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from attest.errors import InvalidInput
from attest.model.exception_predicate import EXCEPTION_V1, PolicyException, exception_of
from attest.model.times import rfc3339_seconds
from attest.model.verdict import EvidenceReport, Reason, Verdict
from attest.policy.change import JudgedCommit
from attest.policy.exception_standing import exception_state
from attest.policy.finding import Known
from attest.policy.independence import Signer, is_person
from attest.policy.values import Policy

_EXCEPTED = frozenset({Verdict.POLICY, Verdict.ABSENT, Verdict.INDETERMINATE})


def except_reasons(reasons: list[Reason], policy: Policy, commit: JudgedCommit, now: datetime) -> list[Reason]:
    """Give the reasons, those of an excepted rule passed and saying so; a rule is excepted as a whole."""
    if policy.grants is None:
        return reasons
    given = _exceptions(policy, commit.reports)
    made = []
    for reason in reasons:
        standing = {
            signer: exception.expires_at
            for signer, exception, signed_at in given
            if exception_state(
                exception, rule=reason.rule, oid=commit.oid, tree=commit.tree, signed_at=signed_at, now=now
            ).counts
        }
        if reason.verdict in _EXCEPTED and len(standing) >= max(1, policy.grants.humans):
            until = rfc3339_seconds(min(standing.values()))
            words = f"excepted by {len(standing)} people until {until}; was {reason.verdict.value}: {reason.detail}"
            made.append(replace(reason, verdict=Verdict.PASS, detail=words, fix=""))
        else:
            made.append(reason)
    return made


def _exceptions(
    policy: Policy, reports: tuple[EvidenceReport, ...]
) -> tuple[tuple[Signer, PolicyException, int | None], ...]:
    """Give the exceptions of people whom the policy names, as they verified."""
    grants = policy.grants
    agents = tuple(one.signer for one in policy.agents)
    found = []
    for report in reports:
        if report.verdict is not Verdict.PASS or report.predicate_type != EXCEPTION_V1 or report.statement is None:
            continue
        signer = Signer(report.issuer or "", report.identity or "")
        if grants is None or signer not in grants.by or is_person(signer, agents=agents).known is not Known.YES:
            continue
        try:
            found.append((signer, exception_of(report.statement.predicate), report.signed_at))
        except InvalidInput:
            continue  # it contradicts itself: no exception
    return tuple(found)
