"""The two formats of Gemini CLI, for the list of readers."""

from __future__ import annotations

from attest.capture.gemini.normalise import profile
from attest.capture.gemini.sniff import JSON, JSONL

PROFILE_JSON = profile(JSON)
PROFILE_JSONL = profile(JSONL)
