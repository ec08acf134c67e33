"""Where each agent looks for hooks, which of its events are asked for, and how an entry is written in its own form.

Forms as the vendors document them: Claude Code, Codex and Gemini CLI group handlers below an event, Cursor and Copilot
CLI list them. Only events that have long been there are named: an older program refuses a whole file over one it does
not know. Tool events are asked for shell tools alone, to tell during which call a commit was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MARK: Final = "/whereof/hook"
"""In every command of ours: how an entry is known again."""
TIMEOUT_S: Final = 10
"""What an agent gives a hook before it goes on without it; the hook needs a few thousandths of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of an agent; `matcher` narrows it to a tool, None asks for all."""

    name: str
    matcher: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHooks:
    """One agent: its name here, its file below the work tree, its events and the form of its entries."""

    agent: str
    path: str
    grouped: bool
    """Handlers stand in groups below the event (`hooks: [{hooks: [...]}]`), not in the event's own list."""
    project_variable: str | None
    """Environment variable that names the work tree's top; None where hooks run there."""
    timeout: tuple[str, int] | None
    powershell: bool = False
    version: int | None = None
    """Value of a `version` member that the file must have."""
    events: tuple[Event, ...]

    def handler(self, event: Event) -> dict[str, object]:
        """Give the handler of one event, as it stands in the file."""
        command = hook_command(self.agent, event.name, self.project_variable)
        out: dict[str, object] = {}
        if self.agent != "cursor":
            out["type"] = "command"
        out["bash" if self.powershell else "command"] = command
        if self.powershell:
            out["powershell"] = powershell_command(self.agent, event.name)
        if self.timeout is not None:
            out[self.timeout[0]] = self.timeout[1]
        return out

    def entry(self, event: Event) -> dict[str, object]:
        """Give what is added to the event's list."""
        handler = self.handler(event)
        matcher: dict[str, object] = {} if event.matcher is None else {"matcher": event.matcher}
        return matcher | {"hooks": [handler]} if self.grouped else handler | matcher


def hook_command(agent: str, event: str, project_variable: str | None) -> str:
    """Give the shell command of an entry: it starts no program but `sh` in a plain clone, and does nothing elsewhere.

    The file may be committed: whoever has not run `whereof init` has no hook in their git directory, and the command
    ends with 0 at once.
    """
    top = f"${{{project_variable}:-.}}" if project_variable else "."
    inside = f'-C "{top}" ' if project_variable else ""
    return (
        f'h="{top}/.git{MARK}"; '
        f'[ -r "$h" ] || h="$(git {inside}rev-parse --path-format=absolute --git-common-dir 2>/dev/null){MARK}"; '
        f'[ -r "$h" ] && exec sh "$h" {agent} {event}; exit 0'
    )


def powershell_command(agent: str, event: str) -> str:
    """Give the same for PowerShell; untested where no Windows runs."""
    return (
        f'$h = "$(git rev-parse --path-format=absolute --git-common-dir 2>$null){MARK}.ps1"; '
        f"if (Test-Path $h) {{ & $h {agent} {event} }}; exit 0"
    )


def _events(words: str, *, narrowed: tuple[str, ...] = (), matcher: str | None = None) -> tuple[Event, ...]:
    return tuple(Event(name=name, matcher=matcher if name in narrowed else None) for name in words.split())


AGENTS: Final = (
    AgentHooks(
        agent="claude-code",
        path=".claude/settings.json",
        grouped=True,
        project_variable="CLAUDE_PROJECT_DIR",
        timeout=("timeout", TIMEOUT_S),
        events=_events(
            "SessionStart UserPromptSubmit PreToolUse PostToolUse PermissionRequest SubagentStop PreCompact Stop SessionEnd",
            narrowed=("PreToolUse", "PostToolUse"),
            matcher="Bash",
        ),
    ),
    AgentHooks(
        agent="codex",
        path=".codex/hooks.json",
        grouped=True,
        project_variable=None,
        timeout=("timeout", TIMEOUT_S),
        events=_events(
            "SessionStart UserPromptSubmit PreToolUse PostToolUse PermissionRequest SubagentStop PreCompact Stop SessionEnd",
            narrowed=("PreToolUse", "PostToolUse"),
            matcher="Bash",
        ),
    ),
    AgentHooks(
        agent="gemini",
        path=".gemini/settings.json",
        grouped=True,
        project_variable="GEMINI_PROJECT_DIR",
        timeout=("timeout", TIMEOUT_S * 1000),
        events=_events(
            "SessionStart BeforeAgent BeforeTool AfterTool AfterAgent PreCompress SessionEnd",
            narrowed=("BeforeTool", "AfterTool"),
            matcher="run_shell_command",
        ),
    ),
    AgentHooks(
        agent="cursor",
        path=".cursor/hooks.json",
        grouped=False,
        project_variable="CURSOR_PROJECT_DIR",
        timeout=None,
        version=1,
        events=_events(
            "sessionStart beforeSubmitPrompt preToolUse postToolUse preCompact subagentStop stop sessionEnd",
            narrowed=("preToolUse", "postToolUse"),
            matcher="Shell",
        ),
    ),
    AgentHooks(
        agent="copilot-cli",
        path=".github/hooks/whereof.json",
        grouped=False,
        project_variable=None,
        timeout=("timeoutSec", TIMEOUT_S),
        powershell=True,
        version=1,
        events=_events(
            "sessionStart userPromptSubmitted preToolUse postToolUse preCompact subagentStop agentStop sessionEnd"
        ),
    ),
)
"""Every agent that `whereof init` knows."""
