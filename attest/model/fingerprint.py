"""Digests that join a session with bytes elsewhere: the head of a transcript, and lines of a change."""

from __future__ import annotations

import hashlib

HEAD_START = bytes(32)
"""The head before the first record."""

_FINGERPRINT_DIGITS = 16


def extend_head(head: bytes, line: bytes) -> bytes:
    """Give the head after one more record: SHA-256(head before, SHA-256(line without its line end))."""
    return hashlib.sha256(head + hashlib.sha256(line).digest()).digest()


def line_fingerprint(line: str) -> str:
    """Give 16 hexadecimal digits of the SHA-256 of a line with its runs of whitespace made one space, ends stripped.

    Short and unsalted: it tells whether a line of a commit was written in the session, and anyone can guess common
    lines from it. So it belongs in an erasable part only, never in a statement.
    """
    return hashlib.sha256(" ".join(line.split()).encode()).hexdigest()[:_FINGERPRINT_DIGITS]
