"""The whole text behind an event's preview, off the record that its evidence points to.

A record's own layout is not known here. A candidate counts only when its preview is the event's: then it is the text
that the event was made of, whatever the format. Otherwise the preview stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import flattened
from attest.capture.text import preview
from attest.model.session import Event

RecordAt = Callable[[int], Fields | None]
"""Gives a record of the transcript by its index; None where it cannot be had."""

_TEXTS: Final = ("text", "thinking", "content", "output", "message", "summary", "result", "command")
_ARGUMENTS: Final = ("input", "arguments", "args", "params", "parameters", "action", "tool_input")
_OUTPUT: Final = "\nOutput:\n"
MAX_POINTER_PARTS: Final = 64


def whole_text(event: Event, record: RecordAt) -> str:
    """Give the text of an event, or its preview where the whole cannot be told for sure."""
    if not event.preview:
        return ""
    for candidate in _candidates(_value(event, record)):
        if preview(candidate) == event.preview:
            return candidate
    return event.preview


def arguments_of(event: Event, record: RecordAt) -> Fields | None:
    """Give the arguments of a call as its record holds them; None where it holds none that can be told."""
    value = _value(event, record)
    if isinstance(value, dict):
        for name in _ARGUMENTS:
            told = _object(value.get(name))
            if told is not None:
                return told
        return value if event.evidence.pointer.rsplit("/", 1)[-1] in _ARGUMENTS else None
    return _object(value)


def _object(value: object) -> Fields | None:
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        told = parse_line(value.encode("utf-8", "replace"))
        return None if isinstance(told, LineFault) else told
    return None


def _candidates(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if _OUTPUT in value:
            yield value.split(_OUTPUT, 1)[1]
    elif isinstance(value, list):
        yield flattened(value)
    elif isinstance(value, dict):
        for name in _TEXTS:
            if name in value and not isinstance(value[name], dict):
                yield from _candidates(value[name])


def _value(event: Event, record: RecordAt) -> object:
    """Give the value at the event's pointer (RFC 6901)."""
    value: object = record(event.evidence.record)
    for part in event.evidence.pointer.split("/")[1:MAX_POINTER_PARTS]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
