"""Facts of a report, made up: a quarter of changes in every state, with reviews, sessions, exceptions and gaps."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from attest.evidence.report.facts import (
    Change,
    CheckCount,
    Count,
    Entry,
    ExceptionFact,
    Failing,
    GapFact,
    Head,
    LandingFact,
    PolicyFact,
    ReportFacts,
    ReviewFact,
    SessionFact,
)

START = 1_787_000_000
DAY = 86_400
_STATES = ("covered", "covered", "covered", "declared", "covered", "marked", "covered", "unmarked", "exempt", "covered")
_TIERS = ("minimal", "standard", "high", "critical")


def entry(kind: str, index: int | None, *, verdict: str = "pass") -> Entry:
    name = "att_" + hashlib.sha256(f"{kind}/{index}".encode()).hexdigest()
    return Entry(
        kind=kind, attestation=name, log_index=index, verdict=verdict, signed_at=START + 60 * index if index else None
    )


def review(index: int, independent: str = "yes", standing: str = "current") -> ReviewFact:
    return ReviewFact(
        entry=entry("review", index),
        decision="approve",
        meaning="process and code",
        standing=standing,
        independent=independent,
    )


_OUTCOMES = ("passed", "passed", "passed", "without-verdict", "against-verdict", "not-known", "not-landed")


def landing(number: int) -> LandingFact:
    """Give how every change of a pair landed: two came by one step."""
    pair = number // 2
    outcome = _OUTCOMES[pair % len(_OUTCOMES)]
    if outcome == "not-landed":
        return LandingFact(outcome=outcome, why="it is not on the remote’s default branch as last fetched")
    standing = outcome in ("passed", "against-verdict")
    return LandingFact(
        outcome=outcome,
        why="a pass stood for every commit before it landed"
        if outcome == "passed"
        else "the verdict that stood was not",
        step=hashlib.sha256(f"step {pair}".encode()).hexdigest()[:40],
        at=START + 2 * pair * DAY + 3_600,
        verdict={"passed": "pass", "against-verdict": "policy"}.get(outcome, ""),
        mode="observe" if pair % 7 == 2 else "enforce",
        enforced="no" if pair % 7 == 2 else "yes",
        entries=((30_000 + pair, "att_" + hashlib.sha256(f"coverage {pair}".encode()).hexdigest()),)
        if standing
        else (),
    )


def change(number: int, *, subject: str | None = None) -> Change:
    state = _STATES[number % len(_STATES)]
    oid = hashlib.sha256(f"commit {number}".encode()).hexdigest()[:40]
    known = state in ("covered", "declared")
    kind = "declaration" if state == "declared" else "session"
    failing = not known and state != "exempt"
    verdict = "absent" if failing else "policy" if number % 11 == 4 else "pass"
    reason = Failing(
        rule="critical",
        check="review.humans" if verdict == "policy" else "evidence",
        verdict=verdict,
        mode="enforce",
        detail="0 of 2; signed by somebody whom the policy does not name as a reviewer"
        if verdict == "policy"
        else "no session and no declaration",
        fix=f"whereof review {oid[:12]}",
    )
    reviews = (review(10_000 + number, ("yes", "no", "not known")[number % 3]),) if known and number % 4 else ()
    return Change(
        oid=oid,
        subject=subject
        if subject is not None
        else f"Change the {('token', 'ledger', 'page')[number % 3]} number {number}",
        committed_at=START + number * DAY,
        state=state,
        verdict=verdict,
        tier=_TIERS[number % len(_TIERS)],
        mode="enforce",
        reasons=() if verdict == "pass" else (reason,),
        entries=(*((entry(kind, 100 + number),) if known else ()), *(one.entry for one in reviews)),
        reviews=reviews,
        links=("recorded",) if known else (),
        landing=landing(number),
    )


def session(number: int) -> SessionFact:
    return SessionFact(
        session=f"ses_{number:026d}",
        entry=entry("session", 100 + number),
        agent=("claude-code", "codex")[number % 2],
        models=(("model-a", "model-b")[number % 2],),
        modes=() if number % 5 == 0 else (("default", "bypassPermissions")[number % 7 == 3],),
        source=("hook", "imported")[number % 6 == 0],
        checks=(
            CheckCount(kind="test", outcome="passed", count=number % 4),
            CheckCount(kind="test", outcome="failed", count=number % 2),
            CheckCount(kind="lint", outcome="passed", count=1),
            CheckCount(kind="type", outcome="claimed", count=number % 3),
        ),
        counts=(
            ("access.env", Count(count=0, basis="observed")),
            ("access.network", Count(count=number % 2, basis="observed")),
            ("access.outside-worktree", Count(count=0, basis="unknown")),
            ("access.secret", Count(count=int(number % 9 == 4), basis="observed")),
            ("overrides", Count(count=number % 3, basis="observed")),
            ("plans", Count(count=1, basis="observed")),
            ("rejectedPaths", Count(count=number % 2, basis="inferred")),
        ),
        gaps=("permission-mode-unknown",) if number % 5 == 0 else (),
    )


def sample(count: int = 60, *, many_people: bool = True) -> ReportFacts:
    """Give facts of `count` changes, one a day."""
    changes = tuple(change(number) for number in reversed(range(count)))
    sessions = tuple(session(number) for number in range(count) if _STATES[number % len(_STATES)] == "covered")
    return ReportFacts(
        repository="forge.example/acme/pay",
        base="1" * 40,
        tip=changes[0].oid if changes else "2" * 40,
        made_at="2026-11-21T12:00:00.000000Z",
        version="0.1.0",
        policy=PolicyFact(
            name="acme-baseline", mode="enforce", base="111111111111, the base of the range", digests=("9f" * 32,)
        ),
        verdict="absent",
        stopped="",
        head=Head(origin="0123456789abcdef.whereof.invalid/logs/default", tree_size=48_231, root="ab" * 32),
        trust=("cd" * 32,),
        list_proved=False,
        changes=changes,
        sessions=sessions,
        exceptions=(
            ExceptionFact(
                entry=entry("exception", 20_001),
                rules=("critical", "auth"),
                reason="emergency",
                granted_at="2026-09-01T09:00:00.000000Z",
                expires_at="2026-09-08T09:00:00.000000Z",
                commits=2,
                expired=True,
            ),
        )
        if count
        else (),
        gaps=(
            GapFact(
                entry=entry("gap", 20_002),
                kind="paused",
                start="2026-09-10T09:00:00.000000Z",
                until="2026-09-10T11:00:00.000000Z",
                count=1,
                basis="observed",
            ),
        ),
        many_people=many_people,
        ignored=3,
        not_checked=(
            "cosignatures of witnesses: no witness is pinned",
            "whether the list of evidence is complete: plain files cannot prove it",
            "whether the transcript is whole: that is the recorder's word",
        ),
    )


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '"><svg onload=alert(1)> & </title></style>',
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe \u2066hidden\u2069 \x1b[31mred",
    '#panic(1) $x$ *bold* _it_ `raw` @ref #read("/etc/passwd") \\ // /* [',
    "w" * 10_240,
)


def hostile() -> ReportFacts:
    """Give facts with each hostile text as a subject, a rule, a detail and a name."""
    base = sample(len(HOSTILE))
    changes = tuple(
        replace(
            one,
            subject=text,
            tier=text[:64],
            verdict="policy",
            reasons=(Failing(rule=text, check=text, verdict="policy", mode="enforce", detail=text, fix=text),),
        )
        for one, text in zip(base.changes, HOSTILE, strict=True)
    )
    return replace(base, changes=changes, repository=HOSTILE[0], stopped="")
