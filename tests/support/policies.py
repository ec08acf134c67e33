"""Policies and judged commits for tests of decisions: small, of our own making, without a clone or a signature."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, parse_statement
from attest.model.verdict import EvidenceReport, Outcome, Step, Verdict
from attest.policy.change import Change, Completeness, JudgedCommit
from attest.policy.decide import Decision, decide
from attest.policy.document import parse_policy
from attest.policy.values import Policy
from tests.support.evidence import PREDICATE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ISSUER, RUNNER = "https://idp.example.test", "ada@example.test"
FILES = Completeness(as_of=None)
PROVED = Completeness(as_of=NOW, against="log of 9 entries")
BASE = """\
version: 1
mode: enforce
defaults: {tier: standard}
tiers:
  - {id: minimal, require: {}}
  - {id: standard, require: {}}
  - {id: high, unattributed: session, require: {session: full, plan: required, verification: {passed: [test]}}}
  - {id: critical, inherits: high, unattributed: session, require: {access: {deny: [secret]}}}
rules:
  - {id: docs, tier: minimal, when: {paths_only: ["docs/**", "*.md", "!AGENTS.md"]}}
  - {id: auth, tier: critical, when: {paths: ["src/auth/**"]}, controls: [SOC2-CC8.1]}
  - {id: core, tier: high, when: {paths: ["src/core/**"]}}
  - {id: links, tier: high, when: {kinds: [symlink, submodule]}}
  - {id: secrets, tier: critical, when: {session: {touched: [secret]}}}
"""


def policy(text: str = BASE, *, below: str = "") -> Policy:
    return parse_policy(text.encode(), "policy.yaml", below=below)


def changed(*paths: str | bytes, before: str = "100644", after: str = "100644") -> tuple[Change, ...]:
    return tuple(
        Change(path=path.encode() if isinstance(path, str) else path, before=before, after=after) for path in paths
    )


def session(
    *,
    name: str = "a",
    secret: int = 0,
    secret_basis: str = "observed",
    modes: tuple[str, ...] = (),
    models: tuple[str, ...] = ("model-a",),
    plans: int = 1,
    parts: int = 1,
    check: str = "passed",
    gaps: tuple[str, ...] = (),
    identity: str = RUNNER,
    link: str = "recorded",
) -> EvidenceReport:
    """A session whose every check held, showing these facts."""
    predicate = copy.deepcopy(PREDICATE)
    facts: dict[str, object] = predicate["facts"]  # type: ignore[assignment]
    none = {"count": 0, "basis": "observed"}
    facts["access"] = dict.fromkeys(("network", "outside-worktree", "env"), none) | {
        "secret": {"count": secret, "basis": secret_basis}
    }
    facts["models"] = [{"value": one, "basis": "reported"} for one in models]
    facts["permissionModes"] = [{"value": one, "basis": "observed"} for one in modes]
    facts["plans"] = {"count": plans, "basis": "observed"}
    facts["checks"] = [{"kind": "test", "outcome": check, "count": 1, "basis": "observed"}]
    facts["gaps"] = list(gaps)
    predicate["parts"] = {"count": parts, "bytes": 9, "root": "1" * 64, "list": "2" * 64}
    return report(SESSION_V1, predicate, name=name, identity=identity, link=link)


def declaration(identity: str = RUNNER) -> EvidenceReport:
    return report(DECLARATION_V1, {"says": "no-agent"}, name="d", identity=identity, link=None)


def report(  # one member of the report each
    kind: str, predicate: dict[str, object], *, name: str, identity: str, link: str | None, counted: bool = True
) -> EvidenceReport:
    inner = predicate.get("session")
    subject = str(inner["id"]) if isinstance(inner, dict) else "x"
    raw = build_statement(kind, (Subject(name=subject, sha256="e" * 64),), predicate).raw
    return EvidenceReport(
        source=name,
        verdict=Verdict.PASS,
        steps=(),
        attestation=f"att_{name}",
        predicate_type=kind,
        identity=identity,
        issuer=ISSUER,
        link=link,
        counted=counted,
        signed_at=1,
        statement=parse_statement(raw),
    )


def failing(verdict: Verdict, *, named: bool = False) -> EvidenceReport:
    outcome = Outcome.INVALID if verdict is Verdict.INVALID else Outcome.INDETERMINATE
    step = Step(number=2, name="signature", outcome=outcome, against="", detail="why")
    return EvidenceReport(source="s", verdict=verdict, steps=(step,), named=named)


def judged(*paths: str | bytes, reports: tuple[EvidenceReport, ...] = (), ignored: int = 0) -> JudgedCommit:
    return commit(changed(*paths), reports, ignored)


def commit(changes: tuple[Change, ...], reports: tuple[EvidenceReport, ...] = (), ignored: int = 0) -> JudgedCommit:
    return JudgedCommit(
        oid="a" * 40,
        tree="b" * 40,
        author_email="grace@example.test",
        changes=changes,
        reports=reports,
        ignored=ignored,
        any_root=True,
        policy_sha256="f" * 64,
    )


def decided(given: JudgedCommit, *, under: Policy | None = None, complete: Completeness = PROVED) -> Decision:
    return decide(under or policy(), given, complete, NOW)
