"""Images and other binary data inside text: known by what the bytes are, whatever the field around them is called.

Base64 (in one run, wrapped, or escaped as JSON does), hexadecimal, and lists of byte values. What decodes to text is
left alone: the first pass reads it. Nothing here is a search for secrets: a blob is dropped unread, or kept on request.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Final

SHORTEST_CHARS: Final = 64
"""A shorter run is no image: the smallest picture that shows anything is longer."""
UNKNOWN_CHARS: Final = 256
"""From this length on a run is a blob also when its beginning is of no known format."""
SAMPLE_BYTES: Final = 4096
_WRAPPED_CHARS: Final = 60
"""Least length of the lines of wrapped base64, but for the last."""

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_RUN_TABLE: Final = bytes(0x61 if c in _ALPHABET + b"\\" else 0x20 for c in range(256))
_LIST_TABLE: Final = bytes(0x61 if c in b"0123456789, " else 0x0A for c in range(256))
_RUN: Final = b"a" * SHORTEST_CHARS
_LIST_RUN: Final = b"a" * UNKNOWN_CHARS
_BREAK: Final = re.compile(rb"(?<!\\)\\+(?:r\\+n|[rn])")
_ESCAPED: Final = re.compile(rb"(?<!\\)\\+(?:u00(2[bBfF]|3[dD])|(/))")
_PADDING: Final = re.compile(rb"(?:=|\\+u003[dD]){0,2}")
_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_WORD: Final = re.compile(rb"[A-Za-z0-9+/_-]+")

_MAGIC: Final[tuple[tuple[bytes, int, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"ftyp", 4, "video/mp4"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"\x00\x00\x01\x00", 0, "image/x-icon"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b\x08", 0, "application/gzip"),
    (b"\x28\xb5\x2f\xfd", 0, "application/zstd"),
    (b"\xfd7zXZ\x00", 0, "application/x-xz"),
    (b"BZh9", 0, "application/x-bzip2"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z"),
    (b"\x7fELF", 0, "application/x-elf"),
    (b"\x00asm", 0, "application/wasm"),
    (b"SQLite format 3\x00", 0, "application/x-sqlite3"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"fLaC", 0, "audio/flac"),
    (b"wOFF", 0, "font/woff"),
    (b"wOF2", 0, "font/woff2"),
)
UNKNOWN: Final = "application/octet-stream"
_TELLING: Final = (b"iVBORw0KGg", b"/9j/4", b"R0lGODdh", b"R0lGODlh", b"UklGR", b"JVBERi0", b"UEsDB", b"H4sIA")
"""How the commonest formats begin in base64: looked for also inside a run, behind a path or a word."""
_PUBLIC_KEY: Final = (b"\x00\x00\x00\x07ssh-", b"\x00\x00\x00\x0bssh-", b"\x00\x00\x00\x13ecdsa-")


class Images(enum.StrEnum):
    """What becomes of images and other binary data."""

    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Binary data found in a line: where its text stands, and what it is."""

    start: int
    end: int
    media: str
    size: int
    """Bytes, decoded."""
    sha256: bytes = field(repr=False)
    """Of the decoded bytes. It tells a known file from another: kept with the originals, never published."""


def blobs_in(line: bytes, opaque_keys: frozenset[bytes] = frozenset()) -> tuple[Blob, ...]:
    """Give the blobs of a line in order, not overlapping.

    `opaque_keys` are keys whose values are dropped unread in any case: data of no known format is left to that rule.
    """
    if len(line) < SHORTEST_CHARS:
        return ()
    found: list[Blob] = []
    plain = line.translate(_RUN_TABLE)
    at = plain.find(_RUN)
    while at >= 0:
        end = plain.find(b" ", at + SHORTEST_CHARS)
        end = len(line) if end < 0 else end
        if b"-----BEGIN " not in line[max(0, at - 64) : at + 64]:
            found += _in_run(line, at, end, opaque_keys)
        at = plain.find(_RUN, end)
    if b"," in line:
        found += _lists(line)
    return tuple(sorted(found, key=lambda blob: blob.start))


def _in_run(line: bytes, start: int, end: int, opaque_keys: frozenset[bytes]) -> list[Blob]:
    found = []
    for first, behind in _groups(line, start, end):
        # A backslash at the end escapes what stands behind the run, such as the quote that ends a string inside a string.
        last = first + len(line[first:behind].rstrip(b"\\"))
        text = _cleaned(line[first:last])
        skip = _known_beginning(text)
        if (
            not skip
            and _begins_unknown(text)
            and (len(text) < UNKNOWN_CHARS or _key_before(line, first) in opaque_keys)
        ):
            continue
        blob = _blob(text[skip:], first, last)
        if blob is None:
            continue
        # Escapes may stand before the beginning, so that it is looked up where the text is.
        begin = max(line.find(text[skip : skip + 5], first, last), first) if skip else first
        padding = _PADDING.match(line, last)
        found.append(replace(blob, start=begin, end=padding.end() if padding else last))
    return found


