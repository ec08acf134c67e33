"""Lines in, records out: JSON parsed within limits, everything else gathered as blocks of plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from redaction.config import Limits
from redaction.line_cache import Spans

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
TEXT_BLOCK_BYTES = 512 * 1024
"""Consecutive lines of plain text are read together up to this size, so that a block over many lines is seen."""


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line that is longer than the reader would hold."""

    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """One unit of work: a JSON object or list, a block of text, or what is left of a dropped line."""

    value: Json = field(repr=False)
    lines: int = 1
    size: int = 0
    dropped: bool = False
    text: bool = False
    line: bytes = field(default=b"", repr=False)
    """The line itself, when it was looked at without parsing it into `value`; `spans` then says where finds stand."""
    spans: Spans | None = None


OpenLines = Callable[[], Iterable[bytes | Oversized]]
"""Opens the same lines anew each time it is called."""


def file_lines(path: Path, limits: Limits) -> OpenLines:
    """Give a re-openable reader of a file that never holds more than one record's limit."""

    def lines() -> Iterator[bytes | Oversized]:
        with path.open("rb") as file:
            while line := file.readline(limits.record_bytes + 2):
                if len(line) <= limits.record_bytes or line.endswith(b"\n"):
                    yield line
                    continue
                size = len(line)
                while not line.endswith(b"\n") and (line := file.readline(1024 * 1024)):
                    size += len(line)
                yield Oversized(size)

    return lines


Look = Callable[[bytes], "Spans | None"]
"""Looks at a line without parsing it; None when it must be parsed."""


def read_records(lines: Iterable[bytes | Oversized], limits: Limits, look: Look = lambda _: None) -> Iterator[Record]:
    """Give the records of lines. Invalid UTF-8 is read with replacement characters; blank lines belong to texts."""
    held: list[str] = []
    held_bytes = 0
    for line in lines:
        size = line.size if isinstance(line, Oversized) else len(line)
        record: Json = None
        spans = None
        if isinstance(line, bytes) and size <= limits.record_bytes + 1:
            spans = look(line)
            record = parse(line, limits) if spans is None else {}
        if isinstance(record, str) and held_bytes + size <= TEXT_BLOCK_BYTES:
            held.append(record)
            held_bytes += size
            continue
        if held:
            yield Record("\n".join(held), lines=len(held), size=held_bytes, text=True)
            held, held_bytes = [], 0
        if record is None:
            yield Record(None, size=size, dropped=True)
        elif isinstance(record, str):
            held, held_bytes = [record], size
        elif spans is not None and isinstance(line, bytes):
            yield Record(None, size=size, line=line, spans=spans)
        else:
            yield Record(record, size=size)
    if held:
        yield Record("\n".join(held), lines=len(held), size=held_bytes, text=True)


def parse(line: bytes, limits: Limits) -> Json:
    """Give a line's object or list; its text when it is none, names a key twice, or is nested too deep."""
    text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    if text[:1].lstrip() not in ("{", "[", "") or not text or text.isspace():
        return text
    try:
        value: Json = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(value, dict | list):
        return text
    deep = text.count("{") + text.count("[") > limits.depth and _deeper(value, limits.depth)
    return text if deep else value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # A repeated key would lose a value without trace: such a line is one plain text, and stays what it was.
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def _deeper(value: Json, allowed: int) -> bool:
    level = [value]
    for _ in range(allowed):
        below: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                below += [v for v in item.values() if isinstance(v, dict | list)]
            elif isinstance(item, list):
                below += [v for v in item if isinstance(v, dict | list)]
        if not below:
            return False
        level = below
    return True


def write_record(value: Json) -> bytes:
    """Give a record as one line of JSON, without its newline; a lone surrogate is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
