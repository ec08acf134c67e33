"""Where an agent keeps the transcript of a session it gave a hook no path for (Cursor's CLI never does, Codex may not)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.capture.spool.witness import SeenSession

MAX_FOUND: Final = 64
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{8,128}")


def transcript_of(session: SeenSession, home: Path) -> str:
    """Give the path of a session's transcript: what the agent named, else where it keeps one; empty where there is none.

    Only files whose name holds the session's id are found, so no other session is taken for this one.
    """
    if session.transcript or not _PLAIN.fullmatch(session.session):
        return session.transcript
    found = [path for _, path in zip(range(MAX_FOUND), _places(session, home), strict=False) if path.is_file()]
    newest = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
    return "" if newest is None else str(newest)


def _places(session: SeenSession, home: Path) -> Iterator[Path]:
    name = session.session
    match session.agent:
        case "cursor":
            for folder in session.folders:
                kept = (
                    home
                    / ".cursor"
                    / "projects"
                    / re.sub(r"[^A-Za-z0-9]+", "-", folder).strip("-")
                    / "agent-transcripts"
                )
                yield kept / name / f"{name}.jsonl"
                yield kept / f"{name}.jsonl"
        case "codex":
            yield from (home / ".codex" / "sessions").glob(f"*/*/*/rollout-*{name}.jsonl")
        case "claude-code":
            yield from (home / ".claude" / "projects").glob(f"*/{name}.jsonl")
        case "copilot-cli":
            yield home / ".copilot" / "session-state" / name / "events.jsonl"
        case _:
            return
