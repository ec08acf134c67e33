"""Shell commands inside the JavaScript of a code mode `exec` call: as far as they are written out as literals."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from attest.capture.lines import Fields

MAX_SCRIPT_CHARS = 262_144
MAX_COMMANDS = 64
_TOOL = re.compile(r"\btools\.([A-Za-z_][A-Za-z0-9_]{0,127})\s*\(")
_BEFORE_KEY = re.compile(r"[{,]\s*$")
_CMD = re.compile(r"""(?<![A-Za-z0-9_$])["']?(cmd|command|sandbox_permissions|justification|workdir)["']?\s*:\s*""")
_OBJECT_CHARS = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a script of code mode calls."""

    tools: tuple[str, ...]
    commands: tuple[Fields, ...]
    """Arguments of `exec_command` calls, as far as they are literals."""
    hidden: int
    """Calls of `exec_command` whose command is computed and so cannot be read off."""


def read_script(source: str) -> Script:
    """Give the tools and the literal commands of a script. Whether a call was reached or repeated is not known."""
    text = source[:MAX_SCRIPT_CHARS]
    calls = list(_TOOL.finditer(text))[:MAX_COMMANDS]
    commands: list[Fields] = []
    hidden = 0
    for place, call in enumerate(calls):
        if call[1] not in ("exec_command", "shell", "shell_command"):
            continue
        end = calls[place + 1].start() if place + 1 < len(calls) else len(text)
        found = _literals(text[call.end() : min(end, call.end() + _OBJECT_CHARS)])
        if isinstance(found.get("cmd"), str):
            commands.append(found)
        else:
            hidden += 1
    return Script(tools=tuple(call[1] for call in calls), commands=tuple(commands), hidden=hidden)


def _literals(text: str) -> Fields:
    """Give the string members of the object that stands first, each only where a plain literal is its whole value."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _loose(text)
    if not isinstance(value, dict):
        return {}
    found = {key: item for key, item in value.items() if isinstance(item, str)}
    return found | ({"cmd": found["command"]} if "cmd" not in found and "command" in found else {})


def _loose(text: str) -> Fields:
    found: Fields = {}
    for key in _CMD.finditer(text):
        if not _BEFORE_KEY.search(text[: key.start()][-80:]):
            continue
        name = "cmd" if key[1] == "command" else key[1]
        try:
            value, end = json.JSONDecoder().raw_decode(text, key.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, str) and text[end:].lstrip()[:1] in (",", "}"):
            found.setdefault(name, value)
    return found
