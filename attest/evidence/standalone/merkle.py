"""RFC 6962 trees: leaves, inclusion, windows (section 4), and the proofs of the index."""

from __future__ import annotations

# ruff: noqa: B905, RUF007
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence

from attest.evidence.standalone.archive import Bad, expect

RowOf = tuple[int, bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash a node."""
    return hashlib.sha256(b"\1" + left + right).digest()


def split_of(width: int) -> int:
    """Give the largest power of two below a width."""
    return 1 << ((width - 1).bit_length() - 1)


def fold_root(first: int, leaves: Sequence[bytes], size: int, outside: Sequence[bytes]) -> bytes:
    """Give the root over `size` leaves of which some are given, and all else by the hashes outside them."""
    end, rest = first + len(leaves), iter(outside)

    def fold(low: int, high: int) -> bytes:
        if high <= first or low >= end:
            value = next(rest, b"")
            expect(len(value) == 32, "there are too few hashes")
            return value
        if high - low == 1:
            return leaves[low - first]
        middle = low + split_of(high - low)
        left = fold(low, middle)
        return node_hash(left, fold(middle, high))

    found = fold(0, size)
    expect(next(rest, None) is None, "there are too many hashes")
    return found


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Give the root over all leaves."""
    return fold_root(0, leaves, len(leaves), ()) if leaves else hashlib.sha256(b"").digest()


def require_included(leaf: bytes, place: tuple[int, int], hashes: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof (RFC 9162 2.1.3.2); `place` is index and size."""
    index, size = place
    expect(0 <= index < size, "the index is outside the tree")
    at, last, found = index, size - 1, leaf
    for one in hashes:
        expect(last > 0 and len(one) == 32, "the inclusion proof is too long")
        if at & 1 or at == last:
            found = node_hash(one, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    expect(last == 0 and found == root, "the inclusion proof leads to another root")


def require_extended(old: tuple[int, bytes], new: tuple[int, bytes], hashes: Sequence[bytes]) -> None:
    """Check that a tree is the beginning of another (RFC 9162 2.1.4.2); each is size and root, neither is empty."""
    if old[0] == new[0]:
        expect(old[1] == new[1] and not hashes, "two roots for one size")
        return
    at, last = old[0] - 1, new[0] - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    rest = list(hashes) if at else [old[1], *hashes]
    expect(bool(rest) and all(len(one) == 32 for one in rest), "the proof is too short")
    before = after = rest[0]
    for one in rest[1:]:
        expect(last > 0, "the proof is too long")
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    expect(last == 0 and (before, after) == (old[1], new[1]), "the proof leads to another root")


LIVE_HEAD = b"whereof-live-segments/v1\n"
Segment = tuple[int, int, int, bytes]


def read_live(blob: bytes, committed: bytes, size: int) -> list[Segment]:
    """Give (first, end, rows, root) of each live segment; the list is the one committed to, and covers the log."""
    expect(blob.startswith(LIVE_HEAD) and not (len(blob) - len(LIVE_HEAD)) % 57, "the list of segments is malformed")
    records = [blob[at : at + 57] for at in range(len(LIVE_HEAD), len(blob), 57)]
    expect(len(records) <= 65_536, "the list of segments is too long")
    expect(tree_root([leaf_hash(one) for one in records]) == committed, "it is not the list that was committed to")
    live = [struct.unpack(">BQQQ32s", one)[1:] for one in records]
    at = 0
    for first, end, _, _ in live:
        expect(first == at < end, "the segments leave a gap")
        at = end
    expect(at == size, "the segments do not cover the log")
    return [(first, end, rows, root) for first, end, rows, root in live]


def rows_of(key: bytes, segment: Segment, proof: dict[str, object], blob: Callable[[object], bytes]) -> Iterator[RowOf]:
    """Check a proof of one key in one segment, and give (index, payload hash) of its rows."""
    first, end, count, root = segment
    expect(set(proof) == {"first", "end", "position", "rows", "hashes"}, "a proof has other fields")
    position, shown, outside = proof["position"], proof["rows"], proof["hashes"]
    expect((proof["first"], proof["end"]) == (first, end), "a proof is of another segment")
    if type(position) is not int or not isinstance(shown, list) or not isinstance(outside, list):
        raise Bad("a proof is malformed")
    rows = [blob(one) for one in shown]
    stop = position + len(rows)
    expect(all(len(one) == 72 for one in rows) and 0 <= position <= stop <= count, "the rows are outside the segment")
    expect(bool(rows) or count == 0, "no row is shown")
    expect(all(low < high for low, high in zip(rows, rows[1:])), "the rows do not ascend")
    split = [(one[:32], int.from_bytes(one[32:40], "big"), one[40:]) for one in rows]
    expect(all(first <= index < end for _, index, _ in split), "a row is outside the segment's range")
    before, after = sum(one < key for one, _, _ in split), sum(one > key for one, _, _ in split)
    expect(before == 1 or (before == 0 and position == 0), "rows before the first one shown may be missing")
    expect(after == 1 or (after == 0 and stop == count), "rows behind the last one shown may be missing")
    hashes = [blob(one) for one in outside]
    found = fold_root(position, [leaf_hash(one) for one in rows], count, hashes) if count else tree_root(())
    expect(found == root and (count > 0 or not hashes), "the rows lead to another root")
    return ((index, payload) for one, index, payload in split if one == key)
