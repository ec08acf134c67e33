"""Items of newer rollouts (`item_completed`) as the events that told the same before."""

from __future__ import annotations

from attest.capture.codex.calls import arguments_of_shell, command_of
from attest.capture.lines import Fields
from attest.capture.records import field, text_of

_COMMANDS = frozenset({"CommandExecution", "command_execution", "commandExecution"})
_PATCHES = frozenset({"FileChange", "file_change", "fileChange"})
_MCP_CALLS = frozenset({"McpToolCall", "mcp_tool_call", "mcpToolCall"})


def legacy_event(item: Fields) -> tuple[str, Fields] | None:
    """Give the name and the members of the event an item stands for; None where there was none."""
    kind, call_id = item.get("type"), text_of(item, "id")
    if kind in _COMMANDS:
        code = item.get("exit_code", item.get("exitCode"))
        return "exec_command_end", {**item, "call_id": call_id, "exit_code": code, "command_line": command_of(item)}
    if kind in _PATCHES:
        return "patch_apply_end", {**item, "call_id": call_id, "success": item.get("status") == "completed"}
    if kind in _MCP_CALLS:
        made = {name: item.get(name) for name in ("server", "tool", "arguments")}
        return "mcp_tool_call_end", {**item, "call_id": call_id, "invocation": made}
    return None


def arguments_of_item(item: Fields) -> tuple[str, Fields]:
    """Give the tool and the arguments of the call that an item was."""
    if item.get("type") in _PATCHES:
        path = next(iter(field(item, "changes")), "")
        return "apply_patch", {"path": path}
    if item.get("type") in _MCP_CALLS:
        return f"mcp__{text_of(item, 'server')}__{text_of(item, 'tool')}", field(item, "arguments")
    return "exec_command", arguments_of_shell(item)
