"""Bounded, printable pieces of foreign text, and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from attest.model.session import PREVIEW_CHARS

MAX_TEXT_CHARS = 32_768
"""The longest text kept of one prompt, plan or reason."""
MAX_TOTAL_TEXT_CHARS = 16 * 1024 * 1024
"""All texts of one session together; beyond it only previews are kept."""
MAX_TIME_MS = 32_503_680_000_000
"""The year 3000: a number beyond it is no time in milliseconds."""
MAX_TARGET_CHARS = 512
"""The longest path, command or URL kept."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,512}(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")


def preview(text: str, limit: int = PREVIEW_CHARS) -> str:
    """Give the beginning of a text on one line, without control or direction characters, at most `limit` long."""
    head = _CONTROL.sub(" ", text[: limit * 4])
    head = " ".join(head.split())
    return head if len(head) <= limit else head[: limit - 1] + "\u2026"


def target(text: str) -> str:
    """Give a path, command or URL, cut to `MAX_TARGET_CHARS`."""
    return preview(text, MAX_TARGET_CHARS)


def without_ansi(text: str) -> str:
    """Give a terminal's output without its colour and cursor sequences."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def moment(value: object) -> datetime | None:
    """Give an RFC 3339 time in UTC at whole milliseconds, or None where it is not one with an offset."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            return None
        parsed = parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return parsed.replace(microsecond=parsed.microsecond // 1000 * 1000)


def moment_of_ms(value: object) -> datetime | None:
    """Give the time of a number of milliseconds since 1970 in UTC, or None where it is not such a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MAX_TIME_MS:
        return None
    return datetime.fromtimestamp(int(value) // 1000, UTC).replace(microsecond=int(value) % 1000 * 1000)


class TextBudget:
    """Keeps all texts of one session within `MAX_TOTAL_TEXT_CHARS`, in the order they come."""

    def __init__(self) -> None:
        self._left = MAX_TOTAL_TEXT_CHARS
        self.full = False
        """True once a text was cut because of the texts before it."""

    def take(self, text: str) -> tuple[str, bool]:
        """Give the text as far as it is kept, and whether it was cut."""
        limit = MAX_TEXT_CHARS if self._left >= MAX_TEXT_CHARS else PREVIEW_CHARS
        kept = text[:limit]
        self.full |= limit == PREVIEW_CHARS < len(text)
        self._left = max(0, self._left - len(kept))
        return kept, len(kept) < len(text)
