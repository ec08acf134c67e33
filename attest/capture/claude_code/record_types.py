"""Which record types Claude Code writes."""

from __future__ import annotations

QUIET_TYPES = frozenset(
    {
        "progress",
        "file-history-snapshot",
        "file-history-delta",
        "summary",
        "last-prompt",
        "mode",
        "queue-operation",
        "ai-title",
        "custom-title",
        "agent-name",
        "agent-color",
        "bridge-session",
        "tag",
        "marble-origami-commit",
        "content-replacement",
    }
)
"""Known record types that tell nothing about what was decided or done: counted, without an event."""
