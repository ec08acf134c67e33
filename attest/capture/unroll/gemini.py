"""A session of Gemini CLI that is one JSON document (until version 0.38) as lines."""

from __future__ import annotations

from collections.abc import Iterator

from attest.capture.gemini.sniff import JSON
from attest.capture.gemini.sniff import looks_like_document as looks_like
from attest.capture.unroll.document import unroll_member

__all__ = ["FORMAT", "looks_like", "unroll"]

FORMAT = JSON


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the header with the session's own members, then the messages in their order."""
    return unroll_member(data, FORMAT, "messages")
