"""What a tool in an ATIF document does. The format holds any agent's tools, so their names are known by common use.

A name is compared without case and separators. A name that several agents use for different things is not in the table.
"""

from __future__ import annotations

from attest.capture.lines import Fields
from attest.capture.openhands.tools import known_call
from attest.capture.records import items_of, text_of
from attest.capture.tool_kinds import ToolKind

Known = tuple[ToolKind, Fields]

_NAMES: dict[ToolKind, tuple[str, ...]] = {
    ToolKind.SHELL: (
        "bash",
        "shell",
        "shellcommand",
        "execcommand",
        "executebash",
        "executecommand",
        "runcommand",
        "runshellcommand",
        "runterminalcmd",
        "runinterminal",
        "runterminalcommand",
        "localshell",
        "terminal",
        "bashcommand",
    ),
    ToolKind.READ: ("read", "readfile", "viewfile", "openfile", "view"),
    ToolKind.SEARCH: ("grep", "glob", "listdirectory", "listdir", "ls", "searchfiles", "searchfilecontent", "greptool"),
    ToolKind.WRITE: ("write", "writefile", "createfile", "writetofile"),
    ToolKind.EDIT: ("edit", "multiedit", "replace", "editfile", "strreplace", "searchreplace"),
    ToolKind.PATCH: ("applypatch", "applydiff"),
    ToolKind.DELETE: ("deletefile",),
    ToolKind.FETCH: ("webfetch", "fetch", "browsernavigate", "fetchwebpage", "openurl"),
    ToolKind.WEB_SEARCH: ("websearch", "googlewebsearch"),
    ToolKind.TASKS: ("todowrite", "updateplan", "writetodos"),
    ToolKind.PLAN: ("exitplanmode",),
    ToolKind.SUBAGENT: ("task", "agent", "spawnagent"),
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}
_EDITORS = frozenset({"strreplaceeditor", "fileeditor", "strreplacebasededittool"})
_PATHS = ("file_path", "path", "filename", "filePath", "absolute_path", "target_file", "dir_path")
_OLD = ("old_string", "old_str", "oldString", "old_text")
_NEW = ("new_string", "new_str", "newString", "new_text")


def kind_and_arguments(tool: str, told: Fields) -> Known:
    """Give the kind of a call and its arguments with the shared names beside those that the document uses."""
    name = "".join(sign for sign in tool.lower() if sign.isalnum())
    if name in _EDITORS:
        return known_call("str_replace_editor", told)
    if tool.startswith("mcp__") and tool.count("__") >= 2:
        _, server, inner = tool.split("__", 2)
        return ToolKind.MCP, {**told, "server": server, "tool_name": inner}
    kind = _KINDS.get(name, ToolKind.OTHER)
    return kind, {**told, **_shared(kind, told)}


def _shared(kind: ToolKind, told: Fields) -> Fields:
    match kind:
        case ToolKind.SHELL:
            return {"command": _command(told)}
        case ToolKind.READ | ToolKind.DELETE:
            return {"file_path": _first(told, _PATHS)}
        case ToolKind.WRITE:
            return {"file_path": _first(told, _PATHS), "content": _first(told, ("content", "file_text", "contents"))}
        case ToolKind.EDIT:
            edits = [_edit(one) for one in items_of(told, "edits") if isinstance(one, dict)]
            return {"file_path": _first(told, _PATHS), **_edit(told), **({"edits": edits} if edits else {})}
        case ToolKind.PATCH:
            return {"patch": _first(told, ("patch", "input", "diff", "patchText"))}
        case ToolKind.TASKS:
            lists = (items_of(told, name) for name in ("todos", "plan", "tasks"))
            tasks = next((one for one in lists if one), [])
            return {"tasks": [_task(one) for one in tasks if isinstance(one, dict)]}
        case ToolKind.SUBAGENT:
            return {"prompt": _first(told, ("prompt", "task", "message", "description")), "agent_type": _type(told)}
        case _:
            return {}


def _command(told: Fields) -> str:
    command = _first(told, ("command", "cmd", "keystrokes", "script"))
    words = told.get("command")
    if not command and isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words[2] if len(words) == 3 and words[1] in ("-c", "-lc") else " ".join(words)
    return command


def _edit(told: Fields) -> Fields:
    return {"old_string": _first(told, _OLD), "new_string": _first(told, _NEW)}


def _task(one: Fields) -> str:
    return _first(one, ("content", "step", "title", "description"))


def _type(told: Fields) -> str:
    return _first(told, ("subagent_type", "agent_type", "agent"))


def _first(fields: Fields, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := text_of(fields, name))), "")
