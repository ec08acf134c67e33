"""The two passes: `Collect` notes every value found, `Replace` puts tokens in the place of all of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from operator import itemgetter

from redaction.blob_filter import MARKER
from redaction.detector import Detector, merge
from redaction.engine import PresidioPass
from redaction.fields import FieldPolicy, Path
from redaction.literals import FoundValues, Literals
from redaction.recognizers import character_spans
from redaction.records import Record
from redaction.report import Span
from redaction.rules import Hit
from redaction.tokens import TOKEN_BYTES, Tokeniser
from redaction.walk import walk

_SPACE = re.compile(r"\s")
"""A value with white space in it is prose or code: its key says nothing that the text does not."""
_MARKER = re.compile(rf"\[OPAQUE:\d{{1,12}} bytes\]|{MARKER}")
_RUN_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-=")
SHORT_TEXT_CHARS = 256
MOST_SHORT_TEXTS = 16_384
CACHED_TEXT_CHARS = 4096
CACHE_CHARS = 8 * 1024 * 1024


def hits_of(detector: Detector, text: str, key: str | None) -> list[Hit]:
    """Give the hits in a text, and those that only show together with its key."""
    hits = list(detector.detect(text))
    if key is None or len(text) < 6 or _SPACE.search(text):
        return hits
    head = f'"{key}": "'
    for hit in detector.detect(f'{head}{text}"'):
        start, end = hit.start - len(head), min(hit.end - len(head), len(text))
        if end <= 0 or start >= len(text):
            continue
        start = max(start, 0)
        value = hit.value if hit.layer else text[start:end]
        hits.append(Hit(start, end, hit.entity, hit.rule, value, hit.layer))
    return hits


class Collect:
    """First pass: looks at every text and notes the values."""

    def __init__(self, detector: Detector, found: FoundValues) -> None:
        self._detector = detector
        self._found = found
        self._plain: set[tuple[str, str | None]] = set()
        """Short texts in which nothing was found; emptied when it holds many."""

    def record(self, record: Record, policy: FieldPolicy) -> None:
        """Look at one record."""
        if record.text:
            self.text(str(record.value), [], None)
        elif not record.dropped:
            walk(record.value, policy, self)

    def text(self, text: str, _path: Path, key: str | None) -> str:
        """Note the values of a text."""
        self.note(text, key)
        return text

    def note(self, text: str, key: str | None) -> bool:
        """Note the values of a text, and say whether there were any."""
        if (text, key) in self._plain:
            return False
        hits = hits_of(self._detector, text, key)
        for hit in hits:
            self._found.add(hit.entity, hit.value)
        if not hits and len(text) <= SHORT_TEXT_CHARS:
            if len(self._plain) >= MOST_SHORT_TEXTS:
                self._plain.clear()
            self._plain.add((text, key))
        return bool(hits)

    def structural(self, text: str, _path: Path) -> str:
        """Leave a structural field: its shape was checked."""
        return text

    def opaque(self, text: str, _path: Path) -> str:
        """Leave an opaque field: it is not read."""
        return text


class Replace:
    """Second pass: replaces what each text shows and what any other text of the session showed."""

    def __init__(
        self,
        detector: Detector,
        presidio: PresidioPass,
        *,
        found: FoundValues,
        literals: Literals,
        tokeniser: Tokeniser,
        max_spans: int,
    ) -> None:
        self._detector, self._presidio = detector, presidio
        self._found, self._literals, self._tokeniser = found, literals, tokeniser
        self._max_spans = max_spans
        self._done: dict[tuple[str, str | None], tuple[str, tuple[tuple[Hit, str], ...]]] = {}
        self._structural: dict[str, tuple[str, tuple[tuple[Hit, str], ...]]] = {}
        self._done_chars = 0
        self.record = 0
        self.by_entity: Counter[str] = Counter()
        self.by_rule: Counter[str] = Counter()
        self.by_layer: Counter[str] = Counter()
        self.spans: list[Span] = []
        self.spans_left_out = 0
        self.opaque_count = 0

    def text(self, text: str, path: Path, key: str | None) -> str:
        """Give the text redacted."""
        return self.text_at(text, key, lambda: path)

    def text_at(self, text: str, key: str | None, path: Callable[[], Path]) -> str:
        """Give the text redacted; `path` is asked only when something was replaced."""
        done, used = self._look_up(text, key)
        if used:
            self._count(used, path)
        return done

    def structural(self, text: str, path: Path) -> str:
        """Give the text with known values replaced."""
        return self.structural_at(text, lambda: path)

    def structural_at(self, text: str, path: Callable[[], Path]) -> str:
        """Give the text with known values replaced; `path` is asked only when there were any."""
        known = self._structural.get(text)
        if known is None:
            hits = self._known(text)
            known = self._merged(text, hits) if hits else (text, ())
            if len(text) <= CACHED_TEXT_CHARS:
                self._make_room(len(text) + len(known[0]))
                self._structural[text] = known
        if known[1]:
            self._count(known[1], path)
        return known[0]

    def opaque(self, text: str, _path: Path) -> str:
        """Give the marker that stands for an unread field; only its size is told."""
        if _MARKER.fullmatch(text):
            return text
        self.opaque_count += 1
        return f"[OPAQUE:{len(text.encode('utf-8', 'replace'))} bytes]"

    def _look_up(self, text: str, key: str | None) -> tuple[str, tuple[tuple[Hit, str], ...]]:
        known = self._done.get((text, key))
        if known is None:
            known = self._redacted(text, hits_of(self._detector, text, key))
            if len(text) <= CACHED_TEXT_CHARS:
                self._remember((text, key), known)
        return known

    def _remember(self, key: tuple[str, str | None], done: tuple[str, tuple[tuple[Hit, str], ...]]) -> None:
        self._make_room(len(key[0]) + len(done[0]))
        self._done[key] = done

    def _make_room(self, chars: int) -> None:
        self._done_chars += chars + 128
        if self._done_chars > CACHE_CHARS:
            self._done.clear()
            self._structural.clear()
            self._done_chars = chars + 128

    def _redacted(self, text: str, hits: list[Hit]) -> tuple[str, tuple[tuple[Hit, str], ...]]:
        return self._merged(text, hits + self._known(text))

    def _merged(self, text: str, hits: list[Hit]) -> tuple[str, tuple[tuple[Hit, str], ...]]:
        merged = merge(text, hits)
        if not merged:
            return text, ()
        tokens: dict[tuple[str, str], str] = {}
        named: list[tuple[Hit, str]] = []
        for hit in merged:
            entity = self._found.entity(hit.entity, hit.value)
            token = self._tokeniser.token(entity, hit.value)
            tokens[hit.entity, text[hit.start : hit.end]] = token
            named.append((Hit(hit.start, hit.end, entity, hit.rule, "", hit.layer), token))
        return self._presidio.anonymize(text, merged, tokens), tuple(named)

    def _known(self, text: str) -> list[Hit]:
        if not self._literals or len(text) < 4:
            return []
        data = text.encode("utf-8", "replace")
        found = self._literals.find(data)
        if not found:
            return []
        covered = [match.span() for match in TOKEN_BYTES.finditer(data)]
        kept, reaches, run = [], [], (0, 0)
        for one in found:
            start, end, layer = one[0], one[1], one[4]
            number = bisect_right(covered, start, key=itemgetter(0)) - 1
            if number >= 0 and end <= covered[number][1]:
                continue
            if layer == "base64" and not run[0] <= start < end <= run[1]:
                run = _whole_run(data, start, end)
            kept.append(one)
            reaches.append(run if layer == "base64" else (start, end))
        spans = character_spans(data, reaches)
        return [
            Hit(*span, entity, "known-value", value, layer)
            for (_, _, entity, value, layer), span in zip(kept, spans, strict=True)
        ]

    def _count(self, used: tuple[tuple[Hit, str], ...], path: Callable[[], Path]) -> None:
        pointer = self._pointer(path()) if len(self.spans) < self._max_spans else ""
        for hit, token in used:
            self.by_entity[hit.entity] += 1
            self.by_rule[hit.rule] += 1
            if hit.layer:
                self.by_layer[hit.layer] += 1
            if len(self.spans) < self._max_spans:
                self.spans.append(Span(record=self.record, pointer=pointer, entity=hit.entity, token=token))
            else:
                self.spans_left_out += 1

    def _pointer(self, path: Path) -> str:
        """Give the JSON pointer with redacted keys: a key can hold a value."""
        parts = [self._look_up(str(part), None)[0] for part in path]
        return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _whole_run(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen to the whole run of base64 characters: its neighbours hold bits of the value."""
    while start > 0 and data[start - 1] in _RUN_BYTES:
        start -= 1
    while end < len(data) and data[end] in _RUN_BYTES:
        end += 1
    return start, end
