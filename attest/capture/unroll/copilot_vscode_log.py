"""The mutation log of a VS Code chat session: its entries applied one after the other, and what they replaced.

An entry sets the whole state (`kind` 0), sets (1) or deletes (3) the value at a path, or cuts an array and appends (2).
What an entry took away is not lost: it is given back beside the final state.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Final

from attest.capture.lines import Fields

INITIAL: Final = 0
SET: Final = 1
PUSH: Final = 2
DELETE: Final = 3
MAX_PATH: Final = 32
MAX_ARRAY: Final = 1_000_000

Path = list[str | int]


@dataclass(slots=True)
class Replay:
    """The state of a session, as the entries so far make it."""

    state: Any = None
    replaced: list[tuple[Path, Any]] = member(default_factory=list)
    """Values that an entry took away or wrote over, in order, each with its path."""

    def apply(self, entry: Fields) -> bool:
        """Apply one entry; False where it does not fit the state: then nothing is changed."""
        kind, value = entry.get("kind"), entry.get("v")
        if kind == INITIAL:
            if self.state is not None:
                self._replace([], self.state, value)
            self.state = value
            return True
        path = _path(entry.get("k"))
        if path is None or self.state is None or kind not in (SET, PUSH, DELETE):
            return False
        if not path:
            return False
        parent = self._parent(path)
        if parent is None:
            return False
        if kind == PUSH:
            return self._push(parent, path, value, entry.get("i"))
        return self._set(parent, path, value, delete=kind == DELETE)

    def _parent(self, path: Path) -> dict[str, Any] | list[Any] | None:
        found = self.state
        for step in path[:-1]:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found if isinstance(found, dict | list) else None

    def _set(self, parent: dict[str, Any] | list[Any], path: Path, value: Any, *, delete: bool) -> bool:  # noqa: ANN401
        last = path[-1]
        if isinstance(parent, dict) and isinstance(last, str):
            old = parent.get(last)
            if delete:
                parent.pop(last, None)
            else:
                parent[last] = value
        elif isinstance(parent, list) and isinstance(last, int) and 0 <= last <= len(parent) < MAX_ARRAY:
            old = parent[last] if last < len(parent) else None
            parent[last : last + 1] = [None if delete else value]
        else:
            return False
        self._replace(path, old, None if delete else value)
        return True

    def _push(self, parent: dict[str, Any] | list[Any], path: Path, value: Any, place: object) -> bool:  # noqa: ANN401
        last = path[-1]
        values = value if isinstance(value, list) else []
        if isinstance(parent, dict) and isinstance(last, str):
            array = parent.setdefault(last, [])
        elif isinstance(parent, list) and isinstance(last, int) and 0 <= last < len(parent):
            array = parent[last]
        else:
            return False
        if not isinstance(array, list) or len(array) + len(values) > MAX_ARRAY:
            return False
        if isinstance(place, int) and not isinstance(place, bool) and 0 <= place <= len(array):
            for number, old in enumerate(array[place:]):
                self._replace([*path, place + number], old, values[number] if number < len(values) else None)
            del array[place:]
        array.extend(values)
        return True

    def _replace(self, path: Path, old: Any, new: Any) -> None:  # noqa: ANN401
        if old is not None and old != new:
            self.replaced.append((path, old))


def _path(told: object) -> Path | None:
    if not isinstance(told, list) or len(told) > MAX_PATH:
        return None
    if any(isinstance(step, bool) or not isinstance(step, str | int) for step in told):
        return None
    return told
