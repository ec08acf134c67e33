"""Careful access to the fields of foreign records. Shared by every reader."""

from __future__ import annotations

from typing import Any

from attest.capture.lines import Fields
from attest.model.basis import Evidence

DROPPED_TYPE = "whereof-dropped"
"""A record that redaction took out whole."""


def field(fields: Fields, *names: str) -> Fields:
    """Give the object under the names, or an empty one where it is absent or not an object."""
    for name in names:
        value = fields.get(name)
        if not isinstance(value, dict):
            return {}
        fields = value
    return fields


def text_of(fields: Fields, name: str) -> str:
    """Give the string under the name, or an empty one."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def maybe_text(fields: Fields, name: str) -> str | None:
    """Give the non-empty string under the name, or None."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def items_of(fields: Fields, name: str) -> list[Any]:
    """Give the list under the name, or an empty one."""
    value = fields.get(name)
    return value if isinstance(value, list) else []


def texts_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Give the strings of the list under the name."""
    return tuple(item for item in items_of(fields, name) if isinstance(item, str))


def count_of(fields: Fields, name: str) -> int | None:
    """Give the number under the name where it is a whole number from 0 to 2**53 - 1."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return value
    return None


def flattened(content: object) -> str:
    """Give the text of a content value, which is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(text_of(block, "text") for block in content if isinstance(block, dict) and "text" in block)


def below(evidence: Evidence, *names: str | int) -> Evidence:
    """Give the evidence of a place further inside the same record."""
    escaped = "".join("/" + _escape(str(name)) for name in names)
    return Evidence(
        record=evidence.record,
        byte_start=evidence.byte_start,
        byte_end=evidence.byte_end,
        pointer=evidence.pointer + escaped,
    )


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
