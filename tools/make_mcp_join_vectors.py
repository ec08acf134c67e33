"""Write the conformance vectors of `mcp-join/v1`: good and bad predicates, and rows with the join they must give.

With --check it says which files differ from the code.
"""

from __future__ import annotations

import copy
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from attest.model.mcp import CallState, Direction, LogOwner, McpCall, McpSource, SessionCall
from attest.model.mcp_join import join
from attest.usecases.state_mcp_join import row_json, rows_root

FOLDER = Path(__file__).resolve().parents[1] / "docs/spec/vectors/mcp-join-v1"
_ROW = {"label": "exact", "by": "tool-use-id", "event": 4, "record": "1" * 64, "line": 0, "message": 0}
MINIMAL: dict[str, object] = {
    "session": {"id": "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ", "attestation": "att_" + "a" * 64},
    "log": {
        "source": "mcp/jsonrpc",
        "owner": "server",
        "digest": "0" * 64,
        "bytes": 5,
        "lines": 1,
        "linesSkipped": {},
        "messages": 1,
        "messagesSkipped": {},
        "requests": 1,
        "answers": 0,
        "notifications": 0,
        "methods": {"tools/call": 1},
    },
    "rules": "mcp-join@1",
    "windowMs": 10000,
    "counts": {"exact": 0, "strong": 0, "weak": 0, "none": 0},
    "by": {},
    "unjoined": {"session": 0, "log": 0, "otherSessionCalls": 0, "otherRequests": 0, "why": {}},
    "rows": {"count": 0, "root": "0" * 64, "shown": []},
    "recorder": {"name": "whereof", "version": "0.1.0"},
}
"""The least that is good."""

PREDICATES: dict[str, tuple[bool, dict[str, object]]] = {
    "good-minimal": (True, {}),
    "good-a-pair": (True, {"/rows/shown": [_ROW | {"state": "answered", "originals": ["2" * 64, "3" * 64]}]}),
    "good-an-unjoined-call": (True, {"/rows/shown": [{"label": "none", "why": "ambiguous", "event": 4}]}),
    "good-a-page": (True, {"/log/owner": "page", "/log/source": "webmcp/jsonrpc"}),
    "good-extensions": (True, {"/extensions": {"https://example.test/x": 1}}),
    "bad-unknown-owner": (False, {"/log/owner": "someone"}),
    "bad-unknown-label": (False, {"/rows/shown": [_ROW | {"label": "certain"}]}),
    "bad-unknown-key": (False, {"/rows/shown": [_ROW | {"by": "feeling"}]}),
    "bad-names-a-tool": (False, {"/rows/shown": [_ROW | {"tool": "lookup"}]}),
    "bad-digest-too-short": (False, {"/log/digest": "0" * 40}),
    "bad-too-many-rows": (False, {"/rows/shown": [_ROW] * 1025}),
    "bad-missing-count": (False, {"/counts/weak": ...}),
    "bad-missing-owner": (False, {"/log/owner": ...}),
}

_ID: tuple[dict[str, object], dict[str, object]] = {"call_id": "toolu_1"}, {"tool_use_id": "toolu_1"}
_SPAN: dict[str, object] = {"trace_id": "1" * 32, "span_id": "2" * 16}
JOINS: dict[str, tuple[list[dict[str, object]], list[dict[str, object]]]] = {
    "same-tool-use-id": ([{**_ID[0], "ms": None}], [{**_ID[1], "ms": 900_000, "arguments": None}]),
    "same-id-another-tool": ([_ID[0]], [{**_ID[1], "tool": "delete"}]),
    "same-span": ([{**_SPAN, "ms": None}], [{**_SPAN, "ms": None}]),
    "same-trace-equal-arguments": ([{"trace_id": "1" * 32, "ms": None}], [{"trace_id": "1" * 32, "ms": None}]),
    "shared-mcp-session": (
        [{**_ID[0], "arguments": '{"n":1}'}, {"ms": None}],
        [{**_ID[1], "session_id": "s"}, {"session_id": "s", "ms": None}],
    ),
    "equal-arguments-in-the-window": ([{}], [{"ms": 10_000}]),
    "equal-arguments-outside-the-window": ([{}, {"arguments": "{}", "ms": 60_000}], [{"ms": 10_001}]),
    "empty-arguments": ([{"arguments": "{}"}], [{"arguments": "{}"}]),
    "unknown-arguments": ([{}], [{"arguments": None}]),
    "other-arguments": ([{}], [{"arguments": '{"n":5}'}]),
    "equal-calls-close-together": ([{}, {"ms": 3_000}], [{"ms": 100}, {"ms": 3_100}]),
    "equal-calls-far-apart": ([{}, {"ms": 60_000}], [{"ms": 100}, {"ms": 60_100}]),
    "more-calls-in-the-log": ([{}], [{"ms": 100}, {"ms": 200}]),
    "id-twice-in-the-log": ([_ID[0]], [_ID[1], {**_ID[1], "ms": 500_000}]),
    "before-the-session": ([{}], [{"ms": -60_000}]),
}
"""Rows of the session and of the log; what is left out has the value of `row` and `call` below."""


