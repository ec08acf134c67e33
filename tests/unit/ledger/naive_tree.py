"""RFC 6962 word for word, recursive and slow: what the real tree must agree with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256


def mth(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(index: int, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    if len(hashes) == 1:
        return ()
    k = split(len(hashes))
    if index < k:
        return (*path(index, hashes[:k]), mth(hashes[k:]))
    return (*path(index - k, hashes[k:]), mth(hashes[:k]))


def consistency(old: int, hashes: Sequence[bytes], whole: bool = True) -> tuple[bytes, ...]:
    if old == len(hashes):
        return () if whole else (mth(hashes),)
    k = split(len(hashes))
    if old <= k:
        return (*consistency(old, hashes[:k], whole), mth(hashes[k:]))
    return (*consistency(old - k, hashes[k:], False), mth(hashes[:k]))


def split(width: int) -> int:
    k = 1
    while k * 2 < width:
        k *= 2
    return k


def reader(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Give a `read(level, index)` over these leaves that refuses subtrees that are not complete."""

    def read(level: int, index: int) -> bytes:
        end = (index + 1) << level
        assert end <= len(hashes), f"read of an incomplete subtree ({level}, {index})"
        return mth(hashes[index << level : end])

    return read


def leaves(count: int, start: int = 0) -> list[bytes]:
    return [sha256(b"\x00leaf %d" % number).digest() for number in range(start, start + count)]
