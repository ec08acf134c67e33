"""What a batch of bundles shares: certificates, authorities and checkpoints that were verified once already.

Outcomes of checks on fixed inputs are kept, under keys that hold every input of the check, the trusted root's digest among them; so a
memo never changes an outcome. Not for several threads at once.
"""

from __future__ import annotations

from typing import TypeVar

MAX_ENTRIES = 16_384
"""When full, all is forgotten: simple, and a batch refills what it needs."""

_Value = TypeVar("_Value")
Key = tuple[str, bytes, bytes]
"""(which check, digest of the trusted root, exact input)"""


class Memo:
    """Successful checks of one batch."""

    def __init__(self) -> None:
        self._held: dict[Key, object] = {}

    def get(self, key: Key, kind: type[_Value]) -> _Value | None:
        """Give what was kept under a key, or None."""
        found = self._held.get(key)
        return found if isinstance(found, kind) else None

    def keep(self, key: Key, value: _Value) -> _Value:
        """Keep the outcome of a successful check, and give it back."""
        if len(self._held) >= MAX_ENTRIES:
            self._held.clear()
        self._held[key] = value
        return value
