"""The closed list of facts that a signed statement may carry of a session (decision D6): words, counts, no texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from attest.model.access import IN_FILES, Access, AccessKind
from attest.model.basis import Basis
from attest.model.checks import CheckKind, CheckStatus
from attest.model.decisions import PlanKind
from attest.model.more_facts import more_counts
from attest.model.session import Session

MODEL_WORD = re.compile(r"[A-Za-z0-9._:/@-]{1,128}")
"""Another model name is not carried; it is counted in `models_dropped`."""
MAX_WORDS = 32

_WEAKEST_FIRST = tuple(reversed(Basis))
_MODES = frozenset(
    {
        *("default", "acceptEdits", "plan", "bypassPermissions", "auto", "dontAsk", "manual"),
        *("untrusted", "on-failure", "on-request", "never", "granular"),
        *("assisted", "allow-all"),
    }
)
"""Permission modes of Claude Code, approval policies of Codex, permission modes of Copilot CLI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word and how it is known."""

    value: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """How many, and how that is known. With basis `unknown` a count says of how many it is not known; 0 then means nothing."""

    count: int
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFact:
    """How many checks of a kind had an outcome."""

    kind: CheckKind
    outcome: CheckStatus
    count: int
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a policy may read of a session. Words outside the closed lists are dropped and counted."""

    agent: Word
    agent_version: Word | None
    models: tuple[Word, ...]
    models_dropped: int
    permission_modes: tuple[Word, ...]
    """A mode that is not one of the known ones is carried as `other`. Empty: the transcript names none (a gap says so)."""
    secret: Number
    network: Number
    outside_worktree: Number
    env: Number
    checks: tuple[CheckFact, ...]
    plans: Number
    """Revisions put before a person; task lists of the agent's own do not count."""
    overrides: Number
    rejected_paths: Number
    gaps: tuple[str, ...]
    """Kinds of gap, sorted."""
    more: tuple[tuple[str, Number], ...] = ()
    """Counts that go under `extensions`, by name; empty for a session recorded before they were derived."""


def facts_of(session: Session) -> Facts:
    """Give the facts of a session. A count holds the weakest basis of what it counts; zero is `observed`."""
    version = session.source.agent_version
    models = [model for model in session.models if MODEL_WORD.fullmatch(model)]
    dropped = len(session.models) - len(models[:MAX_WORDS])
    gaps = {gap.kind for gap in session.gaps}
    modes = [
        grant.value if grant.value in _MODES else "other"
        for grant in session.authority.granted
        if grant.kind == "permission-mode"
    ]
    if not modes:
        gaps.add("permission-mode-unknown")
    if dropped:
        gaps.add("model-name-dropped")
    proposals = [plan.basis for plan in session.plans if plan.kind is PlanKind.PROPOSAL]
    return Facts(
        agent=Word(value=session.source.agent, basis=Basis.OBSERVED),
        agent_version=Word(value=version, basis=Basis.REPORTED) if version and MODEL_WORD.fullmatch(version) else None,
        models=tuple(Word(value=model, basis=Basis.REPORTED) for model in models[:MAX_WORDS]),
        models_dropped=dropped,
        permission_modes=tuple(Word(value=mode, basis=Basis.OBSERVED) for mode in dict.fromkeys(modes)),
        secret=_accesses(session, lambda one: one.kind is AccessKind.SECRET),
        network=_accesses(session, lambda one: one.kind in (AccessKind.NETWORK, AccessKind.URL)),
        outside_worktree=_outside(session),
        env=_accesses(session, lambda one: one.kind is AccessKind.ENV),
        checks=_checks(session),
        plans=_number(proposals),
        overrides=_number(one.basis for one in session.overrides),
        rejected_paths=_number(one.basis for one in session.rejected_paths),
        gaps=tuple(sorted(gaps)),
        more=tuple((name, _number(bases, none=Basis.INFERRED)) for name, bases in more_counts(session)),
    )


def facts_json(facts: Facts) -> dict[str, object]:
    """Give the facts as the statement's `facts` member (`attest.model.session_predicate.FACTS`)."""
    found: dict[str, object] = {
        "agent": _word(facts.agent),
        "models": [_word(model) for model in facts.models],
        "permissionModes": [_word(mode) for mode in facts.permission_modes],
        "access": {
            "secret": _count(facts.secret),
            "network": _count(facts.network),
            "outside-worktree": _count(facts.outside_worktree),
            "env": _count(facts.env),
        },
        "checks": [
            {"kind": one.kind.value, "outcome": one.outcome.value, "count": one.count, "basis": one.basis.value}
            for one in facts.checks
        ],
        "plans": _count(facts.plans),
        "overrides": _count(facts.overrides),
        "rejectedPaths": _count(facts.rejected_paths),
        "gaps": list(facts.gaps),
    }
    if facts.more:
        found["extensions"] = {"counts": {name: _count(number) for name, number in facts.more}}
    if facts.agent_version is not None:
        found["agentVersion"] = _word(facts.agent_version)
    return found


def _accesses(session: Session, wanted: Callable[[Access], bool]) -> Number:
    return _number(one.basis for one in session.access if wanted(one))


def _outside(session: Session) -> Number:
    """Unknown where the session's directory is unknown; else the files known to lie outside."""
    files = [one for one in session.access if one.kind in IN_FILES]
    outside = [one for one in files if one.outside_worktree]
    if not outside and (session.cwd is None or (files and all(one.outside_worktree is None for one in files))):
        return Number(count=0, basis=Basis.UNKNOWN)
    return _number(one.basis for one in outside)


def _checks(session: Session) -> tuple[CheckFact, ...]:
    counted = Counter((check.kind, check.status) for check in session.checks)
    return tuple(
        CheckFact(
            kind=kind,
            outcome=outcome,
            count=counted[kind, outcome],
            basis=Basis.REPORTED if outcome is CheckStatus.CLAIMED else Basis.OBSERVED,
        )
        for kind in CheckKind
        for outcome in CheckStatus
        if counted[kind, outcome]
    )


def _number(bases: Iterable[Basis], *, none: Basis = Basis.OBSERVED) -> Number:
    """`none`: the basis of a zero."""
    found = list(bases)
    weakest = next((basis for basis in _WEAKEST_FIRST if basis in found), none)
    return Number(count=len(found), basis=weakest)


def _word(word: Word) -> dict[str, str]:
    return {"value": word.value, "basis": word.basis.value}


def _count(number: Number) -> dict[str, object]:
    return {"count": number.count, "basis": number.basis.value}
