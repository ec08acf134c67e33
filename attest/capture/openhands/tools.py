"""What the tools of OpenHands do, with their arguments under the names that the shared rules read."""

from __future__ import annotations

import re
from collections.abc import Callable

from attest.capture.lines import Fields
from attest.capture.records import items_of, text_of
from attest.capture.tool_kinds import ToolKind
from attest.capture.two_texts import diff_of

Known = tuple[ToolKind, Fields]

_GOTO = re.compile(r"""\bgoto\(\s*["']([^"'\s]{1,2048})["']""")
_TRUE = (True, "true", "True")


def known_call(tool: str, told: Fields) -> Known:
    """Give the kind of a call and its arguments; those of a tool that is not known stay as they are."""
    reader = _TOOLS.get(tool)
    if reader is not None:
        return reader(told)
    return ToolKind.OTHER, told


def edit_record(told: Fields) -> Fields:
    """Give what a record of an edit says was done: `diff` where it can be told, and `created`.

    Reads `old_content` and `new_content`, or a diff that the record holds; empty where it tells neither.
    """
    found: Fields = {}
    old, new = told.get("old_content"), told.get("new_content")
    diff = text_of(told, "diff") or text_of(told, "content")
    if isinstance(new, str) and (isinstance(old, str) or told.get("prev_exist") is False):
        found["diff"] = diff_of(old if isinstance(old, str) else "", new)
    elif diff.startswith("--- ") and "\n@@ -" in diff:
        found["diff"] = diff
    if told.get("prev_exist") is False:
        found["created"] = True
    return found


def _shell(told: Fields) -> Known:
    """Text for a command that runs already is no command line of its own."""
    command = text_of(told, "command")
    if told.get("is_input") in _TRUE or not command.strip():
        return ToolKind.OTHER, told
    return ToolKind.SHELL, {"command": command}


def _editor(told: Fields) -> Known:
    path = text_of(told, "path")
    match text_of(told, "command"):
        case "view":
            return ToolKind.READ, {"file_path": path}
        case "create":
            return ToolKind.WRITE, {"file_path": path, "content": text_of(told, "file_text")}
        case "str_replace":
            old, new = text_of(told, "old_str"), text_of(told, "new_str")
            return ToolKind.EDIT, {"file_path": path, "old_string": old, "new_string": new}
        case "insert":
            return ToolKind.EDIT, {"file_path": path, "old_string": "", "new_string": text_of(told, "new_str")}
        case _:  # undo_edit, and drafts that a model merges: which lines they touch only the result tells
            return ToolKind.EDIT, {"file_path": path, "old_string": "", "new_string": "", "replace_all": True}


def _write(told: Fields) -> Known:
    return ToolKind.WRITE, {"file_path": _path(told), "content": text_of(told, "content")}


def _edit(told: Fields) -> Known:
    if text_of(told, "command"):
        return _editor(told)
    if "old_string" in told or "new_string" in told:
        old, new = text_of(told, "old_string"), text_of(told, "new_string")
        return ToolKind.EDIT, {"file_path": _path(told), "old_string": old, "new_string": new}
    return _editor(told)


def _read(told: Fields) -> Known:
    return ToolKind.READ, {"file_path": _path(told)}


def _search(told: Fields) -> Known:
    return ToolKind.SEARCH, {"pattern": text_of(told, "pattern"), "path": text_of(told, "path") or _path(told)}


def _browse(told: Fields) -> Known:
    """A browser's actions are a script; the first address that it goes to is what can be told."""
    url = text_of(told, "url")
    if not url:
        script = text_of(told, "browser_actions") or text_of(told, "code")
        found = _GOTO.search(script)
        if found is None:
            return ToolKind.OTHER, told
        url = found[1]
    return ToolKind.FETCH, {"url": url}


def _tasks(told: Fields) -> Known:
    if text_of(told, "command") == "view":
        return ToolKind.OTHER, told
    tasks = [text_of(one, "title") for one in items_of(told, "task_list") if isinstance(one, dict)]
    return ToolKind.TASKS, {"tasks": [task for task in tasks if task]}


def _subagent(told: Fields) -> Known:
    inputs = told.get("inputs")
    prompt = text_of(inputs, "task") if isinstance(inputs, dict) else ""
    prompt = prompt or text_of(told, "prompt") or text_of(told, "task") or text_of(told, "description")
    kind = text_of(told, "agent") or text_of(told, "agent_type") or text_of(told, "subagent_type")
    return ToolKind.SUBAGENT, {"prompt": prompt, "agent_type": kind}


def _delegate(told: Fields) -> Known:
    """One tool makes sub-agents and hands them their tasks; only the second is work."""
    tasks = told.get("tasks")
    if not isinstance(tasks, dict):
        return (ToolKind.OTHER, told) if text_of(told, "command") == "spawn" else _subagent(told)
    words = "\n".join(task for task in tasks.values() if isinstance(task, str))
    return ToolKind.SUBAGENT, {"prompt": words, "agent_type": ", ".join(map(str, tasks))[:200]}


def _mcp(told: Fields) -> Known:
    return ToolKind.MCP, {"server": "", "tool_name": text_of(told, "name"), "arguments": told.get("arguments")}


def _patch(told: Fields) -> Known:
    return ToolKind.PATCH, {"patch": text_of(told, "patch")}


def _cell(told: Fields) -> Known:
    return ToolKind.OTHER, {"command": text_of(told, "code")}


def _path(told: Fields) -> str:
    return text_of(told, "path") or text_of(told, "file_path") or text_of(told, "dir_path")


_TOOLS: dict[str, Callable[[Fields], Known]] = {
    "execute_bash": _shell,
    "execute_powershell": _shell,
    "terminal": _shell,
    "bash": _shell,
    "run": _shell,
    "str_replace_editor": _editor,
    "file_editor": _editor,
    "planning_file_editor": _editor,
    "edit_file": _edit,
    "edit": _edit,
    "write": _write,
    "write_file": _write,
    "read": _read,
    "read_file": _read,
    "list_directory": _search,
    "glob": _search,
    "grep": _search,
    "apply_patch": _patch,
    "browse": _browse,
    "browser": _browse,
    "browse_interactive": _browse,
    "browser_navigate": _browse,
    "fetch": _browse,
    "task_tracker": _tasks,
    "task_tracking": _tasks,
    "delegate": _delegate,
    "task": _subagent,
    "call_tool_mcp": _mcp,
    "execute_ipython_cell": _cell,
    "run_ipython": _cell,
}
