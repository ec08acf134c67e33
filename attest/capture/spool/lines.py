"""One line of the spool as a value. The file is written by any number of hooks at once; its order is theirs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINE_BYTES: Final = 4096
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SESSION: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
START_EVENTS: Final = frozenset({"SessionStart", "sessionStart"})
END_EVENTS: Final = frozenset({"SessionEnd", "sessionEnd"})
TURN_END_EVENTS: Final = frozenset({"Stop", "StopFailure", "AfterAgent", "stop", "agentStop"})
CALL_EVENTS: Final = frozenset({"PreToolUse", "BeforeTool", "preToolUse"})
RESULT_EVENTS: Final = frozenset({"PostToolUse", "PostToolUseFailure", "AfterTool", "postToolUse"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLine:
    """An agent called its hook."""

    place: int
    """Its number among all lines read, in the order they were written."""
    at: int
    """Seconds since the epoch, by this machine's clock."""
    agent: str
    """The agent whose configuration called: a label, for the transcript's content decides."""
    event: str
    session: str
    transcript: str
    """Empty where the agent named none."""
    cwd: str
    call: str
    """The agent's id of the tool call; empty where it gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitLine:
    """git said that a commit was made in a work tree."""

    place: int
    at: int
    oid: str
    worktree: str
    action: str
    """git's reflog action, where it is set: `rebase`, `cherry-pick`, …"""
    rebasing: bool
    inside: str
    """The agent whose shell ran git, as its environment says; empty where it says nothing."""
    inside_session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """git moved HEAD of a work tree."""

    place: int
    at: int
    old: str
    new: str
    worktree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteLine:
    """git replaced commits by others: (old, new) pairs, as its post-rewrite hook gives them."""

    place: int
    at: int
    kind: str
    pairs: tuple[tuple[str, str], ...]


SpoolLine = AgentLine | CommitLine | MoveLine | RewriteLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLines:
    """What the event files hold."""

    lines: tuple[SpoolLine, ...]
    unread: int
    """Lines that are not whole or not ours: a full disk tore them, or somebody wrote them by hand."""


def parse_spool(data: Iterable[bytes]) -> SpoolLines:
    """Read the bytes of event files, oldest first; what does not parse is counted and passed over."""
    lines: list[SpoolLine] = []
    unread = place = 0
    for file in data:
        for raw in file.split(b"\n"):
            if not raw.strip():
                continue
            place += 1
            found = _parse(raw, place)
            if found is None:
                unread += 1
            else:
                lines.append(found)
    return SpoolLines(lines=tuple(lines), unread=unread)


def _parse(raw: bytes, place: int) -> SpoolLine | None:
    if len(raw) > MAX_LINE_BYTES:
        return None
    try:
        row = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.get("v") != 1 or not isinstance(row.get("t"), int):
        return None
    if "git" in row:
        return _git_line(row, place)
    session = _text(row, "session")
    if not _SESSION.fullmatch(session):
        return None
    return AgentLine(
        place=place,
        at=row["t"],
        agent=_text(row, "agent"),
        event=_text(row, "event"),
        session=session,
        transcript=_text(row, "transcript"),
        cwd=_text(row, "cwd"),
        call=_text(row, "call"),
    )


def _git_line(row: dict[str, object], place: int) -> SpoolLine | None:
    at = row["t"] if isinstance(row["t"], int) else 0
    new = _oid(row, "new")
    match row["git"]:
        case "post-commit" if new:
            return CommitLine(
                place=place,
                at=at,
                oid=new,
                worktree=_text(row, "worktree"),
                action=_text(row, "action"),
                rebasing=row.get("rebasing") is True,
                inside=_text(row, "in"),
                inside_session=_text(row, "in_session"),
            )
        case "reference-transaction" if new:
            return MoveLine(place=place, at=at, old=_oid(row, "old"), new=new, worktree=_text(row, "worktree"))
        case "post-rewrite":
            words = (pair.split(" ") for pair in _text(row, "pairs").split(",") if pair)
            pairs = tuple((w[0], w[1]) for w in words if len(w) == 2 and _OID.fullmatch(w[0]) and _OID.fullmatch(w[1]))
            return RewriteLine(place=place, at=at, kind=_text(row, "kind"), pairs=pairs)
        case _:
            # A push, or a hook of a later version: it is a line of ours that says nothing here.
            return MoveLine(place=place, at=at, old="", new="", worktree=_text(row, "worktree"))


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _oid(row: dict[str, object], name: str) -> str:
    value = _text(row, name)
    return value if _OID.fullmatch(value) else ""
