"""The policy for binary data: each blob of a line becomes a marker before anything else reads the line.

`drop` (the default) writes `[BLOB:<media type>:<n> bytes]` for good. `keep` sets a blob aside, and puts it back after the
second scan has passed the rest of the line: nobody has looked at it, which is why `keep` must be asked for in words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.blobs import Blob, Images, blobs_in, media_of_text
from redaction.errors import LimitExceeded
from redaction.fields import FieldKind, FieldPolicy
from redaction.records import Oversized

MAX_LISTED: Final = 10_000
"""Most blobs listed by line; the counts are always whole."""
MOST_FREE_LINES: Final = 262_144
"""Most lines remembered as free of blobs from the first run to the second, about 24 MB."""
MAX_HELD_BYTES: Final = 64 * 1024 * 1024
"""Most bytes of kept blobs that wait for the second scan of their lines."""
MARKER: Final = r"(?:data:[A-Za-z0-9/+.;=-]{1,64},)?\[(?:BLOB:[a-z0-9/.-]{3,40}:\d{1,12} bytes|KEPT:\d{12})\]"
"""A field that holds nothing but a marker, as the text of a pattern."""
_KEPT: Final = re.compile(rb'"\[KEPT-LIST:\d{12}\]"|\[KEPT:\d{12}\]')
_WRAPPED: Final = re.compile(rb"[ \t>+|-]{0,8}([A-Za-z0-9+/_-]{60,})\r?\n?")
"""A line of a plain text that holds nothing but base64."""
_LAST: Final = re.compile(rb"[ \t>+|-]{0,8}([A-Za-z0-9+/_-]{1,512}={0,2})\r?\n?")
_WRAPPED_BYTES: Final = 16 * 1024 * 1024
"""Lines of one wrapped blob are held up to this size; what is longer is judged in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedBlob:
    """A blob that was taken out, and where it stood."""

    line: int
    """Line of the input, from zero."""
    at: int
    """Its number among the blobs of that line, from zero."""
    media: str
    size: int
    sha256: bytes = field(repr=False)


class BlobFilter:
    """Takes the blobs out of the lines of one session. Give `lines` twice: only the run with `note` is counted."""

    def __init__(self, images: Images, policy: FieldPolicy) -> None:
        self._images = images
        self._opaque = frozenset(
            rule.pattern[-1].encode()
            for rule in policy.rules
            if rule.kind is FieldKind.OPAQUE and len(rule.pattern) == 2
        )
        self.found: list[DroppedBlob] = []
        self.left_out = 0
        self.by_media: Counter[str] = Counter()
        self._held: dict[bytes, bytes] = {}
        self._held_bytes = self._number = 0
        self._free: set[tuple[int, int, int]] = set()
        """(number, length, hash under the key of this process) of lines in which the first run saw no blob."""

    def lines(self, lines: Iterable[bytes | Oversized], *, note: bool) -> Iterator[bytes | Oversized]:
        """Give the lines without blobs.

        Raises:
            LimitExceeded: blobs that are to be kept take more memory than is allowed.
        """
        for number, line in enumerate(_unwrapped(lines)):
            if isinstance(line, Oversized):
                yield line
                continue
            name = (number, len(line), hash(line))
            if name in self._free:
                self._free.discard(name)
                yield line
                continue
            blobs = blobs_in(line, self._opaque)
            if not blobs and not note and len(self._free) < MOST_FREE_LINES:
                self._free.add(name)
            yield self._without(line, blobs, number, note=note) if blobs else line

    def restored(self, line: bytes) -> bytes:
        """Give an output line with the blobs that are kept; the second scan has passed the line without them."""
        return _KEPT.sub(lambda m: self._taken(m[0]), line) if self._held else line

    def _taken(self, marker: bytes) -> bytes:
        data = self._held.pop(marker, None)
        if data is None:
            return marker
        self._held_bytes -= len(data)
        return data

    def _without(self, line: bytes, blobs: tuple[Blob, ...], number: int, *, note: bool) -> bytes:
        parts: list[bytes] = []
        at = 0
        for count, blob in enumerate(blobs):
            parts += [line[at : blob.start], self._marker(line, blob, note=note)]
            at = blob.end
            if note:
                self._note(DroppedBlob(line=number, at=count, media=blob.media, size=blob.size, sha256=blob.sha256))
        return b"".join((*parts, line[at:]))

    def _marker(self, line: bytes, blob: Blob, *, note: bool) -> bytes:
        listed = line[blob.start - 1 : blob.start] == b"["
        if self._images is Images.DROP:
            marker = f"[BLOB:{blob.media}:{blob.size} bytes]".encode()
            return b'"' + marker + b'"' if listed else marker
        # The first pass sees what the second sees: a marker of the same form, whose number says nothing.
        number = f"{self._number if note else 0:012}"
        marker = f'"[KEPT-LIST:{number}]"'.encode() if listed else f"[KEPT:{number}]".encode()
        if note:
            self._hold(marker, line[blob.start : blob.end])
        return marker

    def _hold(self, marker: bytes, data: bytes) -> None:
        self._number += 1
        self._held_bytes += len(data)
        if self._held_bytes > MAX_HELD_BYTES:
            raise LimitExceeded("kept_blob_bytes", MAX_HELD_BYTES)
        self._held[marker] = data

    def _note(self, blob: DroppedBlob) -> None:
        self.by_media[blob.media] += 1
        if self._images is Images.KEEP:
            return  # it stays where it is: nothing is to be listed, nothing to be proved
        if len(self.found) < MAX_LISTED:
            self.found.append(blob)
        else:
            self.left_out += 1


def _unwrapped(lines: Iterable[bytes | Oversized]) -> Iterator[bytes | Oversized]:
    """Join base64 that a plain text wraps over many lines, so that it is one run; other lines stay what they are."""
    held: list[bytes] = []
    size, key = 0, False
    for line in lines:
        data = b"" if isinstance(line, Oversized) else line
        match = None if key else _WRAPPED.fullmatch(data)
        if match is not None or (held and _LAST.fullmatch(data)):
            held.append(data)
            size += len(data)
            if match is not None and size < _WRAPPED_BYTES:
                continue
            yield from _joined(held)
        else:
            yield from _joined(held)
            yield line
            key = b"-----BEGIN " in data or (key and _WRAPPED.fullmatch(data) is not None)
        held, size = [], 0
    yield from _joined(held)


def _joined(held: list[bytes]) -> Iterator[bytes]:
    """Give wrapped lines as one line when together they are a blob, else as they came."""
    if len(held) > 1:
        texts = [match[1] for line in held if (match := _LAST.fullmatch(line))]
        whole = b"".join(texts)
        if len(texts) == len(held) and media_of_text(whole) is not None:
            yield whole + b"\n"
            return
    yield from held
