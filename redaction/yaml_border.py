"""YAML files of an operator, read within limits into plain nodes that know their line. Nothing of YAML's power is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

import yaml

from redaction.errors import ConfigRefused

MAX_BYTES: Final = 512 * 1024
MAX_DEPTH: Final = 10
MAX_NODES: Final = 50_000


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it begins on, from one."""

    value: str | int | float | bool | tuple[Node, ...] | dict[str, Node] | None = field(repr=False)
    line: int
    file: str

    def refuse(self, why: str) -> NoReturn:
        """Raise ConfigRefused with file and line; `why` must hold no value."""
        raise ConfigRefused(f"{self.file} line {self.line}", why)

    def mapping(self, known: frozenset[str]) -> dict[str, Node]:
        """Give the members, all of them known."""
        if not isinstance(self.value, dict):
            self.refuse("expected a mapping")
        for key, node in self.value.items():
            if key not in known:
                node.refuse(f"this key is not known; known are {', '.join(sorted(known))}")
        return self.value

    def items(self, most: int) -> tuple[Node, ...]:
        """Give the items of a list that is not longer than it may be."""
        if not isinstance(self.value, tuple):
            self.refuse("expected a list")
        if len(self.value) > most:
            self.refuse(f"expected at most {most} items")
        return self.value

    def text(self, most: int = 400) -> str:
        """Give a text of at least one and at most so many characters."""
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > most:
            self.refuse(f"expected a text of 1 to {most} characters")
        return self.value

    def texts(self, most: int) -> tuple[str, ...]:
        """Give a list of texts."""
        return tuple(item.text() for item in self.items(most))


def read_yaml(raw: bytes, file: str) -> Node:
    """Give the one document of a file.

    Raises:
        ConfigRefused: it is too large or too deep, does not parse, or holds an anchor, alias, tag, merge key, repeated key
            or a second document. The message names file and line, never the words that stand there.
    """
    if len(raw) > MAX_BYTES:
        raise ConfigRefused(file, f"is longer than {MAX_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ConfigRefused(file, "is not UTF-8") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = _Build(yaml.parse(text, Loader=loader), file).document()
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        place = f"{file} line {mark.line + 1}" if mark is not None else file
        raise ConfigRefused(place, "does not parse as YAML") from None
    except RecursionError:
        raise ConfigRefused(file, "is nested too deep") from None
    return node


class _Build:
    """Builds nodes from events, counting as it goes."""

    def __init__(self, events: Iterator[yaml.Event], file: str) -> None:
        self._events, self._file, self._nodes = events, file, 0

    def document(self) -> Node:
        node: Node | None = None
        for event in self._events:
            if isinstance(
                event, (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)
            ):
                continue
            if node is not None:
                self._refuse(event, "holds more than one document")
            node = self._node(event, MAX_DEPTH)
        return node or Node({}, 1, self._file)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = event.start_mark.line + 1
        self._nodes += 1
        if self._nodes > MAX_NODES or depth == 0:
            self._refuse(event, "holds too many values, or is nested too deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors and aliases are not used here")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, "tags are not used here")
        if isinstance(event, yaml.ScalarEvent):
            return Node(_scalar(event), line, self._file)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(tuple(self._until(yaml.SequenceEndEvent, depth)), line, self._file)
        return Node(self._members(depth), line, self._file)

    def _until(self, end: type[yaml.Event], depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield self._node(event, depth - 1)

    def _members(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        waiting = self._until(yaml.MappingEndEvent, depth)
        for key in waiting:
            if not isinstance(key.value, str) or key.value == "<<" or key.value in members:
                key.refuse("expected a key that is a text, and stands once")
            members[key.value] = next(waiting)
        return members

    def _refuse(self, event: yaml.Event, why: str) -> NoReturn:
        Node(None, event.start_mark.line + 1, self._file).refuse(why)


_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    """Give a plain scalar as JSON would know it; `on`, `off`, `yes` and dates stay texts."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if (
        len(text) <= 18
        and text.removeprefix("-").replace(".", "", 1).isdecimal()
        and text[-1] != "."
        and text[0] != "."
    ):
        return float(text) if "." in text else int(text)
    return text
