"""Field policy: which JSON fields are dropped, kept by shape, or scanned. What no rule names is scanned."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = list[str | int]
"""Keys and array indexes from the record's root to a value."""


class FieldKind(enum.Enum):
    """What is done with a string field."""

    OPAQUE = "opaque"
    """Replaced by a marker unread: ciphertext, signatures, images."""
    STRUCTURAL = "structural"
    """Kept without detection when it has the exact shape; known values are still replaced in it."""
    IO = "io"
    """Scanned; tool input and output, file content, everything unknown, and prose (see `FieldPolicy.prose`)."""


_SHAPES: Mapping[str, re.Pattern[str]] = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
    "id": re.compile(r"(?:toolu|msg|req|call|ses|srvtoolu|chatcmpl)_[0-9A-Za-z]{8,48}"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"),
    "word": re.compile(r"[A-Za-z]{1,24}(?:[-_][a-z]{1,16}){0,4}"),
    "version": re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}"),
    "model": re.compile(r"<?[a-z]{2,12}(?:[-.][a-z0-9]{1,8}){0,7}>?"),
    "span": re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?"),
    "nanoseconds": re.compile(r"1[0-9]{18}"),
}
"""Exact shapes of structural values. Each is too narrow to hold a secret or a person's name in free form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One rule: a pattern of path segments and what is done with the string found there.

    `pattern` is a tuple of segments; `*` stands for any one key or index, a leading `**` for any path above.
    A structural rule names a shape; a value without that shape is scanned.
    """

    pattern: tuple[str, ...]
    kind: FieldKind
    shape: str | None = None

    def has_shape(self, value: str) -> bool:
        """Say whether a value has the shape that the rule asks for; with no shape any value has it."""
        return self.shape is None or _SHAPES[self.shape].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """A set of field rules, looked up by the last key of a path."""

    rules: tuple[FieldRule, ...] = ()
    prose: tuple[tuple[str, ...], ...] = ()
    """Patterns of the fields that hold what people and agents say to each other: scanned like any other, and besides
    looked at for names. A field that no pattern names is no prose."""
    _simple: dict[str, FieldRule] = field(init=False, repr=False, compare=False)
    """Keys with one rule that holds at any depth."""
    _by_key: dict[str, tuple[FieldRule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, tuple[FieldRule, ...]] = {}
        for rule in self.rules:
            if rule.kind is FieldKind.STRUCTURAL and rule.shape not in _SHAPES:
                raise ValueError("a structural rule needs a known shape")
            index[rule.pattern[-1]] = (*index.get(rule.pattern[-1], ()), rule)
        object.__setattr__(self, "_by_key", index)
        simple = {key: rules[0] for key, rules in index.items() if len(rules) == 1 and rules[0].pattern == ("**", key)}
        object.__setattr__(self, "_simple", simple)

    @classmethod
    def scan_all(cls) -> FieldPolicy:
        """Give the policy that scans every string."""
        return cls()

    def names(self, key: str) -> bool:
        """Say whether any rule ends in this key: a quick test before `kind`."""
        return key in self._by_key

    def kind(self, path: Path, value: str) -> FieldKind:
        """Give what is done with the string at this path."""
        last = path[-1] if path else ""
        rule = self._simple.get(last) if type(last) is str else None
        if rule is not None:
            if rule.shape is None or _SHAPES[rule.shape].fullmatch(value):
                return rule.kind
            return FieldKind.IO
        for rule in self._by_key.get(str(last), ()):
            if not matches(rule.pattern, path):
                continue
            if rule.kind is not FieldKind.STRUCTURAL:
                return rule.kind
            if rule.shape is not None and _SHAPES[rule.shape].fullmatch(value):
                return FieldKind.STRUCTURAL
        return FieldKind.IO

    def describe(self) -> list[list[str]]:
        """Give the rules as plain data, for a digest."""
        rules = [["/".join(rule.pattern), rule.kind.value, rule.shape or ""] for rule in self.rules]
        return rules + [["/".join(pattern), "prose", ""] for pattern in self.prose]


def matches(pattern: tuple[str, ...], path: Path) -> bool:
    """Say whether a path is one that a pattern describes."""
    if pattern[0] == "**":
        pattern = pattern[1:]
        if len(path) < len(pattern):
            return False
        path = path[len(path) - len(pattern) :]
    elif len(pattern) != len(path):
        return False
    return all(want in ("*", str(have)) for want, have in zip(pattern, path, strict=True))
