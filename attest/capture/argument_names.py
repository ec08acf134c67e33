"""Arguments of tools under the names that the shared rules read, from the names that most agents' tools give them."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from attest.capture.lines import Fields
from attest.capture.records import items_of, text_of, texts_of
from attest.capture.tool_kinds import ToolKind

MAX_ITEMS: Final = 256
"""Files, edits, questions or tasks read of one call."""


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
    every = arguments.get("replaceAll") is True or arguments.get("replace_all") is True
    return {
        **found,
        **({"old_string": old} if old else {}),
        **({"new_string": new} if new else {}),
        **({"replace_all": True} if every else {}),
    }


_NEW: Final = ("new_str", "newString", "new_string", "newCode", "code")


def _replacement(one: Fields) -> Fields:
    return {**_path(one), "old_string": _first(one, "oldString", "old_str"), "new_string": _first(one, *_NEW)}


def _patch(arguments: Fields) -> Fields:
    return {"patch": _first(arguments, "patchText", "input", "patch", "diff")}


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
        "agent_type": _first(arguments, "agent_type", "subagent_type", "agentName", "agent"),
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
