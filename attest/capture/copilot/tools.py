"""The tools of Copilot on every surface: what each does, and its arguments under the names that the shared rules read."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from attest.capture.lines import Fields
from attest.capture.normaliser import ToolTable
from attest.capture.records import items_of, maybe_text, text_of, texts_of
from attest.capture.tool_kinds import ToolKind

MAX_ITEMS: Final = 256
"""Files, edits, questions or tasks read of one call."""

TOOLS: Final[ToolTable] = MappingProxyType(
    {
        **dict.fromkeys(("bash", "powershell", "search_bash", "local_shell"), ToolKind.SHELL),
        **dict.fromkeys(("run_in_terminal", "run_command_in_terminal", "runInTerminal"), ToolKind.SHELL),
        **dict.fromkeys(("view", "read_file", "get_file", "read_notebook_cell_output", "readFile"), ToolKind.READ),
        **dict.fromkeys(("copilot_getNotebookSummary", "get_vscode_api", "read_project_structure"), ToolKind.SEARCH),
        **dict.fromkeys(("grep", "rg", "glob", "search", "semantic_code_search"), ToolKind.SEARCH),
        **dict.fromkeys(("grep_search", "file_search", "semantic_search", "list_dir", "code_search"), ToolKind.SEARCH),
        **dict.fromkeys(("find_files", "file_glob_search", "list_code_usages", "test_search"), ToolKind.SEARCH),
        **dict.fromkeys(("get_projects_in_solution", "get_files_in_project", "find_symbol"), ToolKind.SEARCH),
        **dict.fromkeys(("create", "create_file", "create_new_jupyter_notebook"), ToolKind.WRITE),
        **dict.fromkeys(("edit", "str_replace", "insert", "undo_edit", "replace_string_in_file"), ToolKind.EDIT),
        **dict.fromkeys(("multi_replace_string_in_file", "insert_edit_into_file", "edit_file"), ToolKind.EDIT),
        **dict.fromkeys(("edit_notebook_file", "edit_files", "vscode_editFile_internal"), ToolKind.EDIT),
        "apply_patch": ToolKind.PATCH,
        **dict.fromkeys(("delete_file", "remove_file"), ToolKind.DELETE),
        **dict.fromkeys(("web_fetch", "fetch_webpage", "open_simple_browser", "get_web_pages"), ToolKind.FETCH),
        **dict.fromkeys(("open_browser_page", "fetch"), ToolKind.FETCH),
        **dict.fromkeys(("web_search", "vscode-websearchforcopilot_webSearch"), ToolKind.WEB_SEARCH),
        **dict.fromkeys(("update_todo", "manage_todo_list"), ToolKind.TASKS),
        "exit_plan_mode": ToolKind.PLAN,
        **dict.fromkeys(("ask_user", "vscode_askQuestions", "ask_questions"), ToolKind.ASK),
        **dict.fromkeys(("task", "runSubagent", "search_subagent", "execution_subagent"), ToolKind.SUBAGENT),
    }
)

_STR_REPLACE_EDITOR: Final = MappingProxyType(
    {
        "view": ToolKind.READ,
        "create": ToolKind.WRITE,
        **dict.fromkeys(("edit", "str_replace", "insert", "undo_edit"), ToolKind.EDIT),
    }
)


def kind_of(tool: str, arguments: Fields, *, server: str = "") -> ToolKind:
    """Give what a tool does; `server` is the MCP server that the record names, empty where it names none."""
    if server or tool.startswith("mcp_"):
        return ToolKind.MCP
    if tool == "str_replace_editor":
        return _STR_REPLACE_EDITOR.get(text_of(arguments, "command"), ToolKind.OTHER)
    return TOOLS.get(tool, ToolKind.OTHER)


def shared_arguments(kind: ToolKind, arguments: Fields) -> Fields:
    """Give the arguments with the shared names of the kind beside the tool's own, which stay."""
    add = _SHARED.get(kind)
    return {**arguments, **add(arguments)} if add is not None else arguments


def _first(fields: Fields, *names: str) -> str:
    return next((text_of(fields, name) for name in names if text_of(fields, name)), "")


