"""The `mcp-join/v1` predicate: which tool calls of a recorded session stand in an MCP log as well, and how surely.

It holds counts, closed words and salted digests only. The salt is the session's: who may open the session's parts can
recompute every digest, and when its secret is erased nobody can. Tool names, arguments and ids are not in it.
"""

from __future__ import annotations

from typing import Final

from attest.model.mcp import CallState, JoinKey, JoinLabel, LogOwner, McpSource, Unjoined
from attest.model.session_predicate import BASE
from attest.model.shape import Closed, Counts, ListOf, OneOf, Text, Whole

MCP_JOIN_V1: Final = BASE + "mcp-join/v1"
RULES: Final = "mcp-join@1"
"""Name and version of the rules: another version may join the same rows otherwise."""
MAX_ROWS: Final = 1_024
"""Rows written out; `rows.root` commits to all."""

_HEX64 = Text(r"[0-9a-f]{64}", 64)
_WORD = Text(r"[A-Za-z0-9._:/@+-]{1,128}", 128)

ROW: Final = Closed(
    {
        "event": Whole(),
        "record": _HEX64,
        "line": Whole(),
        "message": Whole(),
        "originals": ListOf(_HEX64, 2),
        "state": OneOf(tuple(CallState)),
        "label": OneOf(tuple(JoinLabel)),
        "by": OneOf(tuple(JoinKey)),
        "why": OneOf(tuple(Unjoined)),
    },
    optional=frozenset({"event", "record", "line", "message", "originals", "state", "by", "why"}),
)
"""One pair or one unjoined call: `event` and `record` of the session, the rest of the log's side."""

MCP_JOIN: Final = Closed(
    {
        "session": Closed(
            {"id": Text(r"ses_[0-9A-HJKMNP-TV-Z]{26}", 30), "attestation": Text(r"att_[0-9a-f]{64}", 68)}
        ),
        "log": Closed(
            {
                "source": OneOf(tuple(McpSource)),
                "owner": OneOf(tuple(LogOwner)),
                "digest": _HEX64,
                "bytes": Whole(),
                "lines": Whole(),
                "linesSkipped": Counts(),
                "messages": Whole(),
                "messagesSkipped": Counts(),
                "requests": Whole(),
                "answers": Whole(),
                "notifications": Whole(),
                "methods": Counts(),
            }
        ),
        "rules": _WORD,
        "windowMs": Whole(),
        "counts": Closed(dict.fromkeys(tuple(JoinLabel), Whole())),
        "by": Counts(),
        "unjoined": Closed(
            {
                "session": Whole(),
                "log": Whole(),
                "otherSessionCalls": Whole(),
                "otherRequests": Whole(),
                "why": Counts(),
            }
        ),
        "rows": Closed({"count": Whole(), "root": _HEX64, "shown": ListOf(ROW, MAX_ROWS)}),
        "recorder": Closed({"name": OneOf(("whereof",)), "version": _WORD}),
    },
    extensible=True,
)
"""Shape of the predicate. `docs/spec/mcp-join-v1.schema.json` is printed from it."""
