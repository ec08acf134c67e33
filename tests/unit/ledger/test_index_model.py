"""Promise: however a log grows and is compacted, an answer from its index is what a plain list of rows says."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from attest.ledger.index import (
    LiveSegment,
    Row,
    Segment,
    adopt,
    compactions_due,
    encode_live,
    live_root,
    prove_key,
    verify_complete,
)
from attest.ledger.index.merge import Source, merge
from attest.ledger.tree import leaf_hash
from tests.unit.ledger.naive_tree import mth

KEYS = [sha256(b"%d" % number).digest() for number in range(6)]
GROUP = st.lists(st.sets(st.integers(0, 4), max_size=3), min_size=1, max_size=4)


class GrowingIndex(RuleBasedStateMachine):
    """Groups are appended, any sixteen neighbours may be merged at any time, and every key is asked for after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self.rows: list[Row] = []
        self.live: tuple[LiveSegment, ...] = ()
        self.segments: dict[LiveSegment, Segment] = {}

    @rule(group=GROUP, times=st.integers(1, 9))
    def append(self, group: list[set[int]], times: int) -> None:
        for _ in range(times):
            rows = [
                Row(key=KEYS[key], index=self.size + at, payload_hash=sha256(b"%d" % (self.size + at)).digest())
                for at, keys in enumerate(group)
                for key in keys
            ]
            segment = Segment.from_rows(self.size, self.size + len(group) + 1, rows)
            self.size = segment.end
            self.rows += rows
            self.live = (*self.live, LiveSegment.of(segment))
            self.segments[self.live[-1]] = segment

    @rule(which=st.integers(0, 3))
    def compact(self, which: int) -> None:
        due = list(compactions_due(self.live))
        if not due:
            return
        chosen = due[which % len(due)]
        written: list[bytes] = []
        sources = [Source(live=one, rows=self.segments.pop(one).data) for one in chosen]
        merged = merge(sources, written.append, pause=lambda: None).live
        self.live = adopt(self.live, merged)
        self.segments[merged] = Segment.decode(merged.first, merged.end, b"".join(written))

    @invariant()
    def every_key_is_answered_as_the_plain_list_says(self) -> None:
        for key in KEYS if self.live else ():
            proofs = [prove_key(self.segments[one], key) for one in self.live]
            found = verify_complete(key, encode_live(self.live), live_root(self.live), proofs, size=self.size)
            assert sorted(found) == [row for row in sorted(self.rows) if row.key == key]

    @invariant()
    def roots_are_those_of_the_naive_tree(self) -> None:
        for one in self.live[-2:]:
            rows = sorted(row.encode() for row in self.rows if one.first <= row.index < one.end)
            assert one.root == mth([leaf_hash(row) for row in rows])
            assert one.rows == len(rows)


TestGrowingIndex = GrowingIndex.TestCase
TestGrowingIndex.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
