"""The fast path: which strings of a line hold something, without walking the line.

It only nominates. All texts of a line are scanned at once by the many-pattern engine; the exact patterns say in which of
them a match lies, and each of those is given to the same detection as in the walk. A line about which anything is in
doubt takes the walk, so that both ways find the same. Recognisers that need more than patterns and identities (a
language model) make every line take the walk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from redaction.detector import SHAPED
from redaction.fields import FieldKind
from redaction.line_cache import WALK, Spans
from redaction.probes import PROBE, SPLIT
from redaction.raw_json import decoded, encoded, is_key, key_of, occurrences
from redaction.reading import BREAK, InDoubtError, LineReader, Member, Reading
from redaction.views import joined_parts, quick_unescape
from redaction.walk import MAX_PAIR_CHARS

if TYPE_CHECKING:
    from redaction.fields import FieldPolicy
    from redaction.line_cache import LineCache
    from redaction.matcher import Matcher
    from redaction.recognizers import IdentityRecognizer

FEW_FINDS: Final = 16
MOST_SEARCHED_BYTES: Final = 4 * 1024 * 1024
"""Finds in a line times its bytes: beyond both bounds the walk is quicker, and takes time in proportion to the line."""

_BREAK: Final = BREAK.encode()

Look = Callable[[str, str | None], bool]
"""Looks at a text and its key as the walk does, notes what it finds, and says whether that was anything."""


class FastPath:
    """Looks at lines for one redactor."""

    def __init__(
        self, matcher: Matcher, identity: IdentityRecognizer, *, policy: FieldPolicy, depth: int, cache: LineCache
    ) -> None:
        self._matcher, self._identity, self.cache = matcher, identity, cache
        self._reader = LineReader(policy, depth)
        groups = [(number, rule.name, rule.group) for number, rule in enumerate(matcher.rules)]
        self._split = next(number for number, name, group in groups if group == PROBE and name == SPLIT)
        self._believed = frozenset(number for number, _, group in groups if group in SHAPED or group == PROBE)
        self._believed -= {self._split}

    def look(self, line: bytes, look: Look) -> Spans | None:
        """Give the places in a line where something was found; None when the line needs the walk.

        Every string at such a place has been given to `look`, also when the places were known before.
        """
        name = self.cache.name(line)
        spans = self.cache.get(name)
        if spans is None:
            spans = self._looked(body_of(line), look)
            self.cache.put(name, spans)
        elif spans is not WALK and spans != WALK:
            self._look_again(body_of(line), spans, look)
        return None if spans == WALK else spans

    def _look_again(self, body: bytes, spans: Spans, look: Look) -> None:
        for start, end in pairs(spans):
            text, key = self.member(body, start, end)
            if self._scanned(text, key):
                look(text, pair_key(text, key))

    def member(self, body: bytes, start: int, end: int) -> Member:
        """Give the text of a string and its key."""
        key = key_of(body, start)
        return decoded(body[start:end]), None if key is None else decoded(key)

    def kind(self, text: str, key: str | None) -> FieldKind:
        """Give what is done with a text under its key."""
        return FieldKind.IO if key is None else self._reader.kind(key, text)

    def _scanned(self, text: str, key: str | None) -> bool:
        return self.kind(text, key) not in (FieldKind.OPAQUE, FieldKind.STRUCTURAL)

    def _looked(self, body: bytes, look: Look) -> Spans:
        try:
            reading = self._reader.read(body)
            nominated = self._nominated(reading)
            dirty = {member for member in nominated if look(member[0], pair_key(*member))}
            self._reader.scanned(reading, dirty)
            found = dirty.union(member for member in reading.known if look(member[0], pair_key(*member)))
            return self._places(body, found, reading.opaque)
        except (InDoubtError, UnicodeEncodeError):
            return WALK

    def _nominated(self, reading: Reading) -> set[Member]:
        numbers = self._matching(reading.texts) if reading.texts else set()
        members = {reading.owners[number] for number in numbers}
        if None in members:
            raise InDoubtError
        self._reader.scanned_keys(reading)
        return members  # type: ignore[return-value]

    def _matching(self, texts: list[str]) -> set[int]:
        """Give the numbers of the texts that may hold something: as they stand, or with their escapes undone."""
        found = self._in_reading(texts)
        escaped = [number for number, text in enumerate(texts) if "\\" in text]
        if escaped:
            found |= {escaped[at] for at in self._in_reading([quick_unescape(texts[number]) for number in escaped])}
        return found

    def _in_reading(self, texts: list[str]) -> set[int]:
        parts, data, starts = _joined(texts)
        found = {bisect_right(starts, start) - 1 for start, _ in self._identity.places(data)}
        splits = []
        for number, at in self._matcher.nominated(data, starts):
            if number == self._split:
                splits.append(at)
            elif at not in found and self._matcher.holds(number, parts[at]):
                found.add(at)
        closed = [(at, part) for at in splits if at not in found for part in joined_parts(texts[at])]
        return found | self._over_joints(closed) if closed else found

    def _over_joints(self, closed: list[tuple[int, str]]) -> set[int]:
        """Give the numbers of the texts in whose joined parts stands what is believed there, or something encoded."""
        closed += [(at, quick_unescape(part)) for at, part in closed if "\\" in part]
        parts, data, starts = _joined([part for _, part in closed])
        return {
            closed[at][0]
            for number, at in self._matcher.nominated(data, starts)
            if number in self._believed and self._matcher.holds(number, parts[at])
        }

    def _places(self, body: bytes, found: Iterable[Member], opaque: Iterable[Member]) -> Spans:
        found, opaque = list(found), list(opaque)
        many = len(found) + len(opaque)
        if many > FEW_FINDS and many * len(body) > MOST_SEARCHED_BYTES:
            raise InDoubtError  # each is searched for, and its path followed, from the beginning of the line
        places: set[tuple[int, int]] = set()
        for text, _ in found:
            here = [p for p in occurrences(body, encoded(text)) if not is_key(body, p[1])]
            if not here:
                raise InDoubtError
            places.update(here)
        for text, key in opaque:
            places.update(p for p in occurrences(body, encoded(text)) if self.member(body, *p)[1] == key)
        return tuple(at for place in sorted(places) for at in place)


def _joined(texts: list[str]) -> tuple[list[bytes], bytes, list[int]]:
    """Give texts as bytes: each, all in one with breaks between, and where in that each begins."""
    parts = [text.encode() for text in texts]
    starts = list(accumulate((len(part) + len(_BREAK) for part in parts[:-1]), initial=0))
    return parts, _BREAK.join(parts), starts


def pair_key(text: str, key: str | None) -> str | None:
    """Give the key when a text is also judged together with it."""
    return key if key is not None and 4 <= len(text) <= MAX_PAIR_CHARS else None


def pairs(spans: Spans) -> Iterator[tuple[int, int]]:
    """Give the (start, end) pairs of spans."""
    return zip(spans[::2], spans[1::2], strict=True)


def body_of(line: bytes) -> bytes:
    """Give a line without its end."""
    return line[:-1] if line.endswith(b"\n") else line
