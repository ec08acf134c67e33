"""What the session reached: by tools' own records (observed) and off command lines (inferred)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.claude_code.records import text_of
from attest.capture.claude_code.steps import Call, Place, Result, Step
from attest.capture.shell import split_command
from attest.capture.shell_access import Reach, host_of, is_secret_path, reaches
from attest.capture.text import target
from attest.model.access import Access, AccessKind
from attest.model.basis import Basis, Evidence

RULE_TOOL = "claude-code/access.tool@1"
RULE_COMMAND = "claude-code/access.command@1"
MAX_ACCESSES = 50_000
MAX_PLACES = 64

_FILES = (
    AccessKind.FILE_READ,
    AccessKind.FILE_WRITTEN,
    AccessKind.FILE_DELETED,
    AccessKind.FILE_RENAMED,
    AccessKind.SEARCH,
)


@dataclass(slots=True)
class Accesses:
    """Collects accesses, one per kind, target and basis."""

    kept: dict[tuple[AccessKind, str, Basis], Access] = member(default_factory=dict)
    places: dict[tuple[AccessKind, str, Basis], list[Evidence]] = member(default_factory=dict)
    worktree: str | None = None

    def feed(self, step: Step) -> None:
        """Take one step. A call that failed as a tool, or was rejected, reached nothing."""
        if not isinstance(step, Result) or step.call is None or step.rejected is not None:
            return
        call = step.call
        if call.tool == "Bash":
            if step.text.startswith("<tool_use_error>"):
                return
            for simple in split_command(text_of(call.arguments, "command")):
                self._add_all(reaches(simple), call.place, Basis.INFERRED)
        elif not step.is_error:
            self._add_all(_reached(call), call.place, Basis.OBSERVED)
        elif call.tool.startswith("mcp__"):
            self._add_all(_reached(call)[:1], call.place, Basis.OBSERVED)

    def finish(self) -> tuple[Access, ...]:
        """Give the accesses in order of their first time."""
        return tuple(replace(one, evidence=tuple(self.places[key])) for key, one in self.kept.items())

    def _add_all(self, found: list[Reach], place: Place, basis: Basis) -> None:
        for kind, name in found:
            self._add(kind, target(name), place, basis)

    def _add(self, kind: AccessKind, name: str, place: Place, basis: Basis) -> None:
        key = (kind, name, basis)
        known = self.kept.get(key)
        if known is not None:
            self.kept[key] = replace(known, count=known.count + 1)
            spots = self.places[key]
            if len(spots) < MAX_PLACES and spots[-1].record != place.evidence.record:
                spots.append(place.evidence)
            return
        if not name or len(self.kept) >= MAX_ACCESSES:
            return
        self.places[key] = [place.evidence]
        self.kept[key] = Access(
            kind=kind,
            target=name,
            count=1,
            outside_worktree=self._outside(name) if kind in _FILES else None,
            ts=place.ts,
            evidence=(),
            rule=RULE_TOOL if basis is Basis.OBSERVED else RULE_COMMAND,
            basis=basis,
        )

    def _outside(self, path: str) -> bool | None:
        """None where the session's directory is not known, or the path is relative: a `cd` may stand before it."""
        if path.startswith("~"):
            return True
        if self.worktree is None or "[REDACTED" in path or "[REDACTED" in self.worktree:
            return self._redacted_outside(path)
        if not path.startswith("/"):
            return True if posixpath.normpath(path).startswith("..") else None
        top = self.worktree.rstrip("/")
        clean = posixpath.normpath(path)
        return not (clean == top or clean.startswith(top + "/"))

    def _redacted_outside(self, path: str) -> bool | None:
        """Where a part of the path is redacted, only a path below the same redacted directory is known to be inside."""
        top = (self.worktree or "").rstrip("/")
        return False if top and (path == top or path.startswith(top + "/")) and "/.." not in path else None


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