def _path(arguments: Fields) -> Fields:
    path = _first(arguments, "path", "filePath", "file_path", "fileName", "filename", "file", "targetFile")
    return {"file_path": path} if path else {}


def _shell(arguments: Fields) -> Fields:
    background = arguments.get("isBackground") or arguments.get("background") or arguments.get("async")
    mode = text_of(arguments, "mode")
    return {
        "command": _first(arguments, "command", "searchCommand", "input"),
        "background": background is True or mode in ("async", "background"),
    }


def _search(arguments: Fields) -> Fields:
    return {
        "pattern": _first(arguments, "pattern", "query", "question", "symbolName", "searchTerm"),
        "path": _first(arguments, "path", "includePattern", "directory", "dirPath"),
    }


def _write(arguments: Fields) -> Fields:
    return {**_path(arguments), "content": _first(arguments, "file_text", "content", "text", "code")}


def _edit(arguments: Fields) -> Fields:
    found = _path(arguments)
    several = [_replacement(one) for one in _objects(arguments, "replacements", "edits")]
    if several:
        first = next((one["file_path"] for one in several if "file_path" in one), None)
        return {**({"file_path": first} if first and not found else found), "edits": several}
    old, new = _first(arguments, "old_str", "oldString", "old_string"), _first(arguments, *_NEW)
    return {**found, **({"old_string": old} if old else {}), **({"new_string": new} if new else {})}


_NEW: Final = ("new_str", "newString", "new_string", "newCode", "code")


def _replacement(one: Fields) -> Fields:
    return {**_path(one), "old_string": _first(one, "oldString", "old_str"), "new_string": _first(one, *_NEW)}


def _patch(arguments: Fields) -> Fields:
    return {"patch": _first(arguments, "input", "patch", "diff")}


def _fetch(arguments: Fields) -> Fields:
    urls = texts_of(arguments, "urls")
    return {"url": _first(arguments, "url", "uri") or (urls[0] if urls else "")}


def _tasks(arguments: Fields) -> Fields:
    lines = [line.strip() for line in text_of(arguments, "todos").splitlines() if line.strip()]
    listed = [_task(one) for one in _objects(arguments, "todoList", "todos", "items")]
    return {"tasks": (listed or lines)[:MAX_ITEMS]}


def _task(one: Fields) -> str:
    status, title = text_of(one, "status"), _first(one, "title", "content", "description")
    return f"[{status}] {title}" if status else title


def _plan(arguments: Fields) -> Fields:
    return {"plan": _first(arguments, "plan", "planContent", "summary", "content")}


def _ask(arguments: Fields) -> Fields:
    listed = _objects(arguments, "questions")
    return {"questions": [_question(one) for one in (listed or [arguments])]}


def _question(one: Fields) -> Fields:
    options: list[str] = []
    for name in ("options", "choices"):
        for option in items_of(one, name)[:MAX_ITEMS]:
            if isinstance(option, str):
                options.append(option)
            elif isinstance(option, dict):
                options.append(_first(option, "label", "value", "description"))
    return {"question": _first(one, "question", "title", "header", "message"), "options": options}


def _subagent(arguments: Fields) -> Fields:
    return {
        "prompt": _first(arguments, "prompt", "description", "query"),
        "agent_type": maybe_text(arguments, "agent_type") or maybe_text(arguments, "agentName") or "",
    }


def _objects(arguments: Fields, *names: str) -> list[Fields]:
    for name in names:
        found = [one for one in items_of(arguments, name)[:MAX_ITEMS] if isinstance(one, dict)]
        if found:
            return found
    return []


_SHARED: Final[MappingProxyType[ToolKind, Callable[[Fields], Fields]]] = MappingProxyType(
    {
        ToolKind.SHELL: _shell,
        ToolKind.READ: _path,
        ToolKind.SEARCH: _search,
        ToolKind.WRITE: _write,
        ToolKind.EDIT: _edit,
        ToolKind.PATCH: _patch,
        ToolKind.DELETE: _path,
        ToolKind.FETCH: _fetch,
        ToolKind.TASKS: _tasks,
        ToolKind.PLAN: _plan,
        ToolKind.ASK: _ask,
        ToolKind.SUBAGENT: _subagent,
    }
)
