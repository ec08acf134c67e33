"""Where each agent keeps its transcripts, below a home directory or in the folder itself: patterns, nothing is read.

A pattern is a path with `*` for any one name. Variables of the environment that move a place are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_EDITORS = ("Code", "Code - Insiders", "VSCodium")
_EDITOR_ROOTS = (".config", "Library/Application Support", "AppData/Roaming", ".vscode-server/data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One place of one agent."""

    agent: str
    root: str
    """Below the home directory."""
    pattern: tuple[str, ...]
    """Names below the root, `*` for any, `*.x` for any that ends so."""
    evidence: str
    """Where it is said which folder a session was run in: `claude-name`, `cursor-name`, `cwd` (in its first records),
    `gemini` (a marker beside it, or the hash of the folder), `workspace` (the editor's own file), `none`."""


PLACES: Final = (
    Kept(agent="claude-code", root=".claude/projects", pattern=("*", "*.jsonl"), evidence="claude-name"),
    Kept(agent="codex", root=".codex/sessions", pattern=("*", "*", "*", "*.jsonl"), evidence="cwd"),
    Kept(agent="codex", root=".codex/archived_sessions", pattern=("*.jsonl",), evidence="cwd"),
    Kept(agent="gemini-cli", root=".gemini/tmp", pattern=("*", "chats", "*.json"), evidence="gemini"),
    Kept(agent="gemini-cli", root=".gemini/tmp", pattern=("*", "chats", "*.jsonl"), evidence="gemini"),
    Kept(agent="copilot-cli", root=".copilot/session-state", pattern=("*", "events.jsonl"), evidence="cwd"),
    Kept(agent="copilot-cli", root=".copilot/session-state", pattern=("*.jsonl",), evidence="cwd"),
    Kept(
        agent="cursor", root=".cursor/projects", pattern=("*", "agent-transcripts", "*.jsonl"), evidence="cursor-name"
    ),
    Kept(
        agent="cursor",
        root=".cursor/projects",
        pattern=("*", "agent-transcripts", "*", "*.jsonl"),
        evidence="cursor-name",
    ),
    Kept(agent="opencode", root=".local/share/opencode", pattern=("opencode.db",), evidence="none"),
    Kept(agent="openhands", root=".openhands/conversations", pattern=("*", "base_state.json"), evidence="none"),
    *(
        Kept(
            agent="copilot-vscode",
            root=f"{base}/{name}User/workspaceStorage",
            pattern=("*", *below),
            evidence="workspace",
        )
        for base in _EDITOR_ROOTS
        for name in (("",) if base.endswith("/data") else tuple(f"{editor}/" for editor in _EDITORS))
        for below in (
            ("chatSessions", "*.json"),
            ("chatSessions", "*.jsonl"),
            ("GitHub.copilot-chat", "transcripts", "*.jsonl"),
        )
    ),
)
"""Every place that is known; none of them need exist."""

FOLDER_OF_FILE: Final = frozenset({"base_state.json"})
"""Files that stand for the folder they lie in: the transcript is the folder."""
IN_THE_FOLDER: Final = (("aider", ".aider.chat.history.md"),)
"""Kept in the folder that the agent works in."""
