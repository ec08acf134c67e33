"""Bloom filters of paths in a hierarchy: a fast "certainly none", never an answer of its own.

A leaf holds the paths of one recording; every node above, those of up to `FAN_OUT` nodes below it. Each filter is sized for
what it holds at `FALSE_POSITIVES`, so a node says "certainly none" for all below it or leads on. Asking costs one probe per
path and node; only a question that touches next to nothing is answered in few probes, which `Asked.probes` shows.

A filter has no false negative over the paths it was built from. Whoever holds it can test a guess of a path against it.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

FAN_OUT: Final = 16
FALSE_POSITIVES: Final = 0.01
HASHES: Final = 7
"""Bits set per path; best at one in a hundred."""
MAX_FILTER_BYTES: Final = 16 * 1024 * 1024
MAX_RECORDINGS: Final = 1_000_000
MAX_DOCUMENT_BYTES: Final = 256 * 1024 * 1024
_MAGIC: Final = b"whereof path filter v1\n"
_BITS_PER_PATH: Final = -math.log(FALSE_POSITIVES) / math.log(2) ** 2
_HEAD: Final = struct.Struct(">QQI")


@dataclass(frozen=True, slots=True)
class PathFilter:
    """One filter: bits, in a number of whole bytes."""

    bits: bytes

    @classmethod
    def of(cls, paths: Collection[str]) -> PathFilter:
        """Build the filter of some paths; the same paths, the same bytes.

        Raises:
            InvalidInput: `input.too-large`, it would be above `MAX_FILTER_BYTES`.
        """
        size = max(8, math.ceil(len(paths) * _BITS_PER_PATH / 8))
        if size > MAX_FILTER_BYTES:
            raise InvalidInput("input.too-large", "paths of one filter", expected=f"<= {MAX_FILTER_BYTES} bytes")
        bits = bytearray(size)
        for path in paths:
            for at in _places(path, size * 8):
                bits[at >> 3] |= 1 << (at & 7)
        return cls(bytes(bits))

    def may_hold(self, path: str) -> bool:
        """Say whether a path may be in it; False is certain."""
        return all(self.bits[at >> 3] >> (at & 7) & 1 for at in _places(path, len(self.bits) * 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking gave."""

    maybe: tuple[int, ...]
    """Recordings, by the index of their entry, that may have touched one of the paths: to be looked up exactly."""
    probes: int
    """How often a path was looked for in a filter."""

    @property
    def certainly_none(self) -> bool:
        """Say whether no recording of the filters touched any of the paths."""
        return not self.maybe


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTree:
    """Filters over the recordings of a span of a log."""

    first: int
    end: int
    """Entries `[first, end)`."""
    indices: tuple[int, ...]
    """Entry of each leaf, ascending."""
    levels: tuple[tuple[PathFilter, ...], ...]
    """Leaves first, the one root last; empty without recordings."""

    def ask(self, paths: Iterable[str]) -> Asked:
        """Say which recordings may have touched one of the paths."""
        wanted = tuple(dict.fromkeys(paths))
        probes, reached = 0, {0: wanted} if self.levels and wanted else {}
        for level in range(len(self.levels) - 1, -1, -1):
            below: dict[int, tuple[str, ...]] = {}
            for node, asked in reached.items():
                probes += len(asked)
                held = tuple(path for path in asked if self.levels[level][node].may_hold(path))
                if not held:
                    continue
                if level == 0:
                    below[node] = held
                else:
                    end = min((node + 1) * FAN_OUT, len(self.levels[level - 1]))
                    below |= dict.fromkeys(range(node * FAN_OUT, end), held)
            reached = below
        return Asked(maybe=tuple(self.indices[node] for node in sorted(reached)), probes=probes)

    def encode(self) -> bytes:
        """Give its bytes: what `digest` is of, and what is handed out."""
        out = [_MAGIC, _HEAD.pack(self.first, self.end, len(self.indices))]
        out += [struct.pack(">Q", index) for index in self.indices]
        for level in self.levels:
            for one in level:
                out += [struct.pack(">I", len(one.bits)), one.bits]
        return b"".join(out)

    @property
    def digest(self) -> bytes:
        """Give the SHA-256 of its bytes, which is what is logged."""
        return hashlib.sha256(self.encode()).digest()


def build_filters(span: tuple[int, int], recordings: Mapping[int, Collection[str]]) -> FilterTree:
    """Build the filters of the recordings of a span: paths by index of the entry.

    Raises:
        InvalidInput: `input.too-large`; `input.malformed`, an index is outside the span.
    """
    indices = tuple(sorted(recordings))
    if len(indices) > MAX_RECORDINGS:
        raise InvalidInput("input.too-large", "recordings of one filter", expected=f"<= {MAX_RECORDINGS}")
    if indices and not span[0] <= indices[0] <= indices[-1] < span[1]:
        raise InvalidInput("input.malformed", expected="entries of the span")
    sets = [frozenset(recordings[index]) for index in indices]
    levels: list[tuple[PathFilter, ...]] = []
    while sets:
        levels.append(tuple(PathFilter.of(one) for one in sets))
        if len(sets) == 1:
            break
        sets = [frozenset().union(*sets[at : at + FAN_OUT]) for at in range(0, len(sets), FAN_OUT)]
    return FilterTree(first=span[0], end=span[1], indices=indices, levels=tuple(levels))


def parse_filters(data: bytes) -> FilterTree:
    """Read filters back; what is read is written the same.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_DOCUMENT_BYTES} bytes")
    reader = _Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise reader.bad("filters of version 1")
    first, end, count = _HEAD.unpack(reader.take(_HEAD.size))
    if count > MAX_RECORDINGS:
        raise InvalidInput("input.too-large", "recordings of one filter", expected=f"<= {MAX_RECORDINGS}")
    indices = struct.unpack(f">{count}Q", reader.take(8 * count))
    if any(low >= high for low, high in zip((first - 1, *indices), (*indices, end), strict=True)):
        raise reader.bad("ascending entries of the span")
    levels: list[tuple[PathFilter, ...]] = []
    width = count
    while width:
        levels.append(tuple(reader.filter() for _ in range(width)))
        width = 0 if width == 1 else -(-width // FAN_OUT)
    if not reader.ended:
        raise reader.bad("nothing after the last filter")
    return FilterTree(first=first, end=end, indices=indices, levels=tuple(levels))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._data)

    def take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) != size:
            raise self.bad("more bytes")
        self._at += size
        return found

    def filter(self) -> PathFilter:
        (size,) = struct.unpack(">I", self.take(4))
        if not 8 <= size <= MAX_FILTER_BYTES:
            raise self.bad(f"a filter of 8 to {MAX_FILTER_BYTES} bytes")
        return PathFilter(self.take(size))

    def bad(self, expected: str) -> InvalidInput:
        return InvalidInput("input.malformed", expected=expected, where=f"byte {self._at}")


def _places(path: str, bits: int) -> Sequence[int]:
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).digest()
    one, two = struct.unpack_from(">QQ", digest)
    return [(one + number * (two | 1)) % bits for number in range(HASHES)]
