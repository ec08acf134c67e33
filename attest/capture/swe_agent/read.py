"""What the shared reader knows of SWE-agent."""

from __future__ import annotations

from attest.capture.normaliser import Profile
from attest.capture.unroll.swe_agent import FORMAT

AGENT = "swe-agent"
PROFILE = Profile(
    format=FORMAT,
    agent=AGENT,
    not_told=("permission-mode", "approval-per-call", "sandbox", "network", "allowed-tool", "mcp-server"),
    exits="none",
)
