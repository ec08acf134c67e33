"""Shares of a commit's added lines: in the agent's edits, in edits that a person changed first, not tracked.

A line counts as the agent's when an edit of the session put a line with the same words (blanks folded) into the same
file. This compares text: it does not prove who typed a line, and says nothing of lines that nobody recorded. What is not
tracked is not anybody's: it is never called a person's. Not for signed statements without its method and remainder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.answer import Row
from attest.model.basis import Basis
from attest.model.explain import TELLING_CHARS, edits_by_path, edits_of
from attest.model.fingerprint import line_fingerprint

if TYPE_CHECKING:
    from attest.model.changes import Change
    from attest.model.diff import FileDiff

METHOD: Final = "same-line-same-file@1"
"""Which rule counted: a line of at least `TELLING_CHARS` characters, found among the lines that edits of that file added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShares:
    """How many added lines of a commit came from where; the four parts add up to `added`."""

    added: int
    agent: int
    """Found in an edit that the agent made."""
    changed_by_person: int
    """Found only in an edit that a person changed before letting it through."""
    too_short: int
    """Shorter than `TELLING_CHARS` characters: they tell nothing."""
    untracked: int
    """Found in no edit of the session: a person, a formatter, a command, another session. Not known which."""
    person: int | None
    """Lines that a record shows a person typing. None: no format records that."""
    method: str


def line_shares(files: tuple[FileDiff, ...], changes: tuple[Change, ...], cwd: str | None) -> LineShares:
    """Count the added lines of a commit by the session's edits. Pure; linear in lines."""
    edits = edits_by_path(changes, cwd)
    agent = changed = short = untracked = 0
    for file in files:
        own = edits_of(file.path, edits)
        by_agent = {mark for change in own if not change.user_modified for mark in change.added}
        by_both = {mark for change in own if change.user_modified for mark in change.added}
        for line in (line for hunk in file.hunks for line in hunk.added):
            if len(line.strip()) < TELLING_CHARS:
                short += 1
                continue
            mark = line_fingerprint(line)
            agent += mark in by_agent
            changed += mark in by_both and mark not in by_agent
            untracked += mark not in by_agent and mark not in by_both
    return LineShares(
        added=agent + changed + short + untracked,
        agent=agent,
        changed_by_person=changed,
        too_short=short,
        untracked=untracked,
        person=None,
        method=METHOD,
    )


def shares_row(shares: LineShares) -> Row:
    """Give the row of section 4: counts, the remainder, and by what method."""
    both = f"{shares.changed_by_person:,} in edits that a person changed first, " if shares.changed_by_person else ""
    text = (
        f"{shares.added:,} added: {shares.agent:,} also in the agent’s edits, {both}{shares.untracked:,} not tracked, "
        f"{shares.too_short:,} too short to tell"
    )
    return Row(term="lines", text=text, note=f"method {shares.method}", basis=Basis.INFERRED)
