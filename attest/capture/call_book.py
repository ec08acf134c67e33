"""Calls that wait for their results, by the format's own id of a call. Shared by normalisers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.normaliser import MAX_OPEN_CALLS
from attest.capture.steps import Call
from attest.model.basis import Evidence

MAX_SEEN_CALLS: Final = 65_536
"""Ids of calls remembered to tell a repetition; the oldest is forgotten first."""


@dataclass(slots=True)
class CallBook:
    """Joins results to calls, and tells a call that is told of twice."""

    open: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    unjoined: list[Evidence] = member(default_factory=list)
    seen: OrderedDict[str, None] = member(default_factory=OrderedDict)

    def enter(self, call: Call) -> None:
        """Remember a call until its result comes. One without an id is not remembered: no result can name it."""
        if not call.call_id:
            return
        self.seen[call.call_id] = None
        if len(self.seen) > MAX_SEEN_CALLS:
            self.seen.popitem(last=False)
        self.open[call.call_id] = call
        if len(self.open) > MAX_OPEN_CALLS:
            self.open.popitem(last=False)

    def has_seen(self, call_id: str) -> bool:
        """Tell whether a call with the id was entered before."""
        return call_id in self.seen

    def close(self, call_id: str, evidence: Evidence) -> Call | None:
        """Give the call that a result belongs to; None where there is none: then the result's place is kept."""
        call = self.open.pop(call_id, None)
        if call is None and len(self.unjoined) < MAX_OPEN_CALLS:
            self.unjoined.append(evidence)
        return call
