"""Joining a session's calls with a log's: what each key is worth, and that nothing is joined twice or guessed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from attest.model.mcp import (
    CallState,
    Direction,
    Join,
    JoinKey,
    JoinLabel,
    LogOwner,
    McpCall,
    McpSource,
    SessionCall,
    Unjoined,
)
from attest.model.mcp_join import join

START = datetime(2026, 5, 1, 10, tzinfo=UTC)
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def ours(seq: int, *, time: float | None = 0, tool: str = "lookup", **more: object) -> SessionCall:
    values: dict[str, object] = {
        "seq": seq,
        "call_id": None,
        "tools": (tool,),
        "is_mcp": True,
        "started": at(time),
        "mcp_session": None,
        "trace_id": None,
        "span_id": None,
        "arguments": b'{"account":4}',
        "original": f"{seq:064x}",
        **more,
    }
    return SessionCall(**values)  # type: ignore[arg-type]


def logged(record: int, *, time: float | None = 0.2, tool: str | None = "lookup", **more: object) -> McpCall:
    values: dict[str, object] = {
        "record": record,
        "place": 0,
        "source": McpSource.JSONRPC,
        "owner": LogOwner.SERVER,
        "method": "tools/call",
        "direction": Direction.TO_SERVER,
        "server": None,
        "tool": tool,
        "request_id": "n:1",
        "session_id": None,
        "tool_use_id": None,
        "trace_id": None,
        "span_id": None,
        "started": at(time),
        "ended": None,
        "arguments": b'{"account":4}',
        "state": CallState.ANSWERED,
        "originals": (f"{record:064x}",),
        **more,
    }
    return McpCall(**values)  # type: ignore[arg-type]


def shape(made: Join) -> list[tuple[object, ...]]:
    return [
        (row.session and row.session.seq, row.call and row.call.record, row.label, row.key or row.why)
        for row in made.rows
    ]


def test_an_id_of_the_call_in_both_records_is_exact_however_far_the_clocks_are_apart() -> None:
    made = join([ours(3, call_id="toolu_1")], [logged(9, tool_use_id="toolu_1", time=9_000, arguments=None)])
    assert shape(made) == [(3, 9, JoinLabel.EXACT, JoinKey.TOOL_USE_ID)]


def test_an_id_that_names_another_tool_joins_nothing() -> None:
    made = join([ours(3, call_id="toolu_1")], [logged(9, tool_use_id="toolu_1", tool="delete")])
    assert shape(made) == [
        (3, None, JoinLabel.NONE, Unjoined.CONTRADICTED),
        (None, 9, JoinLabel.NONE, Unjoined.CONTRADICTED),
    ]


def test_the_same_span_is_exact_and_the_same_trace_with_equal_arguments_is_strong() -> None:
    made = join(
        [ours(1, trace_id=TRACE, span_id=SPAN), ours(2, trace_id=TRACE, arguments=b'{"account":5}', time=None)],
        [
            logged(1, trace_id=TRACE, span_id=SPAN, time=None),
            logged(2, trace_id=TRACE, arguments=b'{"account":5}', time=None),
        ],
    )
    assert shape(made) == [
        (1, 1, JoinLabel.EXACT, JoinKey.TRACEPARENT),
        (2, 2, JoinLabel.STRONG, JoinKey.TRACEPARENT),
    ]


def test_the_agents_span_above_a_clients_is_exact_too() -> None:
    made = join(
        [ours(1, trace_id=TRACE, span_id=SPAN)], [logged(1, trace_id=TRACE, span_id="1" * 16, parent_span_id=SPAN)]
    )
    assert shape(made) == [(1, 1, JoinLabel.EXACT, JoinKey.TRACEPARENT)]


def test_an_mcp_session_that_holds_an_exact_join_is_this_sessions() -> None:
    made = join(
        [ours(1, call_id="toolu_1", arguments=b'{"account":1}'), ours(2, time=None)],
        [logged(1, tool_use_id="toolu_1", session_id="s"), logged(2, session_id="s", time=None)],
    )
    assert shape(made)[1] == (2, 2, JoinLabel.STRONG, JoinKey.MCP_SESSION)


def test_equal_arguments_in_the_window_are_strong_and_outside_of_it_nothing() -> None:
    assert shape(join([ours(1)], [logged(1, time=9.9)])) == [(1, 1, JoinLabel.STRONG, JoinKey.TIME_AND_ARGUMENTS)]
    assert shape(join([ours(1)], [logged(1, time=10.1)])) == [
        (1, None, JoinLabel.NONE, Unjoined.NO_COUNTERPART),
        (None, 1, JoinLabel.NONE, Unjoined.OUTSIDE_SESSION),
    ]


def test_other_arguments_in_the_window_are_another_call() -> None:
    made = join([ours(1)], [logged(1, arguments=b'{"account":5}')])
    assert [row.label for row in made.rows] == [JoinLabel.NONE, JoinLabel.NONE]


def test_empty_arguments_and_unknown_arguments_are_weak() -> None:
    empty = join([ours(1, arguments=b"{}")], [logged(1, arguments=b"{}")])
    unknown = join([ours(1)], [logged(1, arguments=None)])
    assert [row.label for row in (*empty.rows, *unknown.rows)] == [JoinLabel.WEAK, JoinLabel.WEAK]


def test_equal_calls_close_together_are_weak_at_most_and_paired_by_time() -> None:
    made = join([ours(1, time=0), ours(2, time=3)], [logged(2, time=3.1), logged(1, time=0.1)])
    assert shape(made) == [
        (1, 1, JoinLabel.WEAK, JoinKey.TIME_AND_ARGUMENTS),
        (2, 2, JoinLabel.WEAK, JoinKey.TIME_AND_ARGUMENTS),
    ]


def test_equal_calls_far_apart_are_told_apart_by_time() -> None:
    made = join([ours(1, time=0), ours(2, time=60)], [logged(1, time=0.1), logged(2, time=60.1)])
    assert made.count(JoinLabel.STRONG) == 2


def test_more_calls_on_one_side_are_ambiguous_and_joined_with_nothing() -> None:
    made = join([ours(1, time=0)], [logged(1, time=0.1), logged(2, time=0.2)])
    assert shape(made) == [
        (1, None, JoinLabel.NONE, Unjoined.AMBIGUOUS),
        (None, 1, JoinLabel.NONE, Unjoined.AMBIGUOUS),
        (None, 2, JoinLabel.NONE, Unjoined.AMBIGUOUS),
    ]


def test_an_id_that_stands_twice_in_the_log_never_gives_more_than_weak() -> None:
    made = join(
        [ours(1, call_id="toolu_1")],
        [logged(1, tool_use_id="toolu_1"), logged(2, tool_use_id="toolu_1", time=500)],
    )
    assert next((row.label, row.key) for row in made.rows) == (JoinLabel.WEAK, JoinKey.TIME_AND_ARGUMENTS)


def test_only_calls_to_tools_are_joined_and_the_rest_is_counted() -> None:
    made = join(
        [ours(1), ours(2, is_mcp=False, tools=("Bash",), arguments=b'{"command":"ls"}')],
        [logged(1), logged(2, method="tools/list", tool=None, arguments=None)],
    )
    assert len(made.rows) == 1
    assert (made.other_session_calls, made.other_requests) == (1, 1)


def test_a_tool_whose_servers_name_holds_two_underscores_is_found() -> None:
    made = join([ours(1, tools=("plugin__lookup", "lookup"))], [logged(1)])
    assert made.rows[0].label is JoinLabel.STRONG


_OURS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 30, None]), st.sampled_from(["a", "b", None])), max_size=7
)


@given(_OURS, _OURS, st.randoms(use_true_random=False))
def test_the_same_rows_give_the_same_join_in_any_order_and_no_row_twice(
    left: list[tuple[int, int | None, str | None]],
    right: list[tuple[int, int | None, str | None]],
    chance: random.Random,
) -> None:
    session = [
        ours(seq, time=time, call_id=ident, arguments=b'{"n":%d}' % n) for seq, (n, time, ident) in enumerate(left)
    ]
    log = [
        logged(seq, time=time, tool_use_id=ident, arguments=b'{"n":%d}' % n if n else None)
        for seq, (n, time, ident) in enumerate(right)
    ]
    made = join(session, log)
    shuffled = [*session], [*log]
    chance.shuffle(shuffled[0])
    chance.shuffle(shuffled[1])
    assert join(*shuffled) == made
    seen = [row.session.seq for row in made.rows if row.session], [row.call.record for row in made.rows if row.call]
    assert sorted(seen[0]) == list(range(len(left)))
    assert sorted(seen[1]) == list(range(len(right)))
    for row in made.rows:
        assert (row.session is not None and row.call is not None) == (row.label is not JoinLabel.NONE)
