"""Whole contents of a file before and after an edit, as far as Claude Code recorded them."""

from __future__ import annotations

from attest.capture.lines import Fields
from attest.capture.records import items_of, maybe_text, text_of
from attest.capture.steps import Call, Result

MAX_CHARS = 4 * 1024 * 1024


def contents_of(step: Result, call: Call) -> tuple[str, str] | None:
    """Give the content before and after; None where the record does not hold the file as it was, or a person changed the edit."""
    told = step.structured
    before = maybe_text(told, "originalFile")
    if before is None:
        before = maybe_text(told, "originalFileContents")
    if before is None or len(before) > MAX_CHARS or told.get("userModified") is True:
        return None
    if call.tool == "Write":
        return before, text_of(call.arguments, "content")
    edits = [one for one in items_of(call.arguments, "edits") if isinstance(one, dict)] or [call.arguments]
    after: str | None = before
    for one in edits:
        after = _edited(after, one) if after is not None else None
    return (before, after) if after is not None else None


def _edited(text: str, edit: Fields) -> str | None:
    old, new = text_of(edit, "old_string"), text_of(edit, "new_string")
    if not old or old not in text:
        return None
    return text.replace(old, new) if edit.get("replace_all") is True else text.replace(old, new, 1)
