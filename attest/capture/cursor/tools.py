"""What the tools of Cursor do, under their newer and older names, and their arguments under the shared names."""

from __future__ import annotations

from attest.capture.lines import Fields
from attest.capture.records import items_of, text_of, texts_of
from attest.capture.tool_kinds import ToolKind

TOOLS = {
    "Shell": ToolKind.SHELL,
    "run_terminal_cmd": ToolKind.SHELL,
    "Read": ToolKind.READ,
    "ReadFile": ToolKind.READ,
    "read_file": ToolKind.READ,
    "Grep": ToolKind.SEARCH,
    "rg": ToolKind.SEARCH,
    "Glob": ToolKind.SEARCH,
    "LS": ToolKind.SEARCH,
    "SemanticSearch": ToolKind.SEARCH,
    "codebase_search": ToolKind.SEARCH,
    "grep_search": ToolKind.SEARCH,
    "glob_file_search": ToolKind.SEARCH,
    "file_search": ToolKind.SEARCH,
    "list_dir": ToolKind.SEARCH,
    "Write": ToolKind.WRITE,
    "write": ToolKind.WRITE,
    "StrReplace": ToolKind.EDIT,
    "search_replace": ToolKind.EDIT,
    "edit_file": ToolKind.EDIT,
    "EditNotebook": ToolKind.EDIT,
    "edit_notebook": ToolKind.EDIT,
    "MultiEdit": ToolKind.EDIT,
    "ApplyPatch": ToolKind.PATCH,
    "apply_patch": ToolKind.PATCH,
    "Delete": ToolKind.DELETE,
    "delete_file": ToolKind.DELETE,
    "WebFetch": ToolKind.FETCH,
    "WebSearch": ToolKind.WEB_SEARCH,
    "web_search": ToolKind.WEB_SEARCH,
    "TodoWrite": ToolKind.TASKS,
    "todo_write": ToolKind.TASKS,
    "CreatePlan": ToolKind.PLAN,
    "create_plan": ToolKind.PLAN,
    "AskQuestion": ToolKind.ASK,
    "Task": ToolKind.SUBAGENT,
    "Subagent": ToolKind.SUBAGENT,
    "CallMcpTool": ToolKind.MCP,
    "call_mcp_tool": ToolKind.MCP,
    "FetchMcpResource": ToolKind.MCP,
}
_PATHS = ("path", "file_path", "target_file", "target_notebook", "relative_workspace_path")


def kind_and_arguments(tool: str, told: object) -> tuple[ToolKind, Fields]:
    """Give what a call does, and its arguments with the shared names beside Cursor's own. A patch may be bare text."""
    kind = TOOLS.get(tool, ToolKind.OTHER)
    if not isinstance(told, dict):
        return kind, {"patch": told} if kind is ToolKind.PATCH and isinstance(told, str) else {}
    if kind is ToolKind.OTHER and tool.startswith("mcp_"):
        server, _, name = tool.removeprefix("mcp_").lstrip("_").partition("_")
        return ToolKind.MCP, told | {"server": server, "tool_name": name}
    return kind, told | _shared(kind, tool, told)


def _shared(kind: ToolKind, tool: str, told: Fields) -> Fields:
    path = next((text_of(told, name) for name in _PATHS if text_of(told, name)), "")
    if kind in (ToolKind.SEARCH, ToolKind.WEB_SEARCH):
        return _searched(path, told)
    if kind is ToolKind.SUBAGENT:
        return {"agent_type": text_of(told, "subagent_type")}
    match kind:
        case ToolKind.SHELL:
            return {"background": told.get("is_background") is True or told.get("block_until_ms") == 0}
        case ToolKind.READ | ToolKind.DELETE:
            return {"file_path": path}
        case ToolKind.WRITE:
            return {"file_path": path, "content": text_of(told, "contents") or text_of(told, "content")}
        case ToolKind.EDIT:
            return {"file_path": path, "new_string": text_of(told, "new_string") or text_of(told, "code_edit")}
        case ToolKind.PATCH:
            return {"patch": text_of(told, "patch") or text_of(told, "input")}
        case ToolKind.MCP:
            return {"tool_name": text_of(told, "toolName") or text_of(told, "uri") or tool}
        case ToolKind.PLAN:
            return {"plan": text_of(told, "plan") or text_of(told, "overview")}
        case _:
            return {}


def _searched(path: str, told: Fields) -> Fields:
    where = path or text_of(told, "target_directory") or ", ".join(texts_of(told, "target_directories"))
    names = ("pattern", "glob_pattern", "query", "search_term")
    words = next((text_of(told, name) for name in names if text_of(told, name)), "")
    return {"path": where, "pattern": words, "query": words}


def merged_tasks(told: Fields, before: dict[str, str]) -> dict[str, str]:
    """Give the whole list after a call, by the tasks' ids: a call may change only some of it."""
    tasks = dict(before) if told.get("merge") is True else {}
    for number, item in enumerate(items_of(told, "todos")):
        if isinstance(item, dict):
            name = text_of(item, "id") or str(number)
            words = text_of(item, "content")
            if words or name not in tasks:
                tasks[name] = words
    return tasks
