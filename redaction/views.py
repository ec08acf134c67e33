"""Other readings of a text: without terminal codes and invisible characters, unescaped, percent-decoded, decoded.

Every view knows where its characters came from, so that a find in it can be replaced in the original.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter

import re2

from redaction.joints import BETWEEN, JOINT, SPLIT_PROBE, single_joints

MAX_DEPTH = 2
MAX_DERIVED = 256
"""Most decoded segments of one text."""
MAX_SEGMENT_CHARS = 1024 * 1024
"""A longer encoded run is decoded in pieces of this size."""

_INVISIBLE = re.compile(
    "\x1b\\[[0-9;?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]{0,200}(?:\x07|\x1b\\\\)"
    "|[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]|\x1b[()][AB012]|\x08|\x00"
)
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf\"'`/]))|\\\\+")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

_SPLIT = re2.compile(SPLIT_PROBE)
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~-"
_REACH = 512
"""Lines and quotations are joined this far around a place that the probe names, and to the end of the word there."""
_WORD_CHARS = 65_536

_QUAD = r"[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
BASE64_PROBE = rf"(?:{_QUAD}){{4}}"
_ASCII_IN_BASE64 = re2.compile(rf"(?:{_QUAD}){{4,}}")
"""Groups of four base64 characters that decode to three 7-bit bytes: random identifiers rarely look so for long."""
HEX_PROBE = r"(?:[2-7][0-9a-fA-F]|0[9aAdD]){8}"
_ASCII_IN_HEX = re2.compile(r"(?:[2-7][0-9a-fA-F]|0[9aAdD]){8,}")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_BASE64_BACK = re.compile(r"[A-Za-z0-9+/_-]")


_begin = itemgetter(0)


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text. `pieces` are (start here, start there, length there, moved) in order; none means as is."""

    text: str = field(repr=False)
    layer: str = ""
    pieces: tuple[tuple[int, int, int, bool], ...] = field(default=(), repr=False)
    parent: View | None = field(default=None, repr=False)
    depth: int = 0

    def joins(self, start: int, end: int) -> bool:
        """Say whether a span of a joined reading reaches over a joint; any span of another reading does."""
        if not self.layer.endswith(("join", "joins")):
            return True
        first, last = (bisect_right(self.pieces, at, key=_begin) for at in (start, end - 1))
        # Of each joint closed alone there are three pieces: before it, behind it, and what stands between two.
        return first % 3 == 1 and last == first + 1 if self.layer.endswith("joins") else first != last

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Give where a span of this view stands in the original text."""
        if self.parent is None:
            return start, end
        first = self.pieces[max(bisect_right(self.pieces, start, key=_begin) - 1, 0)]
        last = self.pieces[max(bisect_right(self.pieces, end - 1, key=_begin) - 1, 0)]
        there_start = first[1] if first[3] else first[1] + start - first[0]
        there_end = last[1] + last[2] if last[3] else last[1] + end - last[0]
        return self.parent.locate(there_start, there_end)


def derive(view: View, encoded: frozenset[str]) -> Iterator[View]:
    """Give the views one step below this one; nothing below depth 2, nothing that says the same.

    `encoded` names the encodings (`base64`, `hex`) whose probe matched in this view.
    """
    if view.depth >= MAX_DEPTH + 1:
        return
    text = view.text
    if "\\" in text and "escape" not in view.layer:
        yield from _rewritten(view, _ESCAPE.finditer(text), _unescape, "escape")
    if ("\x1b" in text or not text.isascii() or "\x08" in text or "\x00" in text) and "strip" not in view.layer:
        yield from _rewritten(view, _INVISIBLE.finditer(text), lambda _: "", "strip")
    if "%" in text and "percent" not in view.layer:
        yield from _rewritten(view, _PERCENT.finditer(text), lambda m: chr(int(m[1], 16)), "percent")
    if "split" in encoded and "join" not in view.layer:
        matches = (match for start, end in _around_splits(text) for match in JOINT.finditer(text, start, end))
        yield from _rewritten(view, matches, lambda _: "", "join")
        yield from _joined_alone(view)
    if encoded and view.depth < MAX_DEPTH:
        yield from _decoded(view, encoded)


def joined_parts(text: str) -> Iterator[str]:
    """Give the parts of the joined reading that differ from the text, with what stands around them."""
    for start, end in _around_splits(text):
        yield JOINT.sub("", text[start:end])
        for first, joint, behind, last in single_joints(text, start, end):
            yield text[first:joint] + text[behind:last]


def _around_splits(text: str) -> Iterator[tuple[int, int]]:
    """Give the stretches of a text in which a token may go on behind a break, in order and apart from each other."""
    first = last = 0
    for match in _SPLIT.finditer(text):
        if match.start() - _REACH > last:
            if last:
                yield _whole_words(text, first, last)
            first = max(match.start() - _REACH, 0)
        last = match.end() + _REACH
    if last:
        yield _whole_words(text, first, last)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to whole words on both sides: a token that begins far away on its line is seen from its begin."""
    before, after = text[max(start - _WORD_CHARS, 0) : start], text[end : end + _WORD_CHARS]
    return start - (len(before) - len(before.rstrip(_MARKS))), min(end, len(text)) + len(after) - len(
        after.lstrip(_MARKS)
    )