def _groups(line: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Give the pieces of a run that may be one encoded text each: lines of wrapped base64 belong together."""
    if line.find(b"\\", start, end) < 0:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    at = start
    for match in _BREAK.finditer(line, start, end):
        pieces.append((at, match.start()))
        at = match.end()
    pieces.append((at, end))
    groups: list[tuple[int, int]] = []
    previous = 0
    for first, last in pieces:
        if groups and previous >= _WRAPPED_CHARS and last - first <= previous and last > first:
            groups[-1] = (groups[-1][0], last)
        elif last > first:
            groups.append((first, last))
        previous = last - first
    return [group for group in groups if group[1] - group[0] >= SHORTEST_CHARS]


def _cleaned(text: bytes) -> bytes:
    if b"\\" not in text:
        return text
    text = _BREAK.sub(b"", text)
    text = _ESCAPED.sub(lambda m: b"/" if m[2] else bytes([int(m[1], 16)]), text)
    return b"".join(_WORD.findall(text))


def _known_beginning(text: bytes) -> int:
    """Give where a well-known format begins in a run, or 0."""
    places = [at for begin in _TELLING if (at := text.find(begin)) > 0]
    return min(places, default=0)


def _begins_unknown(text: bytes) -> bool:
    """Say whether no known format begins a run: decided on its first bytes, since most runs are no blob."""
    head = text[:64]
    return all(data is None or media_of(data) is None for data in (_from_hex(head), _from_base64(head)))


def _blob(text: bytes, start: int, end: int) -> Blob | None:
    if len(text) < SHORTEST_CHARS:
        return None
    for decode in (_from_hex, _from_base64):
        head = decode(text[:SAMPLE_BYTES])
        if head is None:
            continue
        media = media_of(head)
        if media is None and (len(text) < UNKNOWN_CHARS or not _binary(text[:SAMPLE_BYTES], head)):
            continue
        data = decode(text) or head
        digest = hashlib.sha256(data).digest()
        return Blob(start=start, end=end, media=media or UNKNOWN, size=len(data), sha256=digest)
    return None


def media_of_text(text: bytes) -> str | None:
    """Give the media type of what a text encodes when the whole of it is a blob, or None."""
    blob = _blob(text.rstrip(b"="), 0, len(text))
    return blob.media if blob else None


def media_of(data: bytes) -> str | None:
    """Give the media type that the first bytes tell, or None."""
    for magic, at, media in _MAGIC:
        if data.startswith(magic, at):
            return media
    return None


def _binary(text: bytes, head: bytes) -> bool:
    """Say whether a decoded sample is no text, and the run is an encoding and no long word, path or ruler."""
    if head.startswith(_PUBLIC_KEY) or len(set(text)) < 16:
        return False
    classes = (any(0x30 <= c <= 0x39 for c in text), any(0x41 <= c <= 0x5A for c in text), text != text.upper())
    hexadecimal = _HEX.fullmatch(text) is not None
    if not hexadecimal and not (all(classes) and len(set(text)) >= 40):
        return False
    if hexadecimal and len(text) < 2 * UNKNOWN_CHARS:
        return False
    odd = sum(c >= 0x80 or (c < 0x20 and c not in b"\t\n\r") for c in head)
    return odd * 10 >= len(head) * 3


def _from_base64(text: bytes) -> bytes | None:
    text = text.translate(bytes.maketrans(b"-_", b"+/"))
    whole = len(text) // 4 * 4
    rest = text[whole:] if len(text) - whole > 1 else b""
    try:
        return base64.b64decode(text[:whole] + rest + b"=" * (-len(rest) % 4))
    except (binascii.Error, ValueError):
        return None


def _from_hex(text: bytes) -> bytes | None:
    even = text[: len(text) // 2 * 2]
    return bytes.fromhex(even.decode()) if _HEX.fullmatch(even) else None


def _key_before(line: bytes, start: int) -> bytes:
    """Give the key of the string that begins at `start`, or nothing."""
    match = re.search(rb'"([A-Za-z0-9_]{1,64})" ?: ?"$', line[max(0, start - 72) : start])
    return match[1] if match else b""


def _lists(line: bytes) -> list[Blob]:
    """Find lists of byte values, as a Node.js `Buffer` is written; their brackets stay."""
    found = []
    plain = line.translate(_LIST_TABLE)
    at = plain.find(_LIST_RUN)
    while at >= 0:
        end = plain.find(b"\n", at + UNKNOWN_CHARS)
        end = len(line) if end < 0 else end
        numbers = [part.strip() for part in line[at:end].split(b",")]
        if all(part.isdigit() and len(part) <= 3 and int(part) < 256 for part in numbers):
            data = bytes(int(part) for part in numbers)
            buffer = b'"Buffer"' in line[max(0, at - 64) : at] or b'"Buffer"' in line[end : end + 32]
            media = media_of(data) or (UNKNOWN if buffer and _odd(data) else None)
            if media is not None:
                digest = hashlib.sha256(data).digest()
                found.append(Blob(start=at, end=end, media=media, size=len(data), sha256=digest))
        at = plain.find(_LIST_RUN, end)
    return found


def _odd(data: bytes) -> bool:
    return 10 * sum(c >= 0x80 or (c < 0x20 and c not in b"\t\n\r") for c in data) >= 3 * len(data)
