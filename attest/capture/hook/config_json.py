"""An agent's JSON configuration with our entries put in or taken out, and everything else as it was.

What a person wrote is parsed strictly and written again in the same indentation, order and line ends. What cannot be
written again without loss (comments, doubled members, a byte-order mark) is refused, with its place.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import MARK
from attest.capture.hook.json_insert import insert_entries
from attest.errors import InvalidInput

if TYPE_CHECKING:
    from attest.capture.hook.agents import AgentHooks

MAX_CONFIG_BYTES: Final = 4 * 1024 * 1024
_INDENT: Final = re.compile(rb"\{\r?\n([ \t]+)\"")
_COMMANDS: Final = ("command", "bash", "powershell")


def with_hooks(agent: AgentHooks, before: bytes | None, *, where: str) -> bytes:
    """Give the file with our entries, each once; `before` is what stands there, None for no file.

    Raises:
        InvalidInput: `init.config`: the file is not JSON that can be written again without loss.
    """
    document = {} if before is None or not before.strip() else _parse(before, where)
    if before is not None and _holds_ours(agent, document):
        return before
    clean = _without(document)
    if agent.version is not None:
        clean = {"version": agent.version} | clean
    hooks = clean.setdefault("hooks", {})
    if not isinstance(hooks, dict):
        raise _refused(where, "an object at /hooks")
    ours = {event.name: agent.entry(event) for event in agent.events}
    for name, entry in ours.items():
        entries = hooks.setdefault(name, [])
        if not isinstance(entries, list):
            raise _refused(where, f"a list at /hooks/{name}")
        hooks[name] = [*entries, entry]
    return _inserted(before, document, clean, ours) or _written(clean, before)


def without_hooks(data: bytes, *, where: str) -> bytes | None:
    """Give the file without our entries; None when nothing but them was in it.

    Raises:
        InvalidInput: `init.config`.
    """
    clean = _without(_parse(data, where))
    return _written(clean, data) if set(clean) - {"version"} else None


def _inserted(
    before: bytes | None, document: dict[str, object], wanted: dict[str, object], ours: dict[str, dict[str, object]]
) -> bytes | None:
    """Give the person's own text with our entries put in; None where it must be written anew.

    That is so for no text, where an older entry of ours has to go, and where what comes out is not what is wanted.
    """
    if before is None or not before.strip() or b"\r" in before or _without(document) != document:
        return None
    text = insert_entries(before.decode("utf-8"), ours, _indent_of(before))
    return text.encode("utf-8") if json.loads(text) == wanted else None


def _indent_of(data: bytes) -> str:
    match = _INDENT.search(data)
    return match[1].decode() if match else "  "


def _parse(data: bytes, where: str) -> dict[str, object]:
    if len(data) > MAX_CONFIG_BYTES:
        raise _refused(where, f"at most {MAX_CONFIG_BYTES} bytes")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except json.JSONDecodeError as err:
        raise _refused(f"{where}:{err.lineno}:{err.colno}", "JSON without comments") from err
    except (ValueError, RecursionError) as err:
        raise _refused(where, "UTF-8 JSON without doubled members") from err
    if not isinstance(value, dict):
        raise _refused(f"{where}:1:1", "a JSON object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a member stands twice")
    return out


def _without(document: dict[str, object]) -> dict[str, object]:
    """Give a copy without our entries; a group or list that held only them goes too, one that was empty stays."""
    hooks = document.get("hooks")
    if not isinstance(hooks, dict):
        return dict(document)
    kept: dict[str, object] = {}
    for event, entries in hooks.items():
        if not isinstance(entries, list):
            kept[event] = entries
            continue
        left = [one for entry in entries if (one := _entry_without(entry)) is not None]
        if left or not entries:
            kept[event] = left
    if kept or not hooks:
        return document | {"hooks": kept}
    return {name: value for name, value in document.items() if name != "hooks"}


def _holds_ours(agent: AgentHooks, document: dict[str, object]) -> bool:
    """Tell whether every entry of ours is there as it would be written, and no other of ours."""
    hooks = document.get("hooks")
    if not isinstance(hooks, dict) or (agent.version is not None and "version" not in document):
        return False
    found = {
        event: [entry for entry in entries if _entry_without(entry) != entry]
        for event, entries in hooks.items()
        if isinstance(entries, list)
    }
    return {event: ours for event, ours in found.items() if ours} == {e.name: [agent.entry(e)] for e in agent.events}


def _entry_without(entry: object) -> object | None:
    if not isinstance(entry, dict):
        return entry
    if _is_ours(entry):
        return None
    handlers = entry.get("hooks")
    if not isinstance(handlers, list) or not any(_is_ours(handler) for handler in handlers):
        return entry
    left = [handler for handler in handlers if not _is_ours(handler)]
    return entry | {"hooks": left} if left else None


def _is_ours(handler: object) -> bool:
    return isinstance(handler, dict) and any(MARK in str(handler.get(name, "")) for name in _COMMANDS)


def _written(document: dict[str, object], like: bytes | None) -> bytes:
    like = like or b"{\n}\n"
    text = json.dumps(document, indent=_indent_of(like), ensure_ascii=False)
    if b"\r\n" in like:
        text = text.replace("\n", "\r\n")
    end = like[len(like.rstrip()) :]
    return text.encode("utf-8") + end


def _refused(where: str, expected: str) -> InvalidInput:
    return InvalidInput("init.config", expected=expected, where=where)
