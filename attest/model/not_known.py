"""Section 11: what cannot be known, each with why and what would settle it. It is never empty."""

from __future__ import annotations

from typing import Final

from attest.model.answer import Mark, Row
from attest.model.session import EventKind, Session

NOTHING: Final = "nothing"


def unknown(what: str, why: str, settles: str = NOTHING) -> Row:
    """Give one row of section 11."""
    return Row(term="", mark=Mark.NOT_KNOWN, text=what, detail=why, settles=settles)


def session_unknowns(session: Session) -> tuple[Row, ...]:
    """Give what one session leaves open; the transcript's wholeness and traceless reads always are."""
    rows = [unknown("Whether the transcript is whole", _whole(session), "a capture by a runner that others control")]
    reasoning = sum(item.kind is EventKind.REASONING for item in session.events)
    why = f"{reasoning:,} reasoning records are in the transcript; what a vendor keeps back leaves no record."
    rows.append(unknown("Reasoning the vendor withheld", why, "nothing on our side"))
    apart = sum(not agent.transcript_present for agent in session.subagents)
    if apart:
        why = f"{apart:,} of {len(session.subagents):,} sub-agents have their own transcript, which is not in this session."
        rows.append(unknown("What sub-agents did", why, "their transcripts, recorded too"))
    why = "A command can read files and reach hosts that no record names."
    rows.append(unknown("What could have been read without trace", why, "a sandbox with a file and network audit"))
    return tuple(rows)


def repository_unknown(coverage: str = "") -> Row:
    """Give the row on agents that nobody captured; `coverage` is the repository's coverage that week, as a sentence."""
    why = coverage or "How much of this repository was captured that week is not known here."
    return unknown("Agents that were not captured", why, "`whereof survey` over that week")


def absent_unknowns() -> tuple[Row, ...]:
    """Give section 11 of a commit for which nothing is recorded."""
    return (
        unknown(
            "Whether an agent took part",
            "Unmarked means not known. It does not mean that a person wrote it.",
            "a declaration or a session",
        ),
        unknown(
            "Whether a transcript existed",
            "Nothing was captured for this commit.",
            "the agent’s own transcript folder, if it was kept",
        ),
        unknown(
            "What was read, run or decided",
            "Nothing was captured, so nothing can be ruled out.",
            "the transcript, if kept",
        ),
        unknown(
            "Whether anyone reviewed it elsewhere",
            "A comment on a forge is not a signed review.",
            "a signed review",
        ),
    )


def _whole(session: Session) -> str:
    missing = ", ".join(f"{gap.count:,} {gap.kind}" for gap in session.gaps)
    known = f" Known to be missing: {missing}." if missing else ""
    return f"Capture on a laptop is the producer’s word: {session.counts.records:,} records were handed in.{known}"
