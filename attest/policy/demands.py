"""What a tier asks of sessions, one demand at a time: what must be shown by one of them, what may be shown by none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from attest.model.verdict import EvidenceReport, Verdict
from attest.model.witnessed import Witnessed, WitnessState
from attest.policy.facts import SessionFacts
from attest.policy.globs import word_matches
from attest.policy.values import Require


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing asked for and what came of it."""

    check: str
    verdict: Verdict
    against: str
    detail: str = ""
    fix: str = ""


def shown(need: Require, counted: tuple[SessionFacts, ...], oid: str) -> Iterator[Demand]:
    """Yield what at least one counted session must show; more evidence can only help."""
    again = f"whereof record --commit {oid[:12]}, for a session that shows it"
    asks: list[tuple[str, Callable[[SessionFacts], bool], str]] = []
    if need.session == "full":
        asks.append(("session.full", lambda one: one.parts > 0, "no counted session was recorded with its parts"))
    if need.plan:
        asks.append(("plan", lambda one: one.plans > 0, "no counted session shows a plan put before a person"))
    for name, kinds in (("ran", need.ran), ("observed", need.observed), ("passed", need.passed)):
        asks += [
            (f"verification.{name}.{kind}", _check(name, kind), f"no counted session shows {kind}: {name}")
            for kind in kinds
        ]
    if need.sources:
        sources = need.sources
        asks.append(("capture.source", lambda one: one.source in sources, "no counted session was captured that way"))
    for check, holds, missing in asks:
        met = any(holds(one) for one in counted)
        yield Demand(
            check=check,
            verdict=Verdict.PASS if met else Verdict.POLICY,
            against=f"{len(counted)} counted sessions",
            detail="" if met else missing,
            fix="" if met else again,
        )


def denials(need: Require, sessions: tuple[SessionFacts, ...], *, complete: bool, against: str) -> Iterator[Demand]:
    """Yield what no session may show, whoever signed it; without a complete list, none seen is not known."""
    asks: list[tuple[str, Callable[[SessionFacts], str]]] = [
        (f"access.deny.{name}", _touched(name)) for name in need.deny_access
    ]
    if need.deny_modes:
        modes = need.deny_modes
        asks.append(("agent.deny_permission_modes", lambda one: _first(modes, one.modes)))
    if need.models:
        models = need.models
        asks.append(("agent.models", lambda one: _other(models, one.models)))
    if need.names:
        names = need.names
        asks.append(("agent.names", lambda one: _other(names, (one.agent,))))
    if need.deny_gaps:
        gaps = need.deny_gaps
        asks.append(("capture.deny_gaps", lambda one: _first(gaps, one.gaps)))
    for check, broken in asks:
        yield _denial(check, [found for one in sessions if (found := broken(one))], complete=complete, against=against)


def witnessed(least: int, relied: tuple[EvidenceReport, ...], pinned: str) -> Demand:
    """Ask that `least` of the reader's pinned witnesses cosigned a head over every piece of evidence relied on."""
    fix = "whereof export proof REV, when the witnesses have cosigned a later head"
    short = next((r for r in relied if r.witnessed and _has_head(r.witnessed) and not r.witnessed.holds(least)), None)
    unknown = next((r for r in relied if r.witnessed is None or not _has_head(r.witnessed)), None)
    against, count = pinned or "no witness is pinned", f"{least} asked for"
    if relied and not pinned:
        fix = "pin a policy file: --witness-policy FILE, or .attest/trust/witnesses.policy"
        return Demand(check="witness", verdict=Verdict.INDETERMINATE, against=against, detail=count, fix=fix)
    if short is not None and short.witnessed is not None:
        detail = f"{short.witnessed.words}; {count}"
        return Demand(check="witness", verdict=Verdict.POLICY, against=against, detail=detail, fix=fix)
    if unknown is not None:
        why = unknown.witnessed.detail if unknown.witnessed is not None else ""
        detail = "; ".join(filter(None, (f"no cosigned head over entry {unknown.log_index} is at hand", why)))
        return Demand(check="witness", verdict=Verdict.INDETERMINATE, against=against, detail=detail, fix=fix)
    detail = f"{count}; every entry relied on is under such a head" if relied else "no evidence that could be witnessed"
    return Demand(check="witness", verdict=Verdict.PASS, against=against, detail=detail)


def bad_heads(reports: tuple[EvidenceReport, ...]) -> tuple[Demand, ...]:
    """Give a cosigned head that claims the pinned log or a pinned witness and is bad, whatever the tier asks for."""
    bad = (one.witnessed for one in reports if one.witnessed and one.witnessed.state is WitnessState.BAD)
    fix = "keep the file and report it"
    return tuple(
        Demand(check="witness", verdict=Verdict.INVALID, against=one.against, detail=one.detail, fix=fix)
        for one in list(bad)[:1]
    )


def _has_head(one: Witnessed) -> bool:
    return one.state in {WitnessState.COSIGNED, WitnessState.SHORT}


def _denial(check: str, broken: list[str], *, complete: bool, against: str) -> Demand:
    known = [one for one in broken if not one.startswith("?")]
    if known:
        return Demand(
            check=check,
            verdict=Verdict.POLICY,
            against="every session that verified",
            detail=f"a session shows {known[0]}",
            fix="have the change made again without it, or grant an exception",
        )
    if broken:
        detail = f"a session says that {broken[0].removeprefix('?')} is not known"
        return Demand(check=check, verdict=Verdict.INDETERMINATE, against="every session that verified", detail=detail)
    if not complete:
        detail = "none seen, and a session that is not here could show it"
        fix = "ask the log for a complete answer"
        return Demand(check=check, verdict=Verdict.INDETERMINATE, against=against, detail=detail, fix=fix)
    return Demand(check=check, verdict=Verdict.PASS, against=against)


def _check(name: str, kind: str) -> Callable[[SessionFacts], bool]:
    return {
        "ran": lambda one: one.ran(kind),
        "observed": lambda one: one.observed(kind),
        "passed": lambda one: one.passed(kind),
    }[name]


def _touched(name: str) -> Callable[[SessionFacts], str]:
    return lambda one: name if name in one.touched else f"?{name}" if name in one.not_known else ""


def _first(globs: tuple[str, ...], words: tuple[str, ...]) -> str:
    return next((word for word in words if any(word_matches(glob, word) for glob in globs)), "")


def _other(globs: tuple[str, ...], words: tuple[str, ...]) -> str:
    return next((word for word in words if not any(word_matches(glob, word) for glob in globs)), "")
