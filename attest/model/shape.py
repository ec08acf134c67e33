"""Shapes of JSON documents: one description that both checks a value and prints its JSON Schema.

Objects are closed: a member that is not named is refused, except below `extensions`, which is kept as it is. The
check is total and bounded, because depth and counts are bounded by the shape itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that JSON in every language keeps exactly (RFC 8785 section 3.2.2.3)."""


class Shape(Protocol):
    """What a JSON value must look like."""

    def check(self, value: object, pointer: str) -> None:
        """Raise InvalidInput naming the JSON pointer when the value is not of this shape."""
        ...

    def schema(self) -> dict[str, object]:
        """Give the same description as JSON Schema (2020-12)."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string that matches a whole pattern, or one of a closed list."""

    pattern: str = r"[^\x00-\x1f\x7f]*"
    most: int = 1024

    def check(self, value: object, pointer: str) -> None:
        if not isinstance(value, str) or len(value) > self.most or not re.fullmatch(self.pattern, value):
            raise _wrong(pointer, f"text of at most {self.most} characters matching {self.pattern}")

    def schema(self) -> dict[str, object]:
        return {"type": "string", "maxLength": self.most, "pattern": _whole(self.pattern)}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a closed list of strings."""

    words: tuple[str, ...]

    def check(self, value: object, pointer: str) -> None:
        if not isinstance(value, str) or value not in self.words:
            raise _wrong(pointer, "one of " + ", ".join(self.words))

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from zero up."""

    most: int = MAX_SAFE_INTEGER

    def check(self, value: object, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.most:
            raise _wrong(pointer, f"a whole number from 0 to {self.most}")

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": 0, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape, of bounded length."""

    item: Shape
    most: int = 1024

    def check(self, value: object, pointer: str) -> None:
        if not isinstance(value, list) or len(value) > self.most:
            raise _wrong(pointer, f"a list of at most {self.most}")
        for position, element in enumerate(value):
            self.item.check(element, f"{pointer}/{position}")

    def schema(self) -> dict[str, object]:
        return {"type": "array", "maxItems": self.most, "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class Counts:
    """An object of whole numbers under free keys of a pattern: counts by name."""

    key: str = r"[A-Za-z0-9_.:/-]{1,128}"
    most: int = 512

    def check(self, value: object, pointer: str) -> None:
        if not isinstance(value, dict) or len(value) > self.most:
            raise _wrong(pointer, f"an object of at most {self.most} counts")
        for name, count in value.items():
            if not re.fullmatch(self.key, name):
                raise _wrong(pointer, f"names matching {self.key}")
            Whole().check(count, f"{pointer}/{name}")

    def schema(self) -> dict[str, object]:
        return {
            "type": "object",
            "maxProperties": self.most,
            "propertyNames": {"pattern": _whole(self.key)},
            "additionalProperties": Whole().schema(),
        }


@dataclass(frozen=True, slots=True)
class Closed:
    """An object with named members only; `optional` ones may be left out, `extensions` may hold anything."""

    members: Mapping[str, Shape]
    optional: frozenset[str] = field(default_factory=frozenset)
    extensible: bool = False

    def check(self, value: object, pointer: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(pointer, "an object")
        unknown = value.keys() - self.members.keys()
        if self.extensible:
            unknown.discard("extensions")
        if unknown:
            raise _wrong(f"{pointer}/{min(unknown)}", "no such member")
        missing = self.members.keys() - value.keys() - self.optional
        if missing:
            raise _wrong(f"{pointer}/{min(missing)}", "this member")
        if not isinstance(value.get("extensions", {}), dict):
            raise _wrong(f"{pointer}/extensions", "an object")
        for name, shape in self.members.items():
            if name in value:
                shape.check(value[name], f"{pointer}/{name}")

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


def _whole(pattern: str) -> str:
    # `$` stops before a last line feed in some dialects; that nothing at all follows reads the same in every one.
    return rf"^(?:{pattern})(?![\s\S])"


def _wrong(pointer: str, expected: str) -> InvalidInput:
    return InvalidInput(
        "evidence.statement", "a member is not of the form asked for", expected=expected, where=pointer or "/"
    )
