"""What a session reached, and what it was allowed to reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from attest.model.basis import Basis, Evidence


class AccessKind(StrEnum):
    """What was reached."""

    FILE_READ = "file-read"
    FILE_WRITTEN = "file-written"
    FILE_DELETED = "file-deleted"
    FILE_RENAMED = "file-renamed"
    SEARCH = "search"
    """A directory or pattern was searched; which files were seen is not fully known."""
    URL = "url"
    NETWORK = "network"
    """A command that must reach a host; `target` is the host where it can be read off the command."""
    SECRET = "secret"  # noqa: S105
    ENV = "env"
    MCP = "mcp"


IN_FILES: Final = frozenset(
    {
        AccessKind.FILE_READ,
        AccessKind.FILE_WRITTEN,
        AccessKind.FILE_DELETED,
        AccessKind.FILE_RENAMED,
        AccessKind.SEARCH,
    }
)
"""Kinds whose target is a path, so that it lies inside or outside the worktree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One thing the session reached, once per kind and target; `count` says how often."""

    kind: AccessKind
    target: str
    """Path, URL, host, name of a variable, or `server/tool`. Never a secret's value."""
    count: int
    outside_worktree: bool | None
    """For files: True where the path lies outside the session's directory; None where not known or not a file."""
    ts: datetime | None
    """The first time."""
    evidence: tuple[Evidence, ...]
    """Bounded: the first places."""
    rule: str
    basis: Basis
    """`observed` where a tool's own record shows it, `inferred` where it was read off a command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the agent was permitted to do without asking, from one event on until the next grant of the same kind."""

    kind: str
    """`permission-mode`, `directory`, `allowed-tool`, `mcp-server`, `entrypoint`, `sandbox`, `network`,
    `writable-directory`, `permission-profile`, `approvals-reviewer`; `asked-permission` was asked for, not granted."""
    value: str
    from_event: int
    """`seq` of the event at or after which it holds."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """How often a tool was called, and how the calls ended."""

    tool: str
    calls: int
    rejected: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Authority granted against authority used."""

    granted: tuple[Grant, ...]
    used: tuple[ToolUse, ...]
    unknown: tuple[str, ...]
    """What the format does not say, such as `sandbox` or `approval-per-call`: not known, never none."""
