"""What the session reached: by tools' own records (observed) and off command lines (inferred)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.access_list import AccessList
from attest.capture.records import text_of
from attest.capture.shell import split_command
from attest.capture.shell_access import Reach, host_of, is_secret_path, reaches
from attest.capture.steps import Call, Result, Step
from attest.model.access import AccessKind
from attest.model.basis import Basis


@dataclass(slots=True)
class Accesses:
    """Reads accesses off calls."""

    reached: AccessList = member(default_factory=lambda: AccessList("claude-code"))

    def feed(self, step: Step) -> None:
        """Take one step. A call that failed as a tool, or was rejected, reached nothing."""
        if not isinstance(step, Result) or step.call is None or step.rejected is not None:
            return
        call = step.call
        if call.tool == "Bash":
            if step.text.startswith("<tool_use_error>"):
                return
            for simple in split_command(text_of(call.arguments, "command")):
                self.reached.add(reaches(simple), call.place, Basis.INFERRED)
        elif not step.is_error:
            self.reached.add(_reached(call), call.place, Basis.OBSERVED)
        elif call.tool.startswith("mcp__"):
            self.reached.add(_reached(call)[:1], call.place, Basis.OBSERVED)


def _reached(call: Call) -> list[Reach]:
    """Give what a tool other than the shell reaches."""
    arguments = call.arguments
    path = text_of(arguments, "file_path") or text_of(arguments, "notebook_path")
    if call.tool.startswith("mcp__"):
        return [(AccessKind.MCP, "/".join(call.tool.removeprefix("mcp__").split("__", 1)))]
    match call.tool:
        case "Read" | "NotebookRead":
            secret = [(AccessKind.SECRET, path)] if is_secret_path(path) else []
            return [(AccessKind.FILE_READ, path), *secret]
        case "Edit" | "Write" | "MultiEdit" | "NotebookEdit":
            return [(AccessKind.FILE_WRITTEN, path)]
        case "Grep" | "Glob" | "LS":
            return [(AccessKind.SEARCH, text_of(arguments, "path") or text_of(arguments, "pattern"))]
        case "WebFetch":
            url = text_of(arguments, "url")
            return [(AccessKind.URL, url), (AccessKind.NETWORK, host_of(url) or "(WebFetch)")]
        case "WebSearch":
            return [(AccessKind.NETWORK, "(WebSearch)")]
        case _:
            return []
