"""What the tools of Codex do. A tool that is not named here is an event and nothing else is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.capture.codex.calls import CODE_TOOL, PATCH_TOOL, SHELL_TOOLS
from attest.capture.lines import Fields
from attest.capture.tool_kinds import ToolKind

if TYPE_CHECKING:
    from attest.capture.normaliser import ToolTable

TOOLS: Final[ToolTable] = {
    **dict.fromkeys(SHELL_TOOLS, ToolKind.SHELL),
    CODE_TOOL: ToolKind.SHELL,
    PATCH_TOOL: ToolKind.PATCH,
    "update_plan": ToolKind.TASKS,
    "request_user_input": ToolKind.ASK,
    "view_image": ToolKind.READ,
    "read_file": ToolKind.READ,
    "grep_files": ToolKind.SEARCH,
    "list_dir": ToolKind.SEARCH,
    "web_search": ToolKind.WEB_SEARCH,
    "web_search_call": ToolKind.WEB_SEARCH,
    "spawn_agent": ToolKind.SUBAGENT,
}


def kind_of(tool: str, arguments: Fields) -> ToolKind:
    """Give what a call does, by the name of its tool; a shell call that is nothing but a patch is a patch."""
    if arguments.get("patch"):
        return ToolKind.PATCH
    return ToolKind.MCP if tool.startswith("mcp__") else TOOLS.get(tool, ToolKind.OTHER)
