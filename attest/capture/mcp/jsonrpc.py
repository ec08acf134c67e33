"""Raw MCP messages as calls: requests and answers paired by id, per MCP session and direction.

An id is the sender's own: both sides count from 1. So a request waits under (session, direction, id), and an answer
goes the other way. Where the log gives no direction it is told from the method for requests; an answer without a
direction is paired where one request only waits under its id, and otherwise counted as ambiguous.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from attest.canonical import canonical_json
from attest.capture.lines import Fields, LineFault
from attest.capture.mcp import log_lines
from attest.capture.mcp.log_lines import (
    MAX_ID_CHARS,
    Envelope,
    LogLine,
    canonical_id,
    find_messages,
    is_message,
    parse_log_line,
)
from attest.capture.records import field, text_of
from attest.model.mcp import CallState, Direction, LogOwner, McpCall, McpCounts, McpLog, McpSource
from attest.model.session import Tally

MAX_WAITING: Final = 4_096
"""Requests without an answer; the oldest is given up first and stays unanswered."""
MAX_CALLS: Final = 200_000

_BY_CLIENT: Final = (
    "initialize",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "server/discover",
    "tasks/get",
    "tasks/result",
    "tasks/list",
    "tasks/cancel",
)
_BY_SERVER: Final = ("sampling/createMessage", "elicitation/create", "roots/list")
KNOWN_METHODS: Final = frozenset({*_BY_CLIENT, *_BY_SERVER, "ping"})
_TOOL_USE_NAMES: Final = frozenset({"tooluseid", "toolcallid", "callid"})
_CANCELLED: Final = "notifications/cancelled"

_Waiting = tuple[str | None, Direction, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a message stands."""

    record: int
    number: int
    line: LogLine
    envelope: Envelope


def read_jsonrpc(lines: Iterable[LogLine], *, owner: LogOwner, source: McpSource = McpSource.JSONRPC) -> McpLog:
    """Give the calls of a log of JSON-RPC messages. Pure; nothing is dropped without a count.

    Not checked: whether the log is whole or true. A log beyond the limits is read up to them, and counted as `limit`.
    """
    reader = _Reader(owner, source)
    count = 0
    for index, line in enumerate(lines):
        reader.line(index, line)
        count += 1
    return reader.log(count)


class _Reader:
    """What must be remembered from one message to the next."""

    def __init__(self, owner: LogOwner, source: McpSource) -> None:
        self._owner, self._source = owner, source
        self._calls: list[McpCall] = []
        self._waiting: OrderedDict[_Waiting, int] = OrderedDict()
        self._by_id: dict[tuple[str | None, str], int] = {}
        """How many wait under an id, whatever their direction."""
        self._servers: dict[str | None, str] = {}
        self._skipped_lines: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._methods: Counter[str] = Counter()
        self._messages = self._answers = self._notifications = 0

    def line(self, index: int, line: LogLine) -> None:
        """Read the messages of one line."""
        if index >= log_lines.MAX_LINES:
            self._skipped_lines["limit"] += 1
            return
        fields = parse_log_line(line.data)
        if isinstance(fields, LineFault):
            self._skipped_lines[fields.value] += 1
            return
        found = find_messages(fields, self._owner)
        if found is None:
            self._skipped_lines["no-message"] += 1
            return
        self._messages += len(found.messages) + found.left_out
        self._skipped["limit"] += found.left_out
        for number, message in enumerate(found.messages):
            place = _Place(record=index, number=number, line=line, envelope=found.envelope)
            self._message(message, place)

    def log(self, lines: int) -> McpLog:
        """Give what was read."""
        counts = McpCounts(
            lines=lines,
            lines_used=lines - sum(self._skipped_lines.values()),
            lines_skipped=_tallies(self._skipped_lines),
            messages=self._messages,
            requests=len(self._calls),
            answers=self._answers,
            notifications=self._notifications,
            messages_skipped=_tallies(+self._skipped),
            methods=_tallies(self._methods),
        )
        return McpLog(source=self._source, owner=self._owner, calls=tuple(self._calls), counts=counts)

    def _message(self, message: object, place: _Place) -> None:
        if not isinstance(message, dict) or not is_message(message):
            self._skipped["not-a-message"] += 1
        elif "method" in message:
            self._request_or_notification(message, place)
        else:
            self._answer(message, place)

    def _request_or_notification(self, message: Fields, place: _Place) -> None:
        method = message["method"]
        if not isinstance(method, str) or not 0 < len(method) <= MAX_ID_CHARS:
            self._skipped["bad-method"] += 1
        elif "id" not in message:
            self._notifications += 1
            if method == _CANCELLED:
                self._cancel(message, place)
        elif (request_id := canonical_id(message["id"])) is None:
            self._skipped["bad-id"] += 1
        elif len(self._calls) >= MAX_CALLS:
            self._skipped["limit"] += 1
        else:
            self._request(method, request_id, message, place)

    def _request(self, method: str, request_id: str, message: Fields, place: _Place) -> None:
        self._methods[method if method in KNOWN_METHODS else "other"] += 1
        envelope = place.envelope
        params, meta = field(message, "params"), field(message, "params", "_meta")
        trace_id, span_id = parse_traceparent(meta.get("traceparent"))
        call = McpCall(
            record=place.record,
            place=place.number,
            source=self._source,
            owner=self._owner,
            method=method,
            direction=_direction_of(method, envelope.direction),
            server=envelope.server or self._servers.get(envelope.session),
            tool=text_of(params, "name")[:MAX_ID_CHARS] or None,
            request_id=request_id,
            session_id=envelope.session,
            tool_use_id=tool_use_id(meta),
            trace_id=trace_id,
            span_id=span_id,
            started=envelope.time,
            ended=None,
            arguments=_arguments(params) if method == "tools/call" else None,
            state=CallState.UNANSWERED,
            originals=(place.line.original,),
        )
        key = (call.session_id, call.direction, request_id)
        self._forget(key)
        if len(self._waiting) >= MAX_WAITING:
            self._forget(next(iter(self._waiting)))
        self._waiting[key] = len(self._calls)
        self._by_id[call.session_id, request_id] = self._by_id.get((call.session_id, request_id), 0) + 1
        self._calls.append(call)

    def _answer(self, message: Fields, place: _Place) -> None:
        request_id = canonical_id(message.get("id"))
        if request_id is None:
            self._skipped["bad-id"] += 1
            return
        key = self._waiting_for(place.envelope, request_id)
        if key is None:
            ambiguous = self._by_id.get((place.envelope.session, request_id), 0) > 1
            self._skipped["ambiguous-answer" if ambiguous else "answer-without-request"] += 1
            return
        at = self._waiting[key]
        self._forget(key)
        self._answers += 1
        call = self._calls[at]
        if call.method == "initialize":
            self._name_server(message, call)
        originals = call.originals if call.record == place.record else (*call.originals, place.line.original)
        self._calls[at] = replace(call, ended=place.envelope.time, state=_state(message), originals=originals)

    def _waiting_for(self, envelope: Envelope, request_id: str) -> _Waiting | None:
        """Give the request that an answer belongs to; None where there is none, or more than one without direction."""
        ways = {
            Direction.TO_SERVER: (Direction.TO_CLIENT, Direction.UNKNOWN),
            Direction.TO_CLIENT: (Direction.TO_SERVER, Direction.UNKNOWN),
            Direction.UNKNOWN: tuple(Direction),
        }[envelope.direction]
        keys = [key for way in ways if (key := (envelope.session, way, request_id)) in self._waiting]
        return keys[0] if len(keys) == 1 or (keys and envelope.direction is not Direction.UNKNOWN) else None

    def _cancel(self, message: Fields, place: _Place) -> None:
        request_id = canonical_id(field(message, "params").get("requestId"))
        if request_id is None:
            return
        for way in Direction:
            at = self._waiting.get((place.envelope.session, way, request_id))
            if at is not None and place.envelope.direction in {way, Direction.UNKNOWN}:
                self._calls[at] = replace(self._calls[at], state=CallState.CANCELLED)

    def _name_server(self, answer: Fields, call: McpCall) -> None:
        name = text_of(field(answer, "result", "serverInfo"), "name")[:MAX_ID_CHARS]
        if name:
            self._servers[call.session_id] = name

    def _forget(self, key: _Waiting) -> None:
        if self._waiting.pop(key, None) is not None:
            session, _, request_id = key
            left = self._by_id[session, request_id] - 1
            if left:
                self._by_id[session, request_id] = left
            else:
                del self._by_id[session, request_id]


