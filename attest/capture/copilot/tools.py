"""The tools of Copilot on every surface, and what each does."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from attest.capture.lines import Fields
from attest.capture.normaliser import ToolTable
from attest.capture.records import text_of
from attest.capture.tool_kinds import ToolKind

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
