"""What a change of policy would have decided, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.cli.output import print_line
from attest.model.times import rfc3339_seconds

if TYPE_CHECKING:
    from attest.model.verdict import CommitVerdict
    from attest.usecases.diff_policy import Change, Impact

MAX_SHOWN = 200


def print_impact(impact: Impact) -> None:
    """Print one line for each commit whose verdict changes, and what made it so."""
    print_line(f"from {impact.before}")
    print_line(f"to   {impact.after}")
    for one in impact.changes[:MAX_SHOWN]:
        print_line(f"{one.after.oid[:12]}  {_side(one.before)} -> {_side(one.after)}")
        print_line(f"              {_why(one)}")
    if len(impact.changes) > MAX_SHOWN:
        print_line(f"{len(impact.changes) - MAX_SHOWN} more; --json lists all")
    since = impact.since.strftime("%Y-%m-%d")
    more = ", and there are more commits than that" if impact.cut else ""
    print_line(f"{impact.judged} commits since {since}{more}: {len(impact.changes)} are decided otherwise")
    print_line(f"{len(impact.stopped)} would have been stopped, {len(impact.let_through)} no longer would be")


def impact_json(impact: Impact) -> dict[str, object]:
    """Give the JSON form."""
    return {
        "before": impact.before,
        "after": impact.after,
        "since": rfc3339_seconds(impact.since),
        "judged": impact.judged,
        "cut": impact.cut,
        "changed": len(impact.changes),
        "stopped": len(impact.stopped),
        "let_through": len(impact.let_through),
        "commits": [
            {"commit": one.after.oid, "before": _json(one.before), "after": _json(one.after), "why": _why(one)}
            for one in impact.changes
        ],
    }


def _side(one: CommitVerdict) -> str:
    return f"{one.verdict.value} (tier {one.tier or 'none'}, exit {one.exit_code})"


def _json(one: CommitVerdict) -> dict[str, object]:
    return {"verdict": one.verdict.value, "tier": one.tier or None, "mode": one.mode, "exit_code": one.exit_code}


def _why(one: Change) -> str:
    if one.why is None:
        return one.after.reason
    placed = f"tier {one.why.tier}, rule {one.why.rule}"
    fell = "" if one.after.reasons and one.why in one.after.reasons else " no longer asked"
    return f"{one.why.check} ({placed}){fell}: {one.why.detail or one.why.verdict.value}"
