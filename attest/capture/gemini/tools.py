"""What the tools of Gemini CLI do, and their arguments under the shared names."""

from __future__ import annotations

import re

from attest.capture.lines import Fields
from attest.capture.records import items_of, text_of, texts_of
from attest.capture.tool_kinds import ToolKind

TOOLS = {
    "run_shell_command": ToolKind.SHELL,
    "read_file": ToolKind.READ,
    "read_many_files": ToolKind.SEARCH,
    "list_directory": ToolKind.SEARCH,
    "glob": ToolKind.SEARCH,
    "grep_search": ToolKind.SEARCH,
    "search_file_content": ToolKind.SEARCH,
    "write_file": ToolKind.WRITE,
    "replace": ToolKind.EDIT,
    "web_fetch": ToolKind.FETCH,
    "google_web_search": ToolKind.WEB_SEARCH,
    "write_todos": ToolKind.TASKS,
    "exit_plan_mode": ToolKind.PLAN,
    "ask_user": ToolKind.ASK,
    "delegate_to_agent": ToolKind.SUBAGENT,
    "invoke_agent": ToolKind.SUBAGENT,
    "codebase_investigator": ToolKind.SUBAGENT,
    "cli_help": ToolKind.SUBAGENT,
    "generalist": ToolKind.SUBAGENT,
    "browser_agent": ToolKind.SUBAGENT,
}
_MCP_DISPLAY = re.compile(r"\A(?P<tool>.{1,200}) \((?P<server>.{1,200}) MCP Server\)\Z")
_MCP_NAME = re.compile(r"\A(?:mcp_(?P<new>[A-Za-z0-9.-]{1,64})_|(?P<old>[A-Za-z0-9.-]{1,64})__)(?P<tool>.{1,200})\Z")
_URL = re.compile(r"\bhttps?://[^\s\"'<>)\]]{1,2000}")
_MAX_URLS = 20


def kind_and_arguments(name: str, told: Fields, display: str) -> tuple[ToolKind, Fields]:
    """Give what a call does, and its arguments with the shared names beside Gemini's own."""
    kind = TOOLS.get(name)
    if kind is None:
        return _mcp(name, told, display)
    match kind:
        case ToolKind.SHELL:
            return kind, told | {"background": told.get("is_background") is True}
        case ToolKind.READ:
            return kind, told | {"file_path": _first(told, "file_path", "absolute_path", "path")}
        case ToolKind.SEARCH:
            patterns = ", ".join(texts_of(told, "include") or texts_of(told, "paths"))
            path = _first(told, "dir_path", "path")
            return kind, told | {"path": path, "pattern": text_of(told, "pattern") or patterns}
        case ToolKind.EDIT:
            return kind, told | {"replace_all": told.get("allow_multiple") is True or _several(told)}
        case ToolKind.FETCH:
            urls = _URL.findall(text_of(told, "prompt"))[:_MAX_URLS] or texts_of(told, "urls")
            return kind, told | {"urls": list(urls), "url": urls[0] if urls else text_of(told, "url")}
        case ToolKind.TASKS:
            todos = (item for item in items_of(told, "todos") if isinstance(item, dict))
            return kind, told | {"tasks": [text_of(item, "description") for item in todos]}
        case ToolKind.SUBAGENT:
            prompt = _first(told, "prompt", "objective", "request", "query", "task", "question")
            return kind, told | {"prompt": prompt, "agent_type": _first(told, "agent_name", "agentName") or name}
        case _:
            return kind, told


def _mcp(name: str, told: Fields, display: str) -> tuple[ToolKind, Fields]:
    shown = _MCP_DISPLAY.match(display)
    if shown:
        return ToolKind.MCP, told | {"server": shown["server"], "tool_name": shown["tool"]}
    named = _MCP_NAME.match(name)
    if named:
        return ToolKind.MCP, told | {"server": named["new"] or named["old"], "tool_name": named["tool"]}
    return ToolKind.OTHER, told


def _first(told: Fields, *names: str) -> str:
    return next((text_of(told, name) for name in names if text_of(told, name)), "")


def _several(told: Fields) -> bool:
    count = told.get("expected_replacements")
    return isinstance(count, int) and count > 1
