"""What a policy reads of a verified session: the closed facts of its statement, and who signed it. Never a part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Statement
from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.captures import Capture, capture_of
from attest.policy.globs import word_matches
from attest.policy.independence import Signer
from attest.policy.values import Policy, SessionCondition

RELATED = "related"
"""Link of a session that a commit's evidence leads to and that does not name the commit: it can raise and never satisfy."""
_SEEN = frozenset({"corroborated", "observed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """One verified session."""

    id: str
    signer: Signer
    link: str
    parts: int
    source: str
    agent: str
    models: tuple[str, ...]
    modes: tuple[str, ...]
    touched: frozenset[str]
    """Classes of access that it had."""
    not_known: frozenset[str]
    """Classes of access of which the session says that it is not known."""
    checks: tuple[tuple[str, str, str], ...]
    """(kind, outcome, basis), each at least once."""
    plans: int
    gaps: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)
    """The `facts` member itself, for rules that read a count under `extensions`."""
    capture: Capture | None = None

    def ran(self, kind: str) -> bool:
        """Tell whether a check of a kind is said to have run, with whatever outcome, beyond a mere claim."""
        return any(one == kind and outcome != "claimed" for one, outcome, _ in self.checks)

    def observed(self, kind: str) -> bool:
        """Tell whether the record itself shows a check of a kind with an outcome."""
        return any(one == kind and outcome in {"passed", "failed"} and b in _SEEN for one, outcome, b in self.checks)

    def passed(self, kind: str) -> bool:
        """Tell whether the record itself shows a check of a kind passing at least once."""
        return any(one == kind and outcome == "passed" and b in _SEEN for one, outcome, b in self.checks)

    def meets(self, when: SessionCondition) -> bool:
        """Tell whether any of the facts named is among these."""
        return bool(
            self.touched & set(when.touched)
            or any(word_matches(one, mode) for one in when.permission_mode for mode in self.modes)
            or any(word_matches(one, self.agent) for one in when.agent)
            or any(word_matches(one, model) for one in when.model for model in self.models)
            or any(word_matches(one, gap) for one in when.gaps for gap in self.gaps)
        )


def sessions_of(reports: tuple[EvidenceReport, ...]) -> tuple[SessionFacts, ...]:
    """Give the facts of every session that verified, each attestation once, whoever signed it."""
    seen: dict[str, SessionFacts] = {}
    for report in reports:
        statement = report.statement
        if report.verdict is Verdict.PASS and statement is not None and statement.predicate_type == SESSION_V1:
            seen.setdefault(report.attestation or report.source, _facts(report, statement))
    return tuple(seen.values())


def why_not_counted(signer: Signer, policy: Policy) -> str:
    """Say why evidence of a signer satisfies nothing under a policy; empty when it counts."""
    agent = next((one for one in policy.agents if one.signer == signer), None)
    if agent is not None:
        if agent.delegated_by is None:
            return "signed by an agent that no person answers for (agents: without delegated_by)"
        signer = agent.delegated_by
        if any(one.signer == signer for one in policy.agents):
            return "signed by an agent whose delegate is an agent too"
    if policy.identities and signer not in policy.identities:
        return "signed by an identity that the policy does not name"
    return ""


def _facts(report: EvidenceReport, statement: Statement) -> SessionFacts:
    predicate, signer = statement.predicate, Signer(report.issuer or "", report.identity or "")
    facts, identifier = _map(predicate.get("facts")), str(_map(predicate.get("session")).get("id"))
    access = {name: _map(value) for name, value in _map(facts.get("access")).items()}
    return SessionFacts(
        id=identifier,
        signer=signer,
        link=report.link or "",
        parts=_count(_map(predicate.get("parts"))),
        source=str(_map(predicate.get("capture")).get("source")),
        agent=str(_map(facts.get("agent")).get("value")),
        models=_values(facts.get("models")),
        modes=_values(facts.get("permissionModes")),
        touched=frozenset(name for name, value in access.items() if _count(value)),
        not_known=frozenset(name for name, value in access.items() if value.get("basis") == "unknown"),
        checks=tuple(
            (str(_map(one).get("kind")), str(_map(one).get("outcome")), str(_map(one).get("basis")))
            for one in _list(facts.get("checks"))
            if _count(_map(one))
        ),
        plans=_count(_map(facts.get("plans"))),
        gaps=tuple(str(one) for one in _list(facts.get("gaps"))),
        facts=facts,
        capture=capture_of(statement, report.attestation or report.source, signer),
    )


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _values(value: object) -> tuple[str, ...]:
    return tuple(str(_map(one).get("value")) for one in _list(value))


def _count(value: Mapping[str, object]) -> int:
    count = value.get("count")
    return count if isinstance(count, int) else 0
