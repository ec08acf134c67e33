"""The decision of one group commit: which leaves follow, in which order, and what the tree and the index become.

Nothing is written here. The order of signatures over a group, of which this module does 1 to 5:

1. Every entry was signed before it came here; its leaf and keys are fixed.
2. The group's rows are sorted into its segment, and the segment ends the list of live segments.
3. The log's service identity signs the index statement over both: that is the index leaf.
4. The leaves are the entries in the order given, then the index leaf, which has no rows itself.
5. The tree grows once by all of them.
6. The caller signs the head of exactly that tree as both notes.
7. The caller commits leaves, rows, list, edge and notes in one transaction that swaps the old head for the new.
8. Only then are tiles written, the checkpoint replaced, and the submitters answered.

When 7 is lost nothing of 3 and 6 may be used again: the head is read anew, and the decision made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from attest.errors import InvalidInput, Refused
from attest.ledger.index.keying import PUBLIC, Keying
from attest.ledger.index.live import LiveSegment, encode_live
from attest.ledger.index.predicate import index_predicate
from attest.ledger.index.rows import Segment
from attest.ledger.tiles import MAX_ENTRY_BYTES
from attest.ledger.tree import HASH_BYTES, Edge, Growth, grow_packed, leaf_hash
from attest.model.ports import LeafParts
from attest.model.session_predicate import INDEX_V1
from attest.model.statement import Statement, Subject, build_statement

MAX_GROUP_ENTRIES = 1024
"""Entries of one group commit, without the index leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as the sequencer needs it; its leaf is hashed when this is made, which needs no head."""

    leaf: bytes
    """The leaf's bytes, up to 65,535."""
    keys: tuple[bytes, ...]
    """What it is found by: `index_keys` of its statement, in clear."""
    payload_hash: bytes
    """SHA-256 of its DSSE payload."""
    leaf_hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "leaf_hash", leaf_hash(self.leaf))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """A log's head, as far as a growth depends on it."""

    edge: Edge
    live: tuple[LiveSegment, ...]
    """The live segments, with compacted ones already adopted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommit:
    """What one group commit adds."""

    leaves: tuple[bytes, ...]
    """All new leaves, the index leaf last."""
    leaf_hashes: tuple[bytes, ...]
    index_statement: Statement
    index_leaf: LeafParts
    segment: Segment
    live_blob: bytes
    """The new list of live segments, as it is stored and named by its digest."""
    growth: Growth
    """New edge and root; its proofs are `paths`."""
    paths: tuple[bytes, ...]
    """Of each new leaf the hashes of its inclusion proof, behind one another."""
    state: LogState
    """The head after this group, and what the next one starts from."""


def sequence_group(
    state: LogState,
    entries: Sequence[Entry],
    *,
    log: Subject,
    sign: Callable[[bytes], LeafParts],
    keying: Keying = PUBLIC,
) -> GroupCommit:
    """Decide one group commit. `log` is the log as a subject: origin, and SHA-256 of its C2SP vkey.

    The first group of a log is its genesis entry alone, so that index 0 is genesis and index 1 its index leaf.

    Raises:
        InvalidInput: the group is empty, too large, or holds a leaf or hash of wrong length; or it is the first and
            not genesis alone.
        Refused: the live segments do not end where the tree does (`ledger.corrupt`).
        CannotVerify: the log is private, and its secret is not here (`evidence.index-key`).
    """
    keying.require()
    first = state.edge.size
    _require_state(state)
    _require_entries(entries, first=first)
    end = first + len(entries) + 1
    # 2
    rows = [
        (keying.apply(key), at, entry.payload_hash)
        for at, entry in enumerate(entries, start=first)
        for key in entry.keys
    ]
    segment = Segment.from_plain(first, end, rows)
    live = (*state.live, LiveSegment.of(segment))
    # 3
    statement = build_statement(INDEX_V1, (log,), index_predicate(live, keying.name))
    index_leaf = sign(statement.raw)
    _require_leaf(index_leaf.body)
    # 4
    leaves = (*(entry.leaf for entry in entries), index_leaf.body)
    hashes = (*(entry.leaf_hash for entry in entries), leaf_hash(index_leaf.body))
    # 5
    growth, paths = grow_packed(state.edge, hashes)
    return GroupCommit(
        leaves=leaves,
        leaf_hashes=hashes,
        index_statement=statement,
        index_leaf=index_leaf,
        segment=segment,
        live_blob=encode_live(live),
        growth=growth,
        paths=tuple(paths),
        state=LogState(edge=growth.edge, live=live),
    )


def _require_state(state: LogState) -> None:
    covered = 0
    for segment in state.live:
        if segment.first != covered:
            raise Refused("ledger.corrupt", "the live segments leave a gap or overlap", got=str(segment.first))
        covered = segment.end
    if covered != state.edge.size:
        raise Refused(
            "ledger.corrupt",
            "the live segments do not end where the tree does",
            expected=str(state.edge.size),
            got=str(covered),
        )


def _require_entries(entries: Sequence[Entry], *, first: int) -> None:
    if first == 0 and len(entries) != 1:
        raise InvalidInput("input.malformed", "the first group of a log is its genesis alone", got=str(len(entries)))
    if not 0 < len(entries) <= MAX_GROUP_ENTRIES:
        raise InvalidInput("input.malformed", expected=f"1 to {MAX_GROUP_ENTRIES} entries", got=str(len(entries)))
    for entry in entries:
        _require_leaf(entry.leaf)
        # A key's length is looked at when its row is made.
        if len(entry.payload_hash) != HASH_BYTES:
            raise InvalidInput("input.malformed", "a payload hash has the wrong length")


def _require_leaf(leaf: bytes) -> None:
    if not 0 < len(leaf) <= MAX_ENTRY_BYTES:
        raise InvalidInput("input.too-large", expected=f"a leaf of 1 to {MAX_ENTRY_BYTES} bytes", got=str(len(leaf)))
