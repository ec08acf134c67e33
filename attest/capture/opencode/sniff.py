"""Whether record lines are those gathered from OpenCode's files or database."""

from __future__ import annotations

from typing import Final

from attest.capture.normaliser import Profile
from attest.capture.unroll.document import format_of_header

FORMAT: Final = "opencode/session"
PROFILE: Final = Profile(
    format=FORMAT,
    agent="opencode",
    not_told=("permission-mode", "approval-per-call", "sandbox", "network", "mcp-servers"),
)


def looks_like_opencode(head: bytes) -> bool:
    """Tell whether the lines are those of a session of OpenCode."""
    return format_of_header(head) == FORMAT
