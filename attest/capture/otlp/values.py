"""Attributes and times of OTLP/JSON as plain values. Shared by everything here that reads OTLP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from attest.capture.lines import Fields
from attest.capture.records import items_of
from attest.capture.text import moment_of_ms

MAX_ATTRIBUTES: Final = 1_024
"""Of one span, log record or resource; more are not looked at."""
MAX_VALUES: Final = 100_000
"""Values within one attribute."""
MAX_VALUE_DEPTH: Final = 24


def attributes_of(fields: Fields) -> Fields:
    """Give the attributes of a span, event, log record or resource by name; of a repeated name the first counts."""
    found: Fields = {}
    for one in items_of(fields, "attributes")[:MAX_ATTRIBUTES]:
        if isinstance(one, dict) and isinstance(one.get("key"), str):
            found.setdefault(one["key"], plain(one.get("value")))
    return found


def plain(value: object, depth: int = 0) -> Any:  # noqa: ANN401  # any JSON value
    """Give the plain value of an `AnyValue`: None where it is none, or nests beyond `MAX_VALUE_DEPTH`."""
    if not isinstance(value, dict) or depth > MAX_VALUE_DEPTH:
        return None
    for name in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if name in value:
            return value[name]
    if "intValue" in value:
        return _whole(value["intValue"])
    if isinstance(value.get("arrayValue"), dict):
        return [plain(one, depth + 1) for one in items_of(value["arrayValue"], "values")[:MAX_VALUES]]
    if isinstance(value.get("kvlistValue"), dict):
        pairs = [one for one in items_of(value["kvlistValue"], "values")[:MAX_VALUES] if isinstance(one, dict)]
        return {one["key"]: plain(one.get("value"), depth + 1) for one in pairs if isinstance(one.get("key"), str)}
    return None


def structured(value: object) -> Any:  # noqa: ANN401
    """Give a value that is recorded as it is or as its JSON text; a text that is no JSON stays a text."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def number_of(attributes: Fields, name: str) -> int | None:
    """Give a whole number from 0 on, which may be recorded as a text."""
    value = _whole(attributes.get(name))
    return value if value is not None and 0 <= value < 2**53 else None


def time_of(value: object) -> datetime | None:
    """Give the time of a number of nanoseconds since 1970, which is recorded as a number or a text."""
    nanoseconds = _whole(value)
    return None if nanoseconds is None else moment_of_ms(nanoseconds // 1_000_000)


def nanoseconds_of(value: object) -> int:
    """Give a number of nanoseconds to order by; 0 where there is none."""
    return _whole(value) or 0


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if abs(value) < 2**63 else None
    if isinstance(value, str) and len(value) <= 20 and value.lstrip("-").isascii() and value.lstrip("-").isdigit():
        return int(value)
    return None
