"""A window of a log: an unbroken run of leaves, with what leads from it to the head, so that no leaf of it can be missing.

The hashes of what lies outside are few: at most two for each level of the tree.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, NotVerified
from attest.ledger.proof import range_root
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.ledger.proof import ReadNode

MAX_OUTSIDE_HASHES: Final = 128
_CODE: Final = "evidence.inclusion"


def outside_hashes(first: int, end: int, size: int, read: ReadNode) -> tuple[bytes, ...]:
    """Give the hashes of the largest subtrees outside [first, end), from left to right.

    Raises:
        InvalidInput: there is no such window (`ledger.range`).
    """
    if not 0 <= first < end <= size <= MAX_TREE_SIZE:
        raise InvalidInput("ledger.range", "no such window", got=f"[{first}, {end}) of {size}")
    return tuple(range_root(low, high, read) for low, high in _outside(0, size, (first, end)))


def _outside(low: int, high: int, window: tuple[int, int]) -> Iterator[tuple[int, int]]:
    first, end = window
    if high <= first or low >= end:
        yield low, high
    elif not (first <= low and high <= end):
        middle = low + _split(high - low)
        yield from _outside(low, middle, window)
        yield from _outside(middle, high, window)


def require_window(leaves: Sequence[bytes], outside: Sequence[bytes], first: int, size: int, root: bytes) -> None:  # noqa: PLR0917  # the five values of the rule
    """Check that these are all the leaf hashes from `first` on, as many as are given, of the tree with this size and root.

    Raises:
        NotVerified: they are not (`evidence.inclusion`).
    """
    end = first + len(leaves)
    if not 0 <= first < end <= size <= MAX_TREE_SIZE or len(outside) > MAX_OUTSIDE_HASHES:
        raise NotVerified(_CODE, "this is no window of the tree")
    rest = iter(outside)

    def fold(low: int, high: int) -> bytes:
        if high <= first or low >= end:
            value = next(rest, b"")
            if len(value) != HASH_BYTES:
                raise NotVerified(_CODE, "the window has too few hashes outside it, or one of wrong length")
            return value
        if high - low == 1:
            return leaves[low - first]
        middle = low + _split(high - low)
        return node_hash(fold(low, middle), fold(middle, high))

    found = fold(0, size)
    if next(rest, None) is not None:
        raise NotVerified(_CODE, "the window has too many hashes outside it")
    if not hmac.compare_digest(found, root):
        raise NotVerified(_CODE, "the window leads to another root", expected=root.hex(), got=found.hex())


def _split(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)
