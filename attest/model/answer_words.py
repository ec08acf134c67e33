"""The sentences that every rendering of an answer shares, so that terminal, page and report say the same words."""

from __future__ import annotations

from datetime import UTC, datetime

from attest.model.answer import Answer, RecordedTime, VerdictLine

NO_CLAIMS = "What Whereof does not claim"
NOT_RECORDED_STEPS = "What would settle it"
UNKNOWN_HEAD = ("what and why", "what would settle it")
CHANGED_HEAD = ("path", "added", "removed", "explained", "outside", "not explained")
RECORDED_HEAD = ("time (UTC)", "to landing", "whose clock")
EARLIEST_OUTSIDE = "the earliest outside time"
NO_OUTSIDE_TIME = "none outside this operator"
NOT_KNOWN = "not known"
NO_SUBJECT = "message not at hand"
NO_REPOSITORY = "repository not known"


def time_text(moment: datetime) -> str:
    """Give a moment as `2026-11-18 14:02:06`, in UTC, to the second; who shows it names UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def recorded_time_text(recorded: RecordedTime) -> str:
    """Give the time cell of section 9: the time, or `not known`."""
    return NOT_KNOWN if recorded.time is None else time_text(recorded.time)


def number_text(count: int | None) -> str:
    """Give a count with thousands parted by commas; `not known` for None, never a zero."""
    return NOT_KNOWN if count is None else f"{count:,}"


def policy_line(verdict: VerdictLine) -> str:
    """Give the small line under the verdict: policy, tier, where it was read, mode and exit codes."""
    if not verdict.policy:
        return "No policy was applied."
    policy = f"Policy `{verdict.policy}`"
    if verdict.base == "unprotected":
        policy += ", policy base: unprotected"
    elif verdict.base:
        policy += f", read at {verdict.base}"
    if verdict.tier:
        policy += f", tier {verdict.tier}"
    note = f", {verdict.note}" if verdict.note else ""
    mode = f"Mode {verdict.mode}: exit code {verdict.exit_code}{note}"
    if verdict.mode != "enforce":
        mode += f"; in mode enforce: exit code {verdict.enforce_exit_code}"
    return f"{policy}. {mode}."


def root_groups(root: str) -> str:
    """Give a root in groups of four hex digits, as a person compares it."""
    return " ".join(root[at : at + 4] for at in range(0, len(root), 4))


def as_of_line(answer: Answer) -> str:
    """Give the line that ends a record: tree size, full root and log; or that no log was asked."""
    if answer.as_of is None:
        return "No log was asked: completeness not proved."
    head = answer.as_of
    followed = "".join(f", which follows `{one.log}` (final size {one.tree_size:,})" for one in answer.follows)
    return f"As of tree size {head.tree_size:,}, root `{root_groups(head.root)}`, log `{head.log}`{followed}"
