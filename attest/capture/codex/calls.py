"""A tool call of Codex with its arguments under the names that the rules read."""

from __future__ import annotations

import shlex

from attest.capture.codex.code_mode import read_script
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field, items_of, text_of, texts_of

SHELL_TOOLS = frozenset({"exec_command", "shell", "shell_command", "local_shell", "container.exec"})
PATCH_TOOL = "apply_patch"
CODE_TOOL = "exec"
STDIN_TOOL = "write_stdin"
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})


def tool_of(payload: Fields) -> str:
    """Give the name of the tool of a call, with its MCP server where it has one."""
    name, space = text_of(payload, "name"), text_of(payload, "namespace")
    if space.startswith("mcp__") and not name.startswith("mcp__"):
        return f"{space.rstrip('_')}__{name}"
    return name


def arguments_of(tool: str, payload: Fields) -> Fields:
    """Give the arguments of a call.

    A shell call has `command` (to show), `commands` (each whole command line), `cwd`, `asked` and `why` of an escalation;
    a patch has `patch` and `path`; a script of code mode has `commands`, `hidden` and `tools`. Others stay as they are.
    """
    if payload.get("type") == "custom_tool_call":
        source = text_of(payload, "input")
        return _patch(source) if tool == PATCH_TOOL else _script(source) if tool == CODE_TOOL else {"input": source}
    told = _parsed(text_of(payload, "arguments"))
    if payload.get("type") == "local_shell_call":
        told = field(payload, "action")
    if tool == PATCH_TOOL:
        return _patch(text_of(told, "input") or text_of(told, "patch"))
    return arguments_of_shell(told) if tool in SHELL_TOOLS else told


def arguments_of_shell(told: Fields) -> Fields:
    """Give the arguments of a shell call; a patch that is applied through the shell is a patch."""
    command = command_of(told)
    if command.startswith("apply_patch") and "*** Begin Patch" in command:
        return _patch(command[command.index("*** Begin Patch") :]) | {"command": command, "commands": []}
    return {
        "command": command,
        "commands": [command] if command else [],
        "cwd": text_of(told, "workdir"),
        "asked": text_of(told, "sandbox_permissions")
        or ("escalated" if told.get("with_escalated_permissions") else ""),
        "why": text_of(told, "justification"),
    }


def command_of(told: Fields) -> str:
    """Give the command line; an argument vector of a shell is the line it runs, any other is quoted."""
    line = text_of(told, "cmd") or text_of(told, "command")
    words = texts_of(told, "command")
    if line or not words or len(words) != len(items_of(told, "command")):
        return line
    if len(words) == 3 and words[0].rsplit("/", 1)[-1] in _SHELLS and words[1] in ("-c", "-lc", "-ic", "-lic"):
        return words[2]
    return shlex.join(words)


def _script(source: str) -> Fields:
    script = read_script(source)
    asked = [one for one in script.commands if one.get("sandbox_permissions") == "require_escalated"]
    return {
        "command": source,
        "commands": [one["cmd"] for one in script.commands],
        "hidden": script.hidden,
        "tools": list(script.tools),
        "asked": "require_escalated" if asked else "",
        "why": text_of(asked[0], "justification") if asked else "",
    }


def _patch(text: str) -> Fields:
    path = next((line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("*** ") and ": " in line), "")
    return {"path": path, "patch": text}


def _parsed(text: str) -> Fields:
    found = parse_line(text.encode("utf-8", "replace"))
    return {} if isinstance(found, LineFault) else found