def documents() -> dict[Path, bytes]:
    """Give every file this script makes."""
    made = {FOLDER / f"{name}.json": _predicate(good, changes) for name, (good, changes) in PREDICATES.items()}
    made |= {FOLDER / f"join-{name}.json": _text(_join(*rows)) for name, rows in JOINS.items()}
    return made


def differing() -> list[str]:
    """Name the files that are missing, differ, or that no case makes any more."""
    made = documents()
    wrong = [path.name for path, data in made.items() if not path.is_file() or path.read_bytes() != data]
    return sorted(wrong + [path.name for path in set(FOLDER.glob("*.json")) - set(made)])


def _predicate(good: bool, changes: dict[str, object]) -> bytes:  # noqa: FBT001  # a column of the table
    predicate: dict[str, object] = copy.deepcopy(MINIMAL)
    for pointer, value in changes.items():
        *above, last = pointer.split("/")[1:]
        holder: dict[str, object] = predicate
        for step in above:
            inner = holder[step]
            assert isinstance(inner, dict)
            holder = inner
        if value is ...:
            del holder[last]
        else:
            holder[last] = value
    return _text({"valid": good, "predicate": predicate})


def _join(ours: list[dict[str, object]], logged: list[dict[str, object]]) -> dict[str, object]:
    session = [_row(at, dict(fields)) for at, fields in enumerate(ours)]
    calls = [_call(at, dict(fields)) for at, fields in enumerate(logged)]
    rows = [row_json(row) for row in join(session, calls).rows]
    return {"session": ours, "log": logged, "rows": rows, "root": rows_root(rows).hex()}


def _row(at: int, fields: dict[str, object]) -> SessionCall:
    values: dict[str, object] = {
        "seq": at,
        "call_id": None,
        "tools": ("lookup",),
        "is_mcp": True,
        "mcp_session": None,
        "trace_id": None,
        "span_id": None,
        "original": f"{at:064x}",
    }
    return SessionCall(**(values | _common(fields)))  # type: ignore[arg-type]


def _call(at: int, fields: dict[str, object]) -> McpCall:
    values: dict[str, object] = {
        "record": at,
        "place": 0,
        "source": McpSource.JSONRPC,
        "owner": LogOwner.SERVER,
        "method": "tools/call",
        "direction": Direction.TO_SERVER,
        "server": None,
        "tool": "lookup",
        "request_id": f"n:{at}",
        "session_id": None,
        "tool_use_id": None,
        "trace_id": None,
        "span_id": None,
        "ended": None,
        "state": CallState.ANSWERED,
        "originals": (f"{at:064x}",),
    }
    return McpCall(**(values | _common(fields)))  # type: ignore[arg-type]


def _common(fields: dict[str, object]) -> dict[str, object]:
    """Milliseconds since noon as a time, arguments as their canonical bytes."""
    ms, arguments = fields.pop("ms", 0), fields.pop("arguments", '{"n":4}')
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
    started = datetime.fromtimestamp(noon + ms / 1000, UTC) if isinstance(ms, int) else None
    return fields | {"started": started, "arguments": arguments.encode() if isinstance(arguments, str) else None}


def _text(value: object) -> bytes:
    return (json.dumps(value, sort_keys=True) + "\n").encode()


def main() -> int:
    """Write the files, or check them with --check."""
    if "--check" in sys.argv[1:]:
        for name in differing():
            print(f"docs/spec/vectors/mcp-join-v1/{name} differs; run python -m tools.make_mcp_join_vectors")
        return 1 if differing() else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, data in documents().items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
