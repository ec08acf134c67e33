"""The second pass over a line whose finds are known: tokens are put into its bytes, the rest stays as it is."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from redaction.fast_path import body_of, pair_key, pairs
from redaction.fields import FieldKind, Path
from redaction.raw_json import encoded, is_key, path_of, strings

if TYPE_CHECKING:
    from redaction.fast_path import FastPath
    from redaction.line_cache import Spans
    from redaction.literals import RawLiterals
    from redaction.visitors import Replace

Place = tuple[int, int]


class Splice:
    """Replaces in the lines of one session."""

    def __init__(self, fast: FastPath, replace: Replace, literals: RawLiterals) -> None:
        self._fast, self._replace, self._literals = fast, replace, literals

    def line(self, line: bytes, spans: Spans) -> bytes | None:
        """Give a line redacted, with its end; None when a known value stands where only the walk can replace it."""
        body = body_of(line)
        places = dict.fromkeys(pairs(spans), True)
        known = self._literals.find(body)
        if known:
            more = _strings_around(body, [k for k in known if not _inside(k, spans)])
            if more is None:
                return None
            for place in more:
                places.setdefault(place, False)
        if not places:
            return body + b"\n"
        done: list[bytes] = []
        at = 0
        for place in sorted(places):
            done += [body[at : place[0]], self._string(body, place, scanned=places[place])]
            at = place[1]
        return b"".join((*done, body[at:], b"\n"))

    def _string(self, body: bytes, place: Place, *, scanned: bool) -> bytes:
        """Give the bytes to stand at a place; where the first pass found nothing, only known values can be there."""
        text, key = self._fast.member(body, *place)
        kind = self._fast.kind(text, key)

        def path() -> Path:
            return path_of(body, place[0])

        if kind is FieldKind.OPAQUE:
            done = self._replace.opaque(text, [])
        elif kind is FieldKind.STRUCTURAL or not scanned:
            done = self._replace.structural_at(text, path)
        else:
            done = self._replace.text_at(text, pair_key(text, key), path)
        return body[place[0] : place[1]] if done == text else encoded(done)


def _inside(known: Place, spans: Spans) -> bool:
    number = bisect_right(spans, known[0])
    return number % 2 == 1 and known[1] <= spans[number]


def _strings_around(body: bytes, found: list[Place]) -> set[Place] | None:
    """Give the strings that values stand in; None when one stands in a key, a number, or across strings."""
    if not found:
        return set()
    starts, ends = strings(body)
    around: set[Place] = set()
    for start, end in found:
        number = bisect_right(starts, start) - 1
        if number < 0 or end > ends[number] or is_key(body, ends[number]):
            return None
        around.add((starts[number], ends[number]))
    return around
