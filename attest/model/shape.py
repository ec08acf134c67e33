"""Shapes of JSON documents: one description that both checks a value and prints its JSON Schema.

Objects are closed: a member that is not named is refused, except below `extensions`, which is kept as it is. The
check is total and bounded, because depth and counts are bounded by the shape itself.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that JSON in every language keeps exactly (RFC 8785 section 3.2.2.3)."""
_PATTERNS: Final = 256
"""Patterns that are kept compiled: more than all shapes have."""


class Misfit(Exception):
    """A value is not of its shape; whoever looked at what holds it adds where."""

    def __init__(self, expected: str, *place: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.place = list(place)
        """Innermost first."""


class Shape(ABC):
    """What a JSON value must look like."""

    __slots__ = ()

    def check(self, value: object, pointer: str) -> None:
        """Raise InvalidInput naming the JSON pointer when the value is not of this shape."""
        try:
            self.look(value)
        except Misfit as err:
            where = "/".join((pointer, *reversed(err.place)))
            raise InvalidInput(
                "evidence.statement",
                "a member is not of the form asked for",
                expected=err.expected,
                where=where or "/",
            ) from None

    @abstractmethod
    def look(self, value: object) -> None:
        """Raise Misfit when the value is not of this shape: nearly all are, so only then is worked out where."""

    @abstractmethod
    def schema(self) -> dict[str, object]:
        """Give the same description as JSON Schema (2020-12)."""


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """A string that matches a whole pattern, or one of a closed list."""

    pattern: str = r"[^\x00-\x1f\x7f]*"
    most: int = 1024

    def look(self, value: object) -> None:
        if not isinstance(value, str) or len(value) > self.most or not _whole_match(self.pattern)(value):
            raise Misfit(f"text of at most {self.most} characters matching {self.pattern}")

    def schema(self) -> dict[str, object]:
        return {"type": "string", "maxLength": self.most, "pattern": _whole(self.pattern)}


@dataclass(frozen=True, slots=True)
class OneOf(Shape):
    """One of a closed list of strings."""

    words: tuple[str, ...]

    def look(self, value: object) -> None:
        if not isinstance(value, str) or value not in self.words:
            raise Misfit("one of " + ", ".join(self.words))

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Whole(Shape):
    """A whole number from zero up."""

    most: int = MAX_SAFE_INTEGER

    def look(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.most:
            raise Misfit(f"a whole number from 0 to {self.most}")

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": 0, "maximum": self.most}


_COUNT: Final = Whole()


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """A list of one shape, of bounded length."""

    item: Shape
    most: int = 1024

    def look(self, value: object) -> None:
        if not isinstance(value, list) or len(value) > self.most:
            raise Misfit(f"a list of at most {self.most}")
        position = 0
        try:
            for position, element in enumerate(value):  # noqa: B007  # where it was when one did not fit
                self.item.look(element)
        except Misfit as err:
            err.place.append(str(position))
            raise

    def schema(self) -> dict[str, object]:
        return {"type": "array", "maxItems": self.most, "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class Counts(Shape):
    """An object of whole numbers under free keys of a pattern: counts by name."""

    key: str = r"[A-Za-z0-9_.:/-]{1,128}"
    most: int = 512

    def look(self, value: object) -> None:
        if not isinstance(value, dict) or len(value) > self.most:
            raise Misfit(f"an object of at most {self.most} counts")
        for name, count in value.items():
            if not _whole_match(self.key)(name):
                raise Misfit(f"names matching {self.key}")
            try:
                _COUNT.look(count)
            except Misfit as err:
                err.place.append(name)
                raise

    def schema(self) -> dict[str, object]:
        return {
            "type": "object",
            "maxProperties": self.most,
            "propertyNames": {"pattern": _whole(self.key)},
            "additionalProperties": Whole().schema(),
        }


@dataclass(frozen=True, slots=True)
class Closed(Shape):
    """An object with named members only; `optional` ones may be left out, `extensions` may hold anything."""

    members: Mapping[str, Shape]
    optional: frozenset[str] = field(default_factory=frozenset)
    extensible: bool = False

    def look(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Misfit("an object")
        if value.keys() != self.members.keys():
            self._require_names(value)
        name = ""
        try:
            for name, shape in self.members.items():
                if name in value:
                    shape.look(value[name])
        except Misfit as err:
            err.place.append(name)
            raise

    def _require_names(self, value: dict[str, object]) -> None:
        unknown = value.keys() - self.members.keys()
        if self.extensible:
            unknown.discard("extensions")
        if unknown:
            raise Misfit("no such member", min(unknown))
        missing = self.members.keys() - value.keys() - self.optional
        if missing:
            raise Misfit("this member", min(missing))
        if not isinstance(value.get("extensions", {}), dict):
            raise Misfit("an object", "extensions")

    def schema(self) -> dict[str, object]:
        properties: dict[str, object] = {name: shape.schema() for name, shape in self.members.items()}
        if self.extensible:
            properties["extensions"] = {"type": "object"}
        return {
            "type": "object",
            "properties": properties,
            "required": sorted(set(self.members) - self.optional),
            "additionalProperties": False,
        }


@lru_cache(maxsize=_PATTERNS)
def _whole_match(pattern: str) -> Callable[[str], object]:
    # Compiled at first use: most commands check one shape of many.
    return re.compile(pattern).fullmatch


def _whole(pattern: str) -> str:
    # `$` stops before a last line feed in some dialects; that nothing at all follows reads the same in every one.
    return rf"^(?:{pattern})(?![\s\S])"
