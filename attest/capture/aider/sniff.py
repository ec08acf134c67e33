"""Telling a chat history of Aider from its first bytes, and its lines once it is unrolled."""

from __future__ import annotations

import re

from attest.capture.unroll.document import format_of_header

FORMAT = "aider/markdown"
_START = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*# aider chat started at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s*$", re.MULTILINE)


def looks_like_history(head: bytes) -> bool:
    """Tell whether a file begins with the start of a session."""
    return _START.match(head) is not None


def looks_like_aider(head: bytes) -> bool:
    """Tell whether lines are those of an unrolled chat history."""
    return format_of_header(head) == FORMAT
