"""Events as the steps of ATIF: what an agent says, calls and gets back in one turn is one step, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member

from attest.model.session import Actor, Event, EventKind

CALLS = frozenset({EventKind.TOOL_CALL, EventKind.PLAN})
RESULTS = frozenset({EventKind.TOOL_RESULT, EventKind.REJECTION, EventKind.APPROVAL})


@dataclass(slots=True)
class Turn:
    """The events of one step: reasoning, message, calls, results, each in this order; or one event of another kind."""

    of_agent: bool
    events: list[Event] = member(default_factory=list)

    def takes(self, event: Event) -> bool:
        """Tell whether the event belongs to this turn without changing the order of events."""
        if not self.of_agent or not self.events:
            return False
        last = _rank(self.events[-1])
        rank = _rank(event)
        if rank is None or last is None or (event.actor is Actor.SUBAGENT) is not self.by_subagent():
            return is_result(event) and last is not None and last >= _CALL and self._has_call(event)
        if rank == _RESULT:
            return self._has_call(event)
        return rank > last or (rank == last == _CALL)

    def by_subagent(self) -> bool:
        """Tell whether a sub-agent acts in this turn."""
        return self.events[0].actor is Actor.SUBAGENT

    def _has_call(self, event: Event) -> bool:
        """A result belongs to a call of this turn that has none yet."""
        named = [one.call_id for one in self.events if one.kind in CALLS]
        done = [one.call_id for one in self.events if is_result(one)]
        return event.call_id is not None and named.count(event.call_id) > done.count(event.call_id)


_CALL, _RESULT = 2, 3
_RANKS = {EventKind.REASONING: 0, EventKind.MESSAGE: 1, EventKind.TOOL_CALL: _CALL, EventKind.PLAN: _CALL}


def is_result(event: Event) -> bool:
    """Tell whether an event is how a call ended."""
    return event.kind in RESULTS or (event.kind is EventKind.ERROR and event.actor is Actor.TOOL)


def turns_of(events: tuple[Event, ...]) -> Iterator[Turn]:
    """Yield the turns; together they hold every event, in order."""
    turn: Turn | None = None
    for event in events:
        if turn is not None and turn.takes(event):
            turn.events.append(event)
            continue
        if turn is not None:
            yield turn
        turn = Turn(of_agent=event.kind in _RANKS, events=[event])
    if turn is not None:
        yield turn


def _rank(event: Event) -> int | None:
    return _RESULT if is_result(event) else _RANKS.get(event.kind)
