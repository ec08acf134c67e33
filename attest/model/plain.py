"""Frozen dataclasses as plain JSON values and back, strictly: no field more, no field less, no type bent."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from attest.errors import InvalidInput


def to_plain(value: object) -> Any:  # noqa: ANN401  # any JSON value
    """Give the JSON value of a model value: dataclass to object, tuple to array, enum to its word, time to RFC 3339."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(type(value).__name__)


def from_plain(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401  # a type form, and its value
    """Give the model value of type `kind` that `to_plain` made a JSON value of.

    Raises:
        InvalidInput: `input.malformed`, naming the place and what was expected.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        return None if value is None else from_plain(inner[0], value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong("an array", where)
        item = get_args(kind)[0]
        return tuple(from_plain(item, one, f"{where}/{place}") for place, one in enumerate(value))
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word(kind, value, where)
    if kind is datetime:
        return _time(value, where)
    if kind in (str, int, bool) and type(value) is kind:
        return value
    raise _wrong(getattr(kind, "__name__", "a value"), where)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _object(kind: type, value: object, where: str) -> Any:  # noqa: ANN401  # a value of `kind`
    hints = _hints(kind)
    if not isinstance(value, dict) or set(value) != set(hints):
        raise _wrong(f"the members of {kind.__name__}", where)
    return kind(**{name: from_plain(hint, value[name], f"{where}/{name}") for name, hint in hints.items()})


def _word(kind: type[Enum], value: object, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError as err:
        raise _wrong(f"a word of {kind.__name__}", where) from err


def _time(value: object, where: str) -> datetime:
    if not isinstance(value, str) or not value.endswith("Z") or len(value) > 32:
        raise _wrong("a time in UTC", where)
    try:
        return datetime.fromisoformat(value)
    except ValueError as err:
        raise _wrong("a time in UTC", where) from err


def _wrong(expected: str, where: str) -> InvalidInput:
    return InvalidInput("input.malformed", expected=expected, where=where)
