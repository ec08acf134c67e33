"""An action of SWE-agent: a command line, or a word of its own tools, with arguments under the shared names.

An action is text that the tools' bundle parses like a shell; the tools differ between versions and configurations. A
word that no known tool has is a command line.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from attest.capture.lines import Fields
from attest.capture.openhands.tools import known_call
from attest.capture.tool_kinds import ToolKind

SHELL_TOOL = "bash"
MAX_ACTION_CHARS = 262_144
"""A longer action is not split into words; it is then a command line."""
_LINES = re.compile(r"\Aedit\s+\d{1,9}:\d{1,9}[ \t]*\r?\n(.*?)(?:\r?\nend_of_edit\s*)?\Z", re.DOTALL)
_SEARCHES = frozenset({"find_file", "search_dir", "search_file"})
_OWN = frozenset(
    {"goto", "scroll_up", "scroll_down", "submit", "exit_forfeit", "exit_cost", "exit_error", "exit_context"}
)
_FAILED = (
    "Your proposed edit has introduced new syntax error",
    "No file open",
    "Error: ",
    "ERROR: ",
    "Usage: ",
    "usage: ",
    "No replacement was performed",
    "Your edit was not applied",
    "Text not found",
    "Invalid ",
    "File already exists",
    "The path ",
)
"""How the answers of the editing tools begin where nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What one action does."""

    tool: str
    kind: ToolKind
    arguments: Fields


def action_of(text: str, open_file: str) -> Action:
    """Give what an action does. `open_file` is the file that the editing tools work on at the time."""
    lines = _LINES.match(text)
    if lines:
        return _edit("edit", open_file, "", lines[1])
    words = _words(text)
    name = words[0] if words else ""
    match name:
        case "open" if len(words) > 1:
            return Action(tool=name, kind=ToolKind.READ, arguments={"file_path": words[1]})
        case "create" if len(words) == 2:
            return Action(tool=name, kind=ToolKind.WRITE, arguments={"file_path": words[1], "content": ""})
        case "edit" if len(words) > 2:
            return _edit(
                name, open_file, words[1], words[2], every=words[3:4] in (["all"], ["true"], ["--replace-all"])
            )
        case "insert" if len(words) > 1:
            return _edit(name, open_file, "", words[1])
        case "str_replace_editor" if len(words) > 2:
            kind, arguments = known_call(name, _editor(words))
            return Action(tool=name, kind=kind, arguments=arguments)
        case _ if name in _SEARCHES:
            arguments = {"pattern": words[1] if len(words) > 1 else "", "path": words[2] if len(words) > 2 else ""}
            return Action(tool=name, kind=ToolKind.SEARCH, arguments=arguments)
        case _ if name in _OWN:
            return Action(tool=name, kind=ToolKind.OTHER, arguments={"command": text})
        case _:
            return Action(tool=SHELL_TOOL, kind=ToolKind.SHELL, arguments={"command": text})


def was_refused(action: Action, observation: str) -> bool:
    """Tell whether the answer of an editing tool says that it changed nothing."""
    editing = action.kind in (ToolKind.EDIT, ToolKind.WRITE)
    return editing and observation.lstrip().startswith(_FAILED)


def _edit(tool: str, path: str, old: str, new: str, *, every: bool = False) -> Action:
    arguments: Fields = {"file_path": path, "old_string": old, "new_string": new}
    if every or not old:
        arguments["replace_all"] = True  # which lines it takes away is not told
    return Action(tool=tool, kind=ToolKind.EDIT, arguments=arguments)


def _editor(words: list[str]) -> Fields:
    """Give the arguments of the editor: its command, the path, and options behind them."""
    told: Fields = {"command": words[1], "path": words[2]}
    place = 3
    while place + 1 < len(words):
        if words[place] in ("--file_text", "--old_str", "--new_str"):
            told[words[place][2:]] = words[place + 1]
            place += 1
        place += 1
    return told


def _words(text: str) -> list[str]:
    if len(text) > MAX_ACTION_CHARS:
        return []
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: no tool could have read it either
        return text.split(None, 1)[:1]