def _joined_alone(view: View) -> Iterator[View]:
    """Give the reading in which each joint is closed alone, one behind the other."""
    parts: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    here = 0
    text = view.text
    for start, end in _around_splits(text):
        for first, joint, behind, last in single_joints(text, start, end):
            parts += [text[first:joint], text[behind:last], BETWEEN]
            middle = here + joint - first
            after = middle + last - behind
            pieces += [
                (here, first, joint - first, False),
                (middle, behind, last - behind, False),
                (after, last, 0, True),
            ]
            here = after + len(BETWEEN)
    if pieces:
        yield View("".join(parts), _name(view, "joins"), tuple(pieces), view, view.depth)


def quick_unescape(text: str) -> str:
    """Give what the escape view would give, without its map and without numeric escapes."""
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    for letter, char in (*_CONTROL.items(), ('"', '"'), ("'", "'"), ("`", "`"), ("/", "/")):
        text = text.replace(f"\\{letter}", char)
    return text


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return _CONTROL.get(match[3], match[3]) if match[3] else "\\"


def _rewritten(
    view: View, matches: Iterable[re.Match[str]], replace: Callable[[re.Match[str]], str], name: str
) -> Iterator[View]:
    parts: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    here = there = 0
    for match in matches:
        if match.start() > there:
            parts.append(view.text[there : match.start()])
            pieces.append((here, there, match.start() - there, False))
            here += match.start() - there
        new = replace(match)
        if new:
            parts.append(new)
            pieces.append((here, match.start(), match.end() - match.start(), True))
            here += len(new)
        there = match.end()
    if there == 0:
        return
    if there < len(view.text):
        parts.append(view.text[there:])
        pieces.append((here, there, len(view.text) - there, False))
    if pieces:
        yield View("".join(parts), _name(view, name), tuple(pieces), view, view.depth)


def _decoded(view: View, encoded: frozenset[str]) -> Iterator[View]:
    for name, pattern, decode in (("base64", _ASCII_IN_BASE64, _from_base64), ("hex", _ASCII_IN_HEX, _from_hex)):
        if name not in encoded:
            continue
        for count, match in enumerate(pattern.finditer(view.text)):
            if count >= MAX_DERIVED:
                break
            start, end = _run(view.text, match.start(), match.end())
            # The last bytes may not fill a group of four.
            tail = view.text[match.end() : min(end, match.end() + 8)].rstrip("=") if name == "base64" else ""
            for text in decode(match.group() + tail):
                yield View(text, _name(view, name), ((0, start, end - start, True),), view, view.depth + 1)


def _run(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to the whole run of base64 characters around it: the ends hold bits of the value too."""
    while start > 0 and _BASE64_BACK.match(text, start - 1):
        start -= 1
    run = _BASE64_RUN.match(text, end)
    return start, run.end() if run else end


def _from_base64(run: str) -> Iterator[str]:
    text = run.replace("-", "+").replace("_", "/")
    for at in range(0, len(text), MAX_SEGMENT_CHARS):
        piece = text[at : at + MAX_SEGMENT_CHARS]
        yield base64.b64decode(piece[: len(piece) // 4 * 4] + _tail(text, at, piece)).decode("latin-1")


def _tail(text: str, at: int, piece: str) -> str:
    """Pad what is left over after whole groups of four; a single left-over character says nothing."""
    rest = piece[len(piece) // 4 * 4 :] if at + len(piece) == len(text) else ""
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _from_hex(run: str) -> Iterator[str]:
    try:
        yield bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1")
    except (ValueError, binascii.Error):
        return


def _name(view: View, name: str) -> str:
    return f"{view.layer}+{name}" if view.layer else name
