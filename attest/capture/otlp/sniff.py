"""Whether record lines are those gathered from spans."""

from __future__ import annotations

from typing import Final

from attest.capture.normaliser import Profile
from attest.capture.unroll.document import format_of_header

_NOT_TOLD: Final = (
    "permission-mode",
    "approval-per-call",
    "sandbox",
    "network",
    "allow-rules",
    "directory",
    "refusals",
)
PROFILE: Final = Profile(format="otlp/genai", agent="otel-genai", not_told=_NOT_TOLD)
VISUAL_STUDIO_PROFILE: Final = Profile(
    format="visualstudio-copilot/otlp", agent="copilot-visualstudio", not_told=_NOT_TOLD
)
TRACES_PROFILE: Final = Profile(format="copilot-vscode/traces", agent="copilot-vscode", not_told=_NOT_TOLD)


def looks_like_genai(head: bytes) -> bool:
    """Tell whether the lines are those of a conversation in spans of an agent that is not known by name."""
    return format_of_header(head) == PROFILE.format


def looks_like_visual_studio(head: bytes) -> bool:
    """Tell whether the lines are those of Copilot in Visual Studio."""
    return format_of_header(head) == VISUAL_STUDIO_PROFILE.format


def looks_like_traces(head: bytes) -> bool:
    """Tell whether the lines are those of a trace database of Copilot in VS Code."""
    return format_of_header(head) == TRACES_PROFILE.format
