"""The two formats of Gemini CLI, for the list of readers."""

from __future__ import annotations

from attest.capture.gemini.sniff import JSON, JSONL
from attest.capture.normaliser import Profile

NOT_TOLD = ("permission-mode", "approval-per-call", "sandbox", "network", "allow-rules", "directory")
PROFILE_JSON = Profile(format=JSON, agent="gemini-cli", not_told=NOT_TOLD)
PROFILE_JSONL = Profile(format=JSONL, agent="gemini-cli", not_told=NOT_TOLD)
