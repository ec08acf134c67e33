"""What the shared reader knows of the forms of OpenHands."""

from __future__ import annotations

from attest.capture.normaliser import Profile
from attest.capture.openhands.sniff import V0, V1

AGENT = "openhands"
_NOT_TOLD = ("permission-mode", "approval-per-call", "sandbox", "network", "allowed-tool", "mcp-server")
PROFILE_V0 = Profile(format=V0, agent=AGENT, not_told=_NOT_TOLD)
"""Trajectories and outputs."""
PROFILE_V1 = Profile(format=V1, agent=AGENT, not_told=_NOT_TOLD)
"""Conversation folders, gathered to lines."""
