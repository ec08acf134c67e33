"""What the first pass saw in lines: where strings with finds stand, never what they hold or which token they got.

A line is known by an HMAC under a key of the tenant, and what is kept holds only for one set of rules, identities and
field policies, which goes into the key: who reads the cache learns neither a line nor whether a line was ever seen.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MOST_LINES: Final = 262_144
MOST_SPANS: Final = 1_048_576
"""Bounds of one cache in memory, about 64 MB; a full cache is emptied."""

Spans = tuple[int, ...]
"""Start and end, one after the other, of the strings of a line in which something is to be replaced."""

WALK: Final[Spans] = (-1,)
"""Stands for a line that only the walk can treat."""


class LineCache:
    """A bounded memory of lines for one tenant and one set of rules. Not to be shared between threads."""

    __slots__ = ("_kept", "_key", "_spans")

    def __init__(self, key: bytes, scope: bytes) -> None:
        """`key` belongs to the tenant; `scope` is a digest of all that decides what is found."""
        self._key = hmac.digest(key, b"whereof line cache\x00" + scope, "sha256")
        self._kept: dict[bytes, Spans] = {}
        self._spans = 0

    def __repr__(self) -> str:
        return f"LineCache({len(self._kept)})"

    def derived(self, purpose: bytes) -> bytes:
        """Give a key for something else that holds for just the same tenant and scope."""
        return hmac.digest(self._key, b"whereof line cache for\x00" + purpose, "sha256")

    def name(self, line: bytes) -> bytes:
        """Give the name under which a line is kept."""
        return hmac.digest(self._key, line, "sha256")

    def get(self, name: bytes) -> Spans | None:
        """Give what is known of a line; None when nothing is."""
        return self._kept.get(name)

    def put(self, name: bytes, spans: Spans) -> None:
        """Keep what was seen in a line."""
        self._spans += len(spans)
        if len(self._kept) >= MOST_LINES or self._spans > MOST_SPANS:
            self._kept.clear()
            self._spans = len(spans)
        self._kept[name] = spans

    def kept(self) -> Mapping[bytes, Spans]:
        """Give everything that is kept, for writing it down."""
        return MappingProxyType(self._kept)
