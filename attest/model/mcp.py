"""Calls over the Model Context Protocol: as a log of somebody holds them, and as the recorded session holds them."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The gate knows the join's predicate too, and has no use for the model of a session.
    from attest.model.session import Tally


class LogOwner(StrEnum):
    """Who controls the log that a call was read from: whoever it is could have written it otherwise."""

    SERVER = "server"
    """Whoever runs the MCP server."""
    CLIENT = "client"
    """Whoever runs the agent: the same hands as the transcript."""
    GATEWAY = "gateway"
    """A proxy between the two that neither runs."""
    PAGE = "page"
    """The web page that offered the tools (WebMCP)."""


class McpSource(StrEnum):
    """What form the log has."""

    JSONRPC = "mcp/jsonrpc"
    SPANS = "mcp/otlp-spans"
    WEBMCP = "webmcp/jsonrpc"
    """The same messages, spoken with a page: its origin stands for the server."""


class Direction(StrEnum):
    """Which way a request went."""

    TO_SERVER = "to-server"
    TO_CLIENT = "to-client"
    UNKNOWN = "unknown"


class CallState(StrEnum):
    """How a request ended, as the log shows it."""

    ANSWERED = "answered"
    TOOL_ERROR = "tool-error"
    """A result with `isError: true`: the protocol succeeded, the tool did not."""
    RPC_ERROR = "rpc-error"
    UNANSWERED = "unanswered"
    """No answer in this log. It may be elsewhere."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class McpCall:
    """One request of a log, with its answer where the log has it."""

    record: int
    """Line of the log, counted from 0, that holds the request."""
    place: int
    """Which message of that line, counted from 0: more than one in a batch or an export of spans."""
    source: McpSource
    owner: LogOwner
    method: str
    """Such as `tools/call`."""
    direction: Direction
    server: str | None
    """Name of the server or origin of the page; None where the log does not say."""
    tool: str | None
    request_id: str | None
    """`n:7` for the number 7, `s:7` for the text: the protocol tells them apart."""
    session_id: str | None
    """Of the MCP session; it is not the agent's."""
    tool_use_id: str | None
    """The agent's own id of the call, where the client passes it on."""
    trace_id: str | None
    span_id: str | None
    """From `traceparent`, or of the span: the id that the caller gave."""
    parent_span_id: str | None = None
    """Of the span above a client's own: the agent's span of the call, where it keeps both."""
    started: datetime | None
    ended: datetime | None
    arguments: bytes | None = member(repr=False)
    """Canonical JSON, in memory only; None where the log does not hold them."""
    state: CallState
    originals: tuple[str, ...]
    """Salted SHA-256 of the original bytes of each line the call was read from, in hex: request, then answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpCounts:
    """Every line and every message is accounted for."""

    lines: int
    """Not blank. `lines` = `lines_used` + all of `lines_skipped`."""
    lines_used: int
    lines_skipped: tuple[Tally, ...]
    messages: int
    """`messages` = `requests` + answers that were paired + notifications + all of `messages_skipped`."""
    requests: int
    answers: int
    notifications: int
    messages_skipped: tuple[Tally, ...]
    methods: tuple[Tally, ...]
    """Of the requests; names that are not the protocol's own are counted as `other`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpLog:
    """All that was read from one log."""

    source: McpSource
    owner: LogOwner
    calls: tuple[McpCall, ...]
    """Every request, in the order of the log; `tools/call` is what is joined."""
    counts: McpCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCall:
    """One tool call of a recorded session, as far as a join needs it."""

    seq: int
    """Of its event."""
    call_id: str | None
    tools: tuple[str, ...]
    """What the server may call the tool, longest first: an agent's own name puts the server's name before it."""
    is_mcp: bool
    """True where the name shows that the tool belongs to an MCP server."""
    started: datetime | None
    mcp_session: str | None
    trace_id: str | None
    span_id: str | None
    arguments: bytes | None = member(repr=False)
    """Canonical JSON of the redacted arguments, in memory only."""
    original: str
    """Salted SHA-256 of the redacted record's bytes, in hex."""


class JoinKey(StrEnum):
    """What two records were joined by, strongest first."""

    TOOL_USE_ID = "tool-use-id"
    TRACEPARENT = "traceparent"
    MCP_SESSION = "mcp-session"
    TIME_AND_ARGUMENTS = "time-and-arguments"


class JoinLabel(StrEnum):
    """How much a join is worth."""

    EXACT = "exact"
    """An id made for one call is in both records."""
    STRONG = "strong"
    """Tool and arguments are equal, and session or time leave one pair only."""
    WEAK = "weak"
    """The best guess; something else would fit as well, or the arguments were not compared."""
    NONE = "none"


class Unjoined(StrEnum):
    """Why a row was joined with nothing."""

    NO_COUNTERPART = "no-counterpart"
    AMBIGUOUS = "ambiguous"
    """Several would fit, and nothing tells which."""
    CONTRADICTED = "contradicted"
    """An id fits a record that names another tool."""
    OUTSIDE_SESSION = "outside-session"
    """Before the session began or after it ended: a server serves many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRow:
    """One call of either side, with its counterpart where it has one."""

    session: SessionCall | None
    call: McpCall | None
    label: JoinLabel
    key: JoinKey | None
    """None where nothing was joined."""
    why: Unjoined | None
    """None where something was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A session's tool calls and a log's, put side by side; each stands in one row."""

    rows: tuple[JoinRow, ...]
    """Joined ones by event, then the session's unjoined MCP calls, then the log's."""
    window_ms: int
    other_session_calls: int
    """Tool calls of the session that are not to MCP and were joined with nothing."""
    other_requests: int
    """Requests of the log that are not `tools/call`: they are counted, not joined."""

    def count(self, label: JoinLabel) -> int:
        """Give the number of pairs with a label; for `none` the number of rows of either side."""
        return sum(row.label is label for row in self.rows)
