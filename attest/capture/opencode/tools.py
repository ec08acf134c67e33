"""OpenCode's tools and what each does. A tool of a server or a plugin has any name: it cannot be told from another."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from attest.capture.normaliser import ToolTable
from attest.capture.tool_kinds import ToolKind

TOOLS: Final[ToolTable] = MappingProxyType(
    {
        **dict.fromkeys(("bash", "shell"), ToolKind.SHELL),
        "read": ToolKind.READ,
        **dict.fromkeys(("list", "ls", "glob", "grep", "codesearch", "lsp"), ToolKind.SEARCH),
        "write": ToolKind.WRITE,
        **dict.fromkeys(("edit", "multiedit"), ToolKind.EDIT),
        **dict.fromkeys(("patch", "apply_patch"), ToolKind.PATCH),
        "webfetch": ToolKind.FETCH,
        "websearch": ToolKind.WEB_SEARCH,
        "todowrite": ToolKind.TASKS,
        **dict.fromkeys(("task", "subagent"), ToolKind.SUBAGENT),
        "question": ToolKind.ASK,
    }
)
