"""The doors of Copilot's formats: lines in, `Session` out."""

from __future__ import annotations

from collections.abc import Iterable

from attest.capture.copilot.cli_normalise import PROFILE, TRANSCRIPT_PROFILE, CopilotNormaliser
from attest.capture.step_reader import read_with
from attest.model.session import Session


def read_copilot_cli(lines: Iterable[bytes], *, label_claimed: str | None) -> Session:
    """Give the session of a log of Copilot CLI."""
    return read_with(PROFILE, CopilotNormaliser(), lines, label_claimed=label_claimed)


def read_copilot_transcript(lines: Iterable[bytes], *, label_claimed: str | None) -> Session:
    """Give the session of a transcript of Copilot Chat in VS Code. It tells that a call succeeded, not what it gave."""
    return read_with(TRANSCRIPT_PROFILE, CopilotNormaliser(), lines, label_claimed=label_claimed)
