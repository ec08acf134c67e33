"""What a tool does, whatever its agent calls it: the rules ask for the kind, only a format's own file knows the name."""

from __future__ import annotations

from enum import StrEnum


class ToolKind(StrEnum):
    """The kinds of tool, each with the arguments that a reader gives under shared names."""

    SHELL = "shell"
    """`command` (text), or `commands` (texts) where one call starts several; `background` (true) where it runs on."""
    READ = "read"
    """`file_path`."""
    SEARCH = "search"
    """`path` or `pattern`."""
    WRITE = "write"
    """`file_path`, `content`: the whole file."""
    EDIT = "edit"
    """`file_path`, `old_string`, `new_string`, or `edits` with several of the last two."""
    PATCH = "patch"
    """`patch`: one text in the `*** Begin Patch` form or a unified diff, for one file or several."""
    DELETE = "delete"
    """`file_path`."""
    FETCH = "fetch"
    """`url`, or `urls` (texts) where one call fetches several."""
    WEB_SEARCH = "web-search"
    """`query`."""
    TASKS = "tasks"
    """`tasks` (texts): the whole list as it stands after the call."""
    PLAN = "plan"
    """`plan` (text): put before a person for approval."""
    ASK = "ask"
    """`questions`: objects with `question`, `options` (texts) and, once answered, `answer`."""
    SUBAGENT = "subagent"
    """`prompt`, `agent_type`."""
    MCP = "mcp"
    """`server`, `tool_name`."""
    OTHER = "other"
    """A tool that no rule reads: it is an event and a use of authority, nothing else is derived."""


EDITS = frozenset({ToolKind.WRITE, ToolKind.EDIT, ToolKind.PATCH, ToolKind.DELETE})
"""The kinds that change files without a command line."""
