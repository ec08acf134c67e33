"""From a join to its `mcp-join/v1` predicate: counts, closed words and salted digests, no name and no text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.canonical import canonical_json
from attest.ledger.tree import leaf_hash, merkle_root
from attest.model.mcp import JoinLabel
from attest.model.mcp_join_predicate import MAX_ROWS, RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.mcp import Join, JoinRow, McpLog
    from attest.model.session import Tally

NO_ROWS: Final = bytes(32)
"""Stands as root where there is no row at all."""


def join_predicate(
    join: Join, log: McpLog, *, session: str, attestation: str, log_digest: str, log_bytes: int
) -> dict[str, object]:
    """Build the predicate. Rows beyond `MAX_ROWS` are committed to by the root and not written out."""
    rows = [row_json(row) for row in join.rows]
    return {
        "session": {"id": session, "attestation": attestation},
        "log": _log(log) | {"digest": log_digest, "bytes": log_bytes},
        "rules": RULES,
        "windowMs": join.window_ms,
        "counts": {label.value: join.count(label) for label in JoinLabel},
        "by": dict(Counter(row.key.value for row in join.rows if row.key is not None)),
        "unjoined": {
            "session": sum(row.call is None for row in join.rows),
            "log": sum(row.session is None for row in join.rows),
            "otherSessionCalls": join.other_session_calls,
            "otherRequests": join.other_requests,
            "why": dict(Counter(row.why.value for row in join.rows if row.why is not None)),
        },
        "rows": {"count": len(rows), "root": rows_root(rows).hex(), "shown": rows[:MAX_ROWS]},
        "recorder": {"name": "whereof", "version": __version__},
    }


def row_json(row: JoinRow) -> dict[str, object]:
    """Give one row as it stands in the statement and under its root."""
    out: dict[str, object] = {"label": row.label.value}
    if row.key is not None:
        out["by"] = row.key.value
    if row.why is not None:
        out["why"] = row.why.value
    if row.session is not None:
        out |= {"event": row.session.seq, "record": row.session.original}
    if row.call is not None:
        out |= {"line": row.call.record, "message": row.call.place, "state": row.call.state.value}
        out["originals"] = list(row.call.originals)
    return out


def rows_root(rows: list[dict[str, object]]) -> bytes:
    """Give the RFC 6962 root over the canonical JSON of the rows, in their order."""
    return merkle_root([leaf_hash(canonical_json(row)) for row in rows]) if rows else NO_ROWS


def _log(log: McpLog) -> dict[str, object]:
    counts = log.counts
    return {
        "source": log.source.value,
        "owner": log.owner.value,
        "lines": counts.lines,
        "linesSkipped": _tallies(counts.lines_skipped),
        "messages": counts.messages,
        "messagesSkipped": _tallies(counts.messages_skipped),
        "requests": counts.requests,
        "answers": counts.answers,
        "notifications": counts.notifications,
        "methods": _tallies(counts.methods),
    }


def _tallies(tallies: Iterable[Tally]) -> dict[str, int]:
    return {one.name: one.count for one in tallies}
