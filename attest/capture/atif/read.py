"""What the shared reader knows of ATIF."""

from __future__ import annotations

from attest.capture.normaliser import Profile
from attest.capture.unroll.atif import FORMAT

AGENT = "atif"
"""Which agent it was, the document says: it stands in front of the version."""
PROFILE = Profile(
    format=FORMAT,
    agent=AGENT,
    not_told=("permission-mode", "approval-per-call", "sandbox", "network", "allowed-tool", "mcp-server"),
    exits="none",
)
