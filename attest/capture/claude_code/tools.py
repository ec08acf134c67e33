"""What the tools of Claude Code do. A tool that is not named here is an event and nothing else is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.capture.tool_kinds import ToolKind

if TYPE_CHECKING:
    from attest.capture.normaliser import ToolTable

TOOLS: Final[ToolTable] = {
    "Bash": ToolKind.SHELL,
    "PowerShell": ToolKind.SHELL,
    "Read": ToolKind.READ,
    "NotebookRead": ToolKind.READ,
    "Grep": ToolKind.SEARCH,
    "Glob": ToolKind.SEARCH,
    "LS": ToolKind.SEARCH,
    "Write": ToolKind.WRITE,
    "Edit": ToolKind.EDIT,
    "MultiEdit": ToolKind.EDIT,
    "NotebookEdit": ToolKind.EDIT,
    "WebFetch": ToolKind.FETCH,
    "WebSearch": ToolKind.WEB_SEARCH,
    "web_search": ToolKind.WEB_SEARCH,
    "TodoWrite": ToolKind.TASKS,
    "TaskCreate": ToolKind.TASKS,
    "TaskUpdate": ToolKind.TASKS,
    "ExitPlanMode": ToolKind.PLAN,
    "AskUserQuestion": ToolKind.ASK,
    "Task": ToolKind.SUBAGENT,
    "Agent": ToolKind.SUBAGENT,
}


def kind_of(tool: str) -> ToolKind:
    """Give what a tool does, by its name."""
    return ToolKind.MCP if tool.startswith("mcp__") else TOOLS.get(tool, ToolKind.OTHER)
