"""Tools in spans: the names are those of whatever agent wrote them, so that the tables of several are looked up."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from attest.capture.argument_names import shared_arguments
from attest.capture.copilot.tools import kind_of as copilot_kind_of
from attest.capture.lines import Fields
from attest.capture.normaliser import ToolTable
from attest.capture.records import text_of
from attest.capture.tool_kinds import ToolKind

TOOLS: Final[ToolTable] = MappingProxyType(
    {
        **dict.fromkeys(("Bash", "run_shell_command", "shell", "exec_command", "execute_bash"), ToolKind.SHELL),
        **dict.fromkeys(("shell_command", "terminal", "run_command", "execute_command"), ToolKind.SHELL),
        **dict.fromkeys(("Read", "read", "NotebookRead", "read_many_files", "open_file"), ToolKind.READ),
        **dict.fromkeys(("Grep", "Glob", "LS", "list", "list_directory", "search_file_content"), ToolKind.SEARCH),
        **dict.fromkeys(("grep_files", "list_files", "codesearch"), ToolKind.SEARCH),
        **dict.fromkeys(("Write", "write", "write_file", "write_to_file"), ToolKind.WRITE),
        **dict.fromkeys(("Edit", "MultiEdit", "NotebookEdit", "multiedit", "replace"), ToolKind.EDIT),
        **dict.fromkeys(("WebFetch", "webfetch"), ToolKind.FETCH),
        **dict.fromkeys(("WebSearch", "websearch", "google_web_search"), ToolKind.WEB_SEARCH),
        **dict.fromkeys(("TodoWrite", "todowrite", "write_todos"), ToolKind.TASKS),
        **dict.fromkeys(("Task", "Agent", "spawn_agent", "subagent"), ToolKind.SUBAGENT),
        **dict.fromkeys(("AskUserQuestion", "question"), ToolKind.ASK),
        "ExitPlanMode": ToolKind.PLAN,
    }
)
"""Names of other agents' tools, beside Copilot's."""


def tool_of_span(tool: str, arguments: Fields, attributes: Fields) -> tuple[ToolKind, Fields]:
    """Give what a tool does, and its arguments with the shared names."""
    method = text_of(attributes, "mcp.method.name")
    if method or tool.startswith("mcp__"):
        server, name = _server(tool)
        server = server or text_of(attributes, "mcp.server.name") or text_of(attributes, "server.address")
        return ToolKind.MCP, {**arguments, "server": server, "tool_name": name}
    kind = copilot_kind_of(tool, arguments)
    if kind is ToolKind.OTHER:
        kind = TOOLS.get(tool, ToolKind.OTHER)
    if kind is ToolKind.MCP:
        return kind, {**arguments, "server": "", "tool_name": tool}
    return kind, shared_arguments(kind, arguments)


def _server(tool: str) -> tuple[str, str]:
    """`mcp__server__tool`, as several agents write it."""
    parts = tool.split("__", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "mcp" else ("", tool)
