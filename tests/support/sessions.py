"""A small derived session, made by hand: every kind of signal, and routine between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attest.model.access import Access, AccessKind, Authority, Grant, ToolUse
from attest.model.basis import Basis, Evidence
from attest.model.changes import BaseState
from attest.model.checks import Check, CheckKind, CheckStatus, ExitSource, Mask
from attest.model.decisions import (
    Override,
    OverrideKind,
    Plan,
    PlanKind,
    PlanState,
    Prompt,
    RejectedPath,
    RejectedPathKind,
)
from attest.model.session import Actor, Counts, Event, EventKind, Gap, Session, Source

SESSION_ID = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2"
START = datetime(2026, 11, 18, 13, 8, tzinfo=UTC)
EVENTS = 120
RULE = "test@1"


def at(record: int) -> Evidence:
    return Evidence(record=record, byte_start=record * 100, byte_end=record * 100 + 99, pointer="")


def time(record: int) -> datetime:
    return START + timedelta(seconds=27 * record)


def _event(seq: int, text: str) -> Event:
    return Event(
        seq=seq,
        native_id=None,
        parent=None,
        ts=time(seq),
        actor=Actor.AGENT,
        kind=EventKind.TOOL_CALL if seq % 3 else EventKind.MESSAGE,
        tool=("Read", "Edit", "Bash")[seq % 3] if seq % 3 else None,
        call_id=None,
        preview=f"{text} {seq}",
        evidence=at(seq),
    )


def _plan(revision: int, record: int, added: tuple[str, ...], removed: tuple[str, ...]) -> Plan:
    return Plan(
        kind=PlanKind.PROPOSAL,
        revision=revision,
        text="",
        truncated=False,
        steps=added,
        steps_added=added,
        steps_removed=removed,
        state=PlanState.APPROVED if revision == 2 else PlanState.SUPERSEDED,
        reason=None,
        before_first_edit=revision == 1,
        ts=time(record),
        evidence=(at(record),),
        rule=RULE,
        basis=Basis.OBSERVED,
    )


def _check(status: CheckStatus, record: int, argv: tuple[str, ...], why: str) -> Check:
    claimed = status is CheckStatus.CLAIMED
    return Check(
        kind=CheckKind.TEST,
        tool="pytest",
        argv=argv,
        cwd=None,
        exit=None if claimed else int(status is CheckStatus.FAILED),
        exit_source=ExitSource.NONE if claimed else ExitSource.NATIVE,
        masked_by=(Mask.PIPE,) if status is CheckStatus.INCONCLUSIVE else (),
        counts=None,
        status=status,
        why=why,
        stale_after=0,
        ts=time(record),
        evidence=(at(record),),
        rule=RULE,
        basis=Basis.REPORTED if claimed else Basis.OBSERVED,
    )


def _access(kind: AccessKind, target: str, record: int) -> Access:
    return Access(
        kind=kind,
        target=target,
        count=1,
        outside_worktree=False,
        ts=time(record),
        evidence=(at(record),),
        rule=RULE,
        basis=Basis.OBSERVED,
    )


def session(
    intent: str = "Keep `ledger.post` as it is, and refuse what cannot be priced.", word: str = "step"
) -> Session:
    """Give a session of 120 events; `intent` and `word` stand for any hostile text."""
    prompt = Prompt(
        text=intent, truncated=False, ts=time(0), event=0, evidence=(at(0),), rule=RULE, basis=Basis.OBSERVED
    )
    return Session(
        source=Source(
            agent="claude-code", agent_version="2.1.4", format="claude-code", format_version=None, label_claimed=None
        ),
        native_id="native",
        parent_id=None,
        started=time(0),
        ended=time(EVENTS - 1),
        cwd="/home/dev/payments",
        branch="main",
        models=("claude-opus-4-8",),
        head="0" * 64,
        counts=Counts(
            records=EVENTS,
            with_events=EVENTS,
            events=EVENTS,
            bytes=48_123,
            bad_lines=0,
            unknown_types=(),
            skipped=(),
        ),
        gaps=(Gap(kind="orphan-parent", count=2, evidence=()),),
        events=tuple(_event(seq, word) for seq in range(EVENTS)),
        intent=prompt,
        directions=(),
        plans=(
            _plan(1, 9, (f"validate in the handler {word}", "return 422"), ()),
            _plan(2, 48, (f"validate before the entry is written {word}",), ("return 422",)),
        ),
        answers=(),
        overrides=(
            Override(
                kind=OverrideKind.REJECTION,
                tool="Edit",
                target=f"src/payments/rates.py {word}",
                reason=f"No, fail closed. {word}",
                correction=None,
                ts=time(60),
                evidence=(at(60),),
                rule=RULE,
                basis=Basis.OBSERVED,
            ),
        ),
        rejected_paths=(
            RejectedPath(
                kind=RejectedPathKind.REVERSAL,
                tool="Edit",
                target="src/payments/schema.py",
                detail=word,
                ts=time(33),
                evidence=(at(33), at(40)),
                rule=RULE,
                basis=Basis.OBSERVED,
            ),
        ),
        checks=(
            _check(CheckStatus.FAILED, 72, ("pytest", "tests/"), "its own exit was 1"),
            _check(CheckStatus.PASSED, 95, ("pytest", "tests/"), "its own exit was 0"),
            _check(CheckStatus.INCONCLUSIVE, 104, ("mypy", "src", "|", "tail", "-5"), "the pipe masks the exit code"),
            _check(CheckStatus.CLAIMED, 110, (), "no such run is recorded"),
        ),
        access=(
            _access(AccessKind.SECRET, f".env.test {word}", 21),
            _access(AccessKind.NETWORK, "packages.example", 72),
            _access(AccessKind.FILE_READ, "src/payments/ledger.py", 3),
        ),
        authority=Authority(
            granted=(
                Grant(
                    kind="permission-mode",
                    value="acceptEdits",
                    from_event=1,
                    ts=time(1),
                    evidence=(at(1),),
                    rule=RULE,
                    basis=Basis.OBSERVED,
                ),
            ),
            used=(
                ToolUse(tool="Read", calls=40, rejected=0, errors=0),
                ToolUse(tool="Edit", calls=40, rejected=1, errors=0),
            ),
            unknown=("sandbox",),
        ),
        changes=(),
        commits=(),
        pull_requests=(),
        instructions=(),
        base=BaseState(commit=None, tree=None, dirty=None, evidence=(), rule=RULE, basis=Basis.UNKNOWN),
        subagents=(),
        usage=(),
        basis=Basis.REPORTED,
    )
