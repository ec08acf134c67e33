"""Which record types Claude Code writes."""

from __future__ import annotations

FORMAT = "claude-code/jsonl"
SIDE_FILE = "whereof-side-file"
"""The marker before the records of a sub-agent's own file, which are gathered behind those of the transcript."""
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