def parse_traceparent(value: object) -> tuple[str | None, str | None]:
    """Give trace id and parent span id of a W3C `traceparent`, or two None where it is not one."""
    parts = value.lower().split("-") if isinstance(value, str) and len(value) <= MAX_ID_CHARS else []
    if len(parts) < 4 or parts[0] == "ff":
        return None, None
    trace, span = trace_or_span(parts[1], 32), trace_or_span(parts[2], 16)
    return (trace, span) if trace and span else (None, None)


def trace_or_span(text: str, digits: int) -> str | None:
    """Give an id of hexadecimal digits, lower case; None where it is all zeros or none."""
    plain = text.lower()
    good = len(plain) == digits and set(plain) <= set("0123456789abcdef") and set(plain) != {"0"}
    return plain if good else None


def tool_use_id(meta: Fields) -> str | None:
    """Give the agent's id of the call from `params._meta`: the last word of the key says it, whatever stands before."""
    found = {
        value
        for key, value in meta.items()
        if key.replace("_", "").replace("-", "").rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower() in _TOOL_USE_NAMES
        and isinstance(value, str)
        and 0 < len(value) <= MAX_ID_CHARS
    }
    return found.pop() if len(found) == 1 else None


def canonical_arguments(value: object) -> bytes | None:
    """Give arguments as canonical JSON; None where they are no object, or hold a number that JSON elsewhere cannot."""
    if not isinstance(value, dict):
        return None
    try:
        return canonical_json(value)
    except (ValueError, RecursionError):
        return None


def _arguments(params: Fields) -> bytes | None:
    # The protocol lets `arguments` be left out where a tool takes none.
    return canonical_arguments(params.get("arguments", {}))


def _direction_of(method: str, told: Direction) -> Direction:
    if told is not Direction.UNKNOWN:
        return told
    if method in _BY_CLIENT:
        return Direction.TO_SERVER
    return Direction.TO_CLIENT if method in _BY_SERVER else Direction.UNKNOWN


def _state(answer: Fields) -> CallState:
    if "error" in answer:
        return CallState.RPC_ERROR
    return CallState.TOOL_ERROR if field(answer, "result").get("isError") is True else CallState.ANSWERED


def _tallies(counts: Counter[str]) -> tuple[Tally, ...]:
    return tuple(Tally(name=name, count=count) for name, count in sorted(counts.items()))
