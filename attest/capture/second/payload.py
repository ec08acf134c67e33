"""A recorded payload as items: pages of an API, lines of an export, or one document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from attest.capture.lines import MAX_LINE_BYTES, Fields, LineFault, parse_line
from attest.capture.mcp.log_lines import parse_log_line
from attest.capture.records import items_of
from attest.errors import InvalidInput
from attest.model.session import Tally

MAX_PAYLOAD_BYTES: Final = 64 * 1024 * 1024
MAX_ITEMS: Final = 200_000
LOG_RECORD: Final = "resourceLogs"
"""Stands in the page of an item that is one log record of an OTLP/JSON export."""
_LISTS: Final = ("data", "items", "messages", "events")
"""Members that hold a page's items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadItem:
    """One object of a payload."""

    record: int
    pointer: str
    fields: Fields
    page: Fields
    """The page around it without its items; empty where it stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """All objects of a payload, and what was not one."""

    items: tuple[PayloadItem, ...]
    pages: tuple[Fields, ...]
    skipped: tuple[Tally, ...]


def read_payload(data: bytes) -> Payload:
    """Give the items of a payload: one JSON document (at most 8 MiB), or JSON Lines (at most 64 MiB).

    Raises:
        InvalidInput: `input.empty`, `input.too-large`, or `input.unknown-format` where nothing in it is a JSON object.
    """
    if not data.strip():
        raise InvalidInput("input.empty", "the second record is empty")
    if len(data) > MAX_PAYLOAD_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_PAYLOAD_BYTES} bytes", got=str(len(data)))
    reader = _Reader()
    whole = parse_log_line(data.strip()) if len(data) <= MAX_LINE_BYTES else LineFault.OVERSIZED
    if isinstance(whole, dict):
        reader.document(0, whole, is_list=data.lstrip()[:1] == b"[")
    else:
        for index, line in enumerate(line for line in data.splitlines() if line.strip()):
            reader.line(index, line)
    if not reader.items and not reader.pages:
        raise InvalidInput("input.unknown-format", "this is no second record", expected="JSON, or JSON Lines")
    skipped = tuple(Tally(name=name, count=count) for name, count in sorted(reader.skipped.items()))
    return Payload(items=tuple(reader.items), pages=tuple(reader.pages), skipped=skipped)


class _Reader:
    """Collects items up to the limit."""

    def __init__(self) -> None:
        self.items: list[PayloadItem] = []
        self.pages: list[Fields] = []
        self.skipped: Counter[str] = Counter()

    def line(self, index: int, line: bytes) -> None:
        fields = parse_line(line)
        if isinstance(fields, LineFault):
            self.skipped[fields.value] += 1
        else:
            self.document(index, fields, is_list=False)

    def document(self, record: int, fields: Fields, *, is_list: bool) -> None:
        if isinstance(fields.get("resourceLogs"), list):
            self._log_records(record, fields)
            return
        name = "message" if is_list else next((name for name in _LISTS if _is_page(fields.get(name))), None)
        if name is None:
            self._item(record, "", fields, {})
            return
        page = {} if is_list else {key: value for key, value in fields.items() if key != name}
        self.pages.append(page)
        for at, one in enumerate(fields[name]):
            if isinstance(one, dict):
                self._item(record, f"/{at}" if is_list else f"/{name}/{at}", one, page)
            else:
                self.skipped["not-object"] += 1

    def _log_records(self, record: int, export: Fields) -> None:
        """Give the log records of an OTLP/JSON export one by one."""
        self.pages.append({})
        for at, group in enumerate(items_of(export, "resourceLogs")):
            for of, scope in enumerate(items_of(group, "scopeLogs") if isinstance(group, dict) else []):
                for number, one in enumerate(items_of(scope, "logRecords") if isinstance(scope, dict) else []):
                    if isinstance(one, dict):
                        pointer = f"/resourceLogs/{at}/scopeLogs/{of}/logRecords/{number}"
                        self._item(record, pointer, one, {LOG_RECORD: True})
                    else:
                        self.skipped["not-object"] += 1

    def _item(self, record: int, pointer: str, fields: Fields, page: Fields) -> None:
        if len(self.items) >= MAX_ITEMS:
            self.skipped["limit"] += 1
            return
        self.items.append(PayloadItem(record=record, pointer=pointer, fields=fields, page=page))


def _is_page(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
