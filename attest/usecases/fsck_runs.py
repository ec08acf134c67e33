"""Whole groups of a log checked a run at a time, each column in one comparison; what differs anywhere is left to be looked at row by row.

A run holds when its numbers have no gap, each entry names the head of its group, each stored leaf hash is of its body, and each
stored proof is the one to that head. Said of a run as a whole, for it is compared as a whole: which entry is at fault, and in what, is
found where each is looked at alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from attest.ledger.proof import proof_lengths
from attest.ledger.tree import HASH_BYTES, grow_joined
from attest.store.leaf_runs import RUN_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attest.ledger.tree import Edge, Growth
    from attest.store.leaf_runs import LeafRun
    from attest.store.tables import TreeHeadRow


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one head, none of which differs from what it must be, and what the tree became by them."""

    head: TreeHeadRow
    growth: Growth
    hashes: Sequence[bytes]
    bodies: Sequence[bytes]


def by_run(heads: Iterable[TreeHeadRow]) -> Iterator[list[TreeHeadRow]]:
    """Yield heads, as many at a time as one run has the entries of; one whose group is too long for a run by itself."""
    first = 0
    waiting: list[TreeHeadRow] = []
    for head in heads:
        if waiting and head.tree_size - first > RUN_ENTRIES:
            yield waiting
            first, waiting = waiting[-1].tree_size, []
        waiting.append(head)
    if waiting:
        yield waiting


def whole_groups(edge: Edge, heads: Sequence[TreeHeadRow], run: LeafRun) -> tuple[Group, ...] | None:
    """Give the groups that these heads close, whose entries follow the tree of that edge; None where any entry differs."""
    places = [edge.size, *(head.tree_size for head in heads)]
    first, count = edge.size, places[-1] - edge.size
    # The columns that say where an entry stands; the lengths of bodies are what they are cut by.
    if (run.numbers, run.sizes) != (array("I", range(count)), _sizes(places)) or run.proof_lengths != _lengths(places):
        return None
    cuts = [0, *accumulate(run.lengths)]
    if cuts[-1] != len(run.bodies):
        return None
    bodies = [run.bodies[start:end] for start, end in pairwise(cuts)]
    hashes = [sha256(b"\0" + body).digest() for body in bodies]
    groups: list[Group] = []
    paths: list[bytes] = []
    for head, (start, end) in zip(heads, pairwise(places), strict=True):
        part = slice(start - first, end - first)
        growth, joined = grow_joined(edge, hashes[part])
        groups.append(Group(head, growth, hashes[part], bodies[part]))
        paths.append(joined)
        edge = growth.edge
    return tuple(groups) if b"".join(paths) == run.paths else None


def _sizes(places: Sequence[int]) -> array[int]:
    first, sizes = places[0], array("I")
    for start, end in pairwise(places):
        sizes += array("I", (end - first,)) * (end - start)
    return sizes


def _lengths(places: Sequence[int]) -> array[int]:
    lengths = array("I")
    for start, end in pairwise(places):
        for hashes, count in proof_lengths(start, end):
            lengths += array("I", (hashes * HASH_BYTES,)) * count
    return lengths
