"""Tool calls and the decisions on them in two records: by the agent's id of the call, or by name and time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from attest.capture.second.frame import ByTime, Frame
from attest.model.mcp import SessionCall
from attest.model.second import Agreement, Item, ItemKind, SecondRecord
from attest.model.session import Event, EventKind

_TOKEN_MARK: Final = b"[REDACTED:"


def compare_calls(frame: Frame, calls: Iterable[SessionCall]) -> list[Item]:
    """Compare the calls. An id that the second record repeats is looked at once."""
    events = [event for event in frame.session.events if event.kind is EventKind.TOOL_CALL]
    by_id = {event.call_id: event for event in events if event.call_id is not None}
    arguments = {call.seq: call.arguments for call in calls}
    items: list[Item] = []
    seen: set[str] = set()
    unnamed: list[SecondRecord] = []
    for row in frame.rows(ItemKind.TOOL_CALL):
        if row.native_id is None:
            unnamed.append(row)
        elif row.native_id not in seen:
            seen.add(row.native_id)
            event = by_id.get(row.native_id)
            if event is None:
                items.append(frame.item(row, Agreement.MISSING_HERE, "call", event=None, about=row.native_id))
            else:
                items.append(_same_call(frame, row, event, arguments.get(event.seq)))
    matched = {item.event for item in items}
    items += _by_name_and_time(frame, [event for event in events if event.seq not in matched], unnamed)
    matched = {item.event for item in items}
    for event in events:
        if event.seq not in matched:
            about = event.call_id or event.tool or ""
            items.append(frame.missing_there(ItemKind.TOOL_CALL, event.seq, event.ts, about))
    return items


def compare_decisions(frame: Frame) -> list[Item]:
    """Compare refusals; how a call was let through is in no transcript, so it is told by the second record alone."""
    refused = {event.call_id: event for event in frame.session.events if event.kind is EventKind.REJECTION}
    calls = {event.call_id: event for event in frame.session.events if event.kind is EventKind.TOOL_CALL}
    items: list[Item] = []
    told: set[str] = set()
    for row in frame.rows(ItemKind.DECISION):
        call = calls.get(row.native_id) if row.native_id is not None else None
        if row.native_id is None or call is None:
            items.append(frame.item(row, Agreement.NOT_COMPARED, "no-id", event=None, about=row.name))
            continue
        told.add(row.native_id)
        is_refused = row.native_id in refused
        if is_refused is not (row.value == "reject"):
            made = frame.item(row, Agreement.DIFFERS, "decision", event=call.seq, about=row.native_id)
        elif is_refused:
            made = frame.item(row, Agreement.AGREES, "decision", event=call.seq, about=row.native_id)
        else:
            made = frame.item(row, Agreement.ADDS, row.detail or "decision", event=call.seq, about=row.native_id)
        items.append(made)
    for call_id, event in refused.items():
        if call_id is not None and call_id not in told:
            items.append(frame.missing_there(ItemKind.DECISION, event.seq, event.ts, call_id))
    return items


def _same_call(frame: Frame, row: SecondRecord, event: Event, ours: bytes | None) -> Item:
    about = row.native_id or ""
    if row.name and row.name != event.tool:
        return frame.item(row, Agreement.DIFFERS, "name", event=event.seq, about=about)
    if row.arguments is None or ours is None:
        return frame.item(row, Agreement.AGREES, "name", event=event.seq, about=about)
    if row.arguments == ours:
        return frame.item(row, Agreement.AGREES, "arguments", event=event.seq, about=about)
    if _TOKEN_MARK in ours or _TOKEN_MARK in row.arguments:
        # Redaction may have known more on one side: id and name agree, more cannot be said.
        return frame.item(row, Agreement.AGREES, "name", event=event.seq, about=about)
    return frame.item(row, Agreement.DIFFERS, "arguments", event=event.seq, about=about)


def _by_name_and_time(frame: Frame, events: list[Event], rows: list[SecondRecord]) -> list[Item]:
    grouped: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.tool or ""].append(event)
    shelves = {name: ByTime([(event.ts, event) for event in named]) for name, named in grouped.items()}
    items: list[Item] = []
    for row in rows:
        shelf = shelves.get(row.name)
        first, end = shelf.near(row.ts) if shelf is not None else (0, 0)
        if shelf is not None and end > first:
            event = shelf.take(first)
            agreement = Agreement.AGREES if end - first == 1 else Agreement.NOT_COMPARED
            what = "name-and-time" if agreement is Agreement.AGREES else "ambiguous"
            items.append(frame.item(row, agreement, what, event=event.seq, about=row.name))
        elif row.ts is None:
            items.append(frame.item(row, Agreement.NOT_COMPARED, "no-time", event=None, about=row.name))
        else:
            items.append(frame.item(row, Agreement.MISSING_HERE, "name-and-time", event=None, about=row.name))
    return items
