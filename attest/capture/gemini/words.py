"""Texts that Gemini CLI itself puts in the place of a person's words, and what they mean."""

from __future__ import annotations

import re

_INJECTED = (
    ("session-context", "<session_context>"),
    ("session-context", "This is the Gemini CLI. We are setting up the context for our chat."),
    ("hook-context", "<hook_context>"),
    ("editor-context", "Here is the user's editor context"),
    ("editor-context", "Here is a summary of changes in the user's editor context"),
    ("shell-mode", "I ran the following shell command:"),
    ("system", "System: Please continue"),
    ("system", "System: Potential loop detected"),
    ("system", "<system-reminder>"),
    ("loaded-context", "<loaded_context>"),
)
_CONTINUATION = "Please continue."
_SNAPSHOT = "<state_snapshot>"
_FILES = re.compile(r"\n--- Content from referenced files ---\n.*\Z", re.DOTALL)
_HOOK = re.compile(r"<hook_context>.*?</hook_context>", re.DOTALL)
CANCELLED = "Request cancelled."
"""What the interface says when a person stopped the agent."""


def injected_kind(text: str) -> str | None:
    """Give the kind of a text in a prompt's place that the program wrote, or None where a person may have written it."""
    stripped = text.strip()
    if stripped == _CONTINUATION:
        return "continuation"
    return next((kind for kind, opening in _INJECTED if stripped.startswith(opening)), None)


def is_snapshot(text: str) -> bool:
    """Tell whether a text is the summary that stands for an earlier part of the conversation."""
    return text.lstrip().startswith(_SNAPSHOT)


def prompt_of(text: str) -> str:
    """Give a prompt without the contents of the files it names and without what hooks added."""
    return _HOOK.sub("", _FILES.sub("", text)).strip()
