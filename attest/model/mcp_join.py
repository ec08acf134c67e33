"""Joining a session's tool calls with an MCP log's: ranked keys, each pair labelled, nothing joined twice.

1. tool-use id         equal ids, and tool names that do not contradict: exact
2. traceparent         the same span, or the one above it: exact; the same trace with equal tool and arguments: strong
3. MCP session         the same MCP session, equal tool and arguments: strong
4. time and arguments  equal tool and arguments within the window: strong; arguments empty or not known on a side: weak

A key joins where it leaves one call on each side. Where it leaves several, none of them can be better than weak any
more, and they are paired in order of time only if there are equally many on both sides and all times differ. The result
depends on the set of rows alone, not on the order they are handed in.

Not checked: whether either record is true, or whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from attest.model.mcp import Join, JoinKey, JoinLabel, JoinRow, McpCall, SessionCall, Unjoined

WINDOW_MS: Final = 10_000
"""How far the two clocks and the way between them may be apart."""
MAX_ROWS: Final = 200_000
"""Of either side; more is refused by the readers before it comes here."""
TOOLS_CALL: Final = "tools/call"
_NO_ARGUMENTS: Final = b"{}"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_KeyOf = Callable[[int], Hashable | None]


def join(session: Iterable[SessionCall], calls: Iterable[McpCall], *, window_ms: int = WINDOW_MS) -> Join:
    """Join the tool calls of one session with the requests of one log; the module says by what rules."""
    ours = sorted(session, key=lambda row: row.seq)
    logged = sorted(calls, key=lambda row: (row.record, row.place))
    joiner = _Joiner(ours, [row for row in logged if row.method == TOOLS_CALL], timedelta(milliseconds=window_ms))
    joiner.by_tool_use_id()
    joiner.by_span()
    joiner.by_trace()
    joiner.by_mcp_session()
    joiner.by_time()
    rows = joiner.rows()
    shown = {row.session.seq for row in rows if row.session is not None}
    return Join(
        rows=rows,
        window_ms=window_ms,
        other_session_calls=len(ours) - len(shown),
        other_requests=len(logged) - len(joiner.calls),
    )


@dataclass(slots=True)
class _Group:
    """Rows of both sides that share the value of a key."""

    ours: list[int]
    logged: list[int]


class _Joiner:
    """Rows by position; what is joined leaves the open sets."""

    def __init__(self, ours: list[SessionCall], calls: list[McpCall], window: timedelta) -> None:
        self.ours, self.calls, self._window = ours, calls, window
        self._open_ours = dict.fromkeys(range(len(ours)))
        self._open_calls = dict.fromkeys(range(len(calls)))
        self._pairs: dict[int, tuple[int, JoinLabel, JoinKey]] = {}
        self._why_ours: dict[int, Unjoined] = {}
        self._why_calls: dict[int, Unjoined] = {}
        times = [row.started for row in ours if row.started is not None]
        self._span = (min(times), max(times)) if times else None
        known = {name for call in calls if (name := tool_name(call.tool))}
        self._tool = [next((name for name in row.tools if name in known), None) for row in ours]

    def by_tool_use_id(self) -> None:
        """Join by rule 1."""
        groups = self._groups(lambda at: self.ours[at].call_id, lambda at: self.calls[at].tool_use_id)
        self._join_exact(groups, JoinKey.TOOL_USE_ID)

    def by_span(self) -> None:
        """Join by the first half of rule 2."""
        for of_call in (
            lambda at: _span(self.calls[at].trace_id, self.calls[at].span_id),
            lambda at: _span(self.calls[at].trace_id, self.calls[at].parent_span_id),
        ):
            groups = self._groups(lambda at: _span(self.ours[at].trace_id, self.ours[at].span_id), of_call)
            self._join_exact(groups, JoinKey.TRACEPARENT)

    def by_trace(self) -> None:
        """Join by the second half of rule 2."""
        groups = self._groups(
            lambda at: self._with_arguments(at, self.ours[at].trace_id),
            lambda at: _with_arguments(self.calls[at], self.calls[at].trace_id),
        )
        self._join_strong(groups, JoinKey.TRACEPARENT)

    def by_mcp_session(self) -> None:
        """Join by rule 3. A session that names no MCP session is taken to hold those it shares an exact join with."""
        anchored = {
            self.calls[logged].session_id
            for logged, label, _ in self._pairs.values()
            if label is JoinLabel.EXACT and self.calls[logged].session_id is not None
        }
        named = self._groups(
            lambda at: self._with_arguments(at, self.ours[at].mcp_session),
            lambda at: _with_arguments(self.calls[at], self.calls[at].session_id),
        )
        self._join_strong(named, JoinKey.MCP_SESSION)
        shared = self._groups(
            lambda at: self._with_arguments(at, "shared" if self.ours[at].mcp_session is None else None),
            lambda at: _with_arguments(self.calls[at], "shared" if self.calls[at].session_id in anchored else None),
        )
        self._join_strong(shared, JoinKey.MCP_SESSION)

    def by_time(self) -> None:
        """Join by rule 4: first by equal arguments, then those whose arguments one side does not hold."""
        groups = self._groups(
            lambda at: self._with_arguments(at, "time"), lambda at: _with_arguments(self.calls[at], "time")
        )
        for group in groups:
            for near in self._in_window(group):
                self._join_group(near, self._label(near), JoinKey.TIME_AND_ARGUMENTS)
        for group in self._groups(lambda at: self._tool[at], lambda at: tool_name(self.calls[at].tool)):
            for near in self._in_window(group):
                if self._may_agree(near):
                    self._join_group(near, JoinLabel.WEAK, JoinKey.TIME_AND_ARGUMENTS)

    def rows(self) -> tuple[JoinRow, ...]:
        """Give every row once: pairs, then what is left of the session, then what is left of the log."""
        made = [
            JoinRow(session=self.ours[at], call=self.calls[logged], label=label, key=key, why=None)
            for at, (logged, label, key) in sorted(self._pairs.items())
        ]
        for at in sorted(self._open_ours):
            if self.ours[at].is_mcp or at in self._why_ours:
                why = self._why_ours.get(at, Unjoined.NO_COUNTERPART)
                made.append(JoinRow(session=self.ours[at], call=None, label=JoinLabel.NONE, key=None, why=why))
        for at in sorted(self._open_calls):
            why = self._why_calls.get(at, self._why_alone(self.calls[at]))
            made.append(JoinRow(session=None, call=self.calls[at], label=JoinLabel.NONE, key=None, why=why))
        return tuple(made)

    def _groups(self, of_ours: _KeyOf, of_call: _KeyOf) -> list[_Group]:
        """Give the groups of open rows with a key that stand on both sides, in a fixed order."""
        found: dict[Hashable, _Group] = defaultdict(lambda: _Group([], []))
        for at in self._open_ours:
            if (key := of_ours(at)) is not None:
                found[key].ours.append(at)
        for at in self._open_calls:
            if (key := of_call(at)) is not None:
                found[key].logged.append(at)
        both = [group for group in found.values() if group.ours and group.logged]
        return sorted(both, key=lambda group: min(group.ours))

    def _join_exact(self, groups: list[_Group], key: JoinKey) -> None:
        for group in groups:
            if len(group.ours) > 1 or len(group.logged) > 1:
                self._join_group(group, JoinLabel.EXACT, key)
            elif self._names_agree(group.ours[0], group.logged[0]):
                self._pair(group.ours[0], group.logged[0], JoinLabel.EXACT, key)
            else:
                self._mark(group, Unjoined.CONTRADICTED)

    def _join_strong(self, groups: list[_Group], key: JoinKey) -> None:
        for group in groups:
            # Equal calls of one session are told apart by time where they lie apart.
            alone = len(group.ours) == len(group.logged) == 1
            for near in [group] if alone else self._in_window(group):
                self._join_group(near, self._label(near), key)

    def _join_group(self, group: _Group, label: JoinLabel, key: JoinKey) -> None:
        if len(group.ours) == 1 and len(group.logged) == 1:
            self._pair(group.ours[0], group.logged[0], label, key)
            return
        in_order = self._in_order(group)
        self._mark(group, Unjoined.AMBIGUOUS)
        for ours, logged in in_order:
            self._pair(ours, logged, JoinLabel.WEAK, key)

    def _in_order(self, group: _Group) -> list[tuple[int, int]]:
        """Pair the rows of a group by time, where both sides have equally many and no two times of a side are equal."""
        ours = sorted(group.ours, key=lambda at: self.ours[at].started or _NEVER)
        logged = sorted(group.logged, key=lambda at: self.calls[at].started or _NEVER)
        times = [self.ours[at].started for at in ours], [self.calls[at].started for at in logged]
        if len(ours) != len(logged) or any(None in side or len(set(side)) < len(side) for side in times):
            return []
        pairs = list(zip(ours, logged, strict=True))
        near = all(self._near(self.ours[a].started, self.calls[b].started) for a, b in pairs)
        return pairs if near and all(self._names_agree(a, b) for a, b in pairs) else []

    def _pair(self, ours: int, logged: int, label: JoinLabel, key: JoinKey) -> None:
        # What an earlier key left ambiguous is never better than weak, and what contradicts is never joined.
        marks = {self._why_ours.get(ours), self._why_calls.get(logged)}
        if Unjoined.CONTRADICTED in marks:
            return
        if Unjoined.AMBIGUOUS in marks:
            label = JoinLabel.WEAK
        self._pairs[ours] = (logged, label, key)
        del self._open_ours[ours], self._open_calls[logged]

    def _mark(self, group: _Group, why: Unjoined) -> None:
        for at in group.ours:
            self._why_ours.setdefault(at, why)
        for at in group.logged:
            self._why_calls.setdefault(at, why)

    def _in_window(self, group: _Group) -> list[_Group]:
        """Cut a group where nothing happens for longer than the window; rows without a time are left out."""
        timed = [(time, True, at) for at in group.ours if (time := self.ours[at].started) is not None]
        timed += [(time, False, at) for at in group.logged if (time := self.calls[at].started) is not None]
        timed.sort()
        near: list[_Group] = []
        last: datetime | None = None
        for time, is_ours, at in timed:
            if last is None or time - last > self._window:
                near.append(_Group([], []))
            (near[-1].ours if is_ours else near[-1].logged).append(at)
            last = time
        return [one for one in near if one.ours and one.logged]

    def _may_agree(self, group: _Group) -> bool:
        """Say whether arguments are unknown on at least one side of every pair of a group."""
        return all(self.ours[at].arguments is None for at in group.ours) or all(
            self.calls[at].arguments is None for at in group.logged
        )

    def _label(self, group: _Group) -> JoinLabel:
        """Give what equal arguments are worth: empty ones tell nothing."""
        empty = all(self.ours[at].arguments == _NO_ARGUMENTS for at in group.ours)
        return JoinLabel.WEAK if empty else JoinLabel.STRONG

    def _with_arguments(self, at: int, part: str | None) -> Hashable | None:
        row, tool = self.ours[at], self._tool[at]
        return None if part is None or tool is None or row.arguments is None else (part, tool, row.arguments)

    def _names_agree(self, ours: int, logged: int) -> bool:
        tool = tool_name(self.calls[logged].tool)
        return tool is None or not self.ours[ours].tools or tool in self.ours[ours].tools

    def _near(self, one: datetime | None, other: datetime | None) -> bool:
        return one is not None and other is not None and abs(one - other) <= self._window

    def _why_alone(self, call: McpCall) -> Unjoined:
        if call.started is None or self._span is None:
            return Unjoined.NO_COUNTERPART
        first, last = self._span
        # Differences, not sums: a hostile time at the end of the calendar must not overflow.
        outside = first - call.started > self._window or call.started - last > self._window
        return Unjoined.OUTSIDE_SESSION if outside else Unjoined.NO_COUNTERPART


def tool_name(name: str | None) -> str | None:
    """Give a tool's name as agents write it: what is no letter, digit, `_` or `-` becomes `_`; None for no name."""
    if not name:
        return None
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_-") else "_" for sign in name)


def _with_arguments(call: McpCall, part: str | None) -> Hashable | None:
    tool = tool_name(call.tool)
    return None if part is None or tool is None or call.arguments is None else (part, tool, call.arguments)


def _span(trace: str | None, span: str | None) -> Hashable | None:
    return None if trace is None or span is None else (trace, span)
