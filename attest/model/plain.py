"""Frozen dataclasses as plain JSON values and back, strictly: no field more, no field less, no type bent."""

from __future__ import annotations

import types
from collections.abc import Callable
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
    try:
        return _reader(kind)(value)
    except _Misfit as err:
        place = "/".join((where, *reversed(err.place)))
        raise InvalidInput("input.malformed", expected=err.expected, where=place) from err


_Read = Callable[[object], Any]


class _Misfit(Exception):
    """A value is not of its type; whoever read what holds it adds where."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.place: list[str] = []
        """Innermost first."""


@cache
def _reader(kind: Any) -> _Read:  # noqa: ANN401  # a type form
    # Made once for each type of the model: a session has tens of thousands of values, and few types.
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = _reader(next(one for one in get_args(kind) if one is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _array(_reader(get_args(kind)[0]))
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word(kind)
    if kind is datetime:
        return _time
    return _scalar(kind)


def _array(item: _Read) -> _Read:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Misfit("an array")
        found: list[Any] = []
        try:
            for one in value:
                found.append(item(one))  # noqa: PERF401 - how many there are says which one did not fit
        except _Misfit as err:
            err.place.append(str(len(found)))
            raise
        return tuple(found)

    return read


def _object(kind: type) -> _Read:
    members = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}

    def read(value: object) -> Any:  # noqa: ANN401  # a value of `kind`
        if not isinstance(value, dict) or value.keys() != members.keys():
            raise _Misfit(f"the members of {kind.__name__}")
        values, name = {}, ""
        try:
            for name, member in members.items():
                values[name] = member(value[name])
        except _Misfit as err:
            err.place.append(name)
            raise
        return kind(**values)

    return read


def _word(kind: type[Enum]) -> _Read:
    words = {one.value: one for one in kind}

    def read(value: object) -> Enum:
        found = words.get(value) if isinstance(value, str) else None
        if found is None:
            raise _Misfit(f"a word of {kind.__name__}")
        return found

    return read


def _scalar(kind: Any) -> _Read:  # noqa: ANN401  # a type form
    known = kind in {str, int, bool}

    def read(value: object) -> Any:  # noqa: ANN401  # a value of `kind`
        if not known or type(value) is not kind:
            raise _Misfit(getattr(kind, "__name__", "a value"))
        return value

    return read


def _time(value: object) -> datetime:
    if not isinstance(value, str) or not value.endswith("Z") or len(value) > 32:
        raise _Misfit("a time in UTC")
    try:
        return datetime.fromisoformat(value)
    except ValueError as err:
        raise _Misfit("a time in UTC") from err
