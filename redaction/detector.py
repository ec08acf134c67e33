"""All that the first pass finds in one text: rules and identities over every reading of it, laid side by side."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from operator import itemgetter

from redaction.engine import PresidioPass
from redaction.matcher import Matcher
from redaction.probes import PROBE
from redaction.recognizers import IdentityRecognizer
from redaction.rules import ENTITY_RANK, Hit
from redaction.tokens import TOKEN
from redaction.views import View, derive, quick_unescape

_CONTROL = re.compile("[\x00\x08\x1b]")
CACHED_TEXT_CHARS = 4096
CACHE_CHARS = 8 * 1024 * 1024
MAX_VIEWS = 2048
"""Most readings of one text; each reading is at most as long as what it was made from."""


SHAPED = frozenset({"provider", "vendor", "jwt", "webhook"})
"""Groups whose patterns tell a token by its shape: only they are believed over the joint of two lines."""


class Detector:
    """Finds values in texts; remembers short texts it has seen, in bounded memory."""

    def __init__(self, matcher: Matcher, identity: IdentityRecognizer, presidio: PresidioPass) -> None:
        self._matcher = matcher
        self._identity = identity
        self._presidio = presidio
        self._groups = {rule.name: rule.group for rule in matcher.rules}
        self._probes = frozenset(n for n, rule in enumerate(matcher.rules) if rule.group == PROBE)
        self._seen: dict[str | bytes, tuple[Hit, ...]] = {}
        self._seen_chars = 0

    def detect(self, text: str) -> tuple[Hit, ...]:
        """Give the hits in a text, sorted; they may overlap. Replacement tokens are never hits."""
        key = text if len(text) <= CACHED_TEXT_CHARS else _long_key(text)
        known = self._seen.get(key)
        if known is None:
            known = tuple(sorted(set(self._look(text))))
            self._remember(key, known)
        return known

    def _remember(self, key: str | bytes, hits: tuple[Hit, ...]) -> None:
        size = len(key) + 64 + sum(len(hit.value) + 128 for hit in hits)
        self._seen_chars += size
        if self._seen_chars > CACHE_CHARS:
            self._seen.clear()
            self._seen_chars = size
        self._seen[key] = hits

    def _look(self, text: str) -> list[Hit]:
        if len(text) < 4:
            return []
        hits: list[Hit] = []
        waiting, looked = [View(text)], 0
        while waiting and looked < MAX_VIEWS:
            view = waiting.pop()
            looked += 1
            data = view.text.encode("utf-8", "replace")
            numbers = self._matcher.candidates(data)
            if not self._probes.issuperset(numbers) or self._identity.occurs(data):
                hits += self._in_view(view)
            if view.parent is None and self._same_unescaped(text, numbers):
                continue
            waiting += derive(view, frozenset(self._matcher.rules[n].name for n in self._probes.intersection(numbers)))
        shown = {(hit.start, hit.end) for hit in hits if hit.layer}
        hits = [hit for hit in hits if not _escape_taken_in(text, hit, shown)]
        return _outside_tokens(text, hits)

    def _same_unescaped(self, text: str, numbers: list[int]) -> bool:
        """Say whether no other reading of a text can hold more: nothing encoded, and its escapes hide no candidate."""
        if numbers or "%" in text or "\\u" in text or "\\x" in text or not text.isascii() or _CONTROL.search(text):
            return False
        if "\\" not in text:
            return True
        data = quick_unescape(text).encode()
        return not self._matcher.candidates(data) and not self._identity.occurs(data)

    def _in_view(self, view: View) -> list[Hit]:
        found = _outside_tokens(view.text, self._presidio.analyze(view.text))
        if view.parent is None:
            return found
        if "join" in view.layer:
            found = [h for h in found if self._groups.get(h.rule) in SHAPED and view.joins(h.start, h.end)]
        return [Hit(*view.locate(h.start, h.end), h.entity, h.rule, h.value, view.layer) for h in found]


def _long_key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def _escape_taken_in(text: str, hit: Hit, shown: set[tuple[int, int]]) -> bool:
    """Say whether a plain hit begins with the letter of a line-feed escape, and a decoded hit shows it."""
    if hit.layer or hit.start == 0 or text[hit.start - 1] != "\\":
        return False
    return (hit.start + 1, hit.end) in shown


def _outside_tokens(text: str, hits: list[Hit]) -> list[Hit]:
    if "[REDACTED:" not in text or not hits:
        return hits
    tokens = [match.span() for match in TOKEN.finditer(text)]
    return [hit for hit in hits if not _only_token(text, hit, tokens)]


def _only_token(text: str, hit: Hit, tokens: list[tuple[int, int]]) -> bool:
    """Say whether nothing of a hit but punctuation lies outside replacement tokens."""
    first = max(bisect_right(tokens, hit.start, key=itemgetter(0)) - 1, 0)
    last = bisect_left(tokens, hit.end, key=itemgetter(0))
    touching = [(max(s, hit.start), min(e, hit.end)) for s, e in tokens[first:last] if e > hit.start]
    if not touching:
        return False
    rest, at = "", hit.start
    for start, end in touching:
        rest += text[at:start]
        at = end
    rest += text[at : hit.end]
    return sum(c.isalnum() for c in rest) < 4


def merge(text: str, hits: list[Hit]) -> tuple[Hit, ...]:
    """Give hits that do not overlap: overlapping ones become one over all they cover, named by the most telling."""
    merged: list[Hit] = []
    group: list[Hit] = []
    reach = 0
    for hit in sorted(hits):
        if group and hit.start >= reach:
            merged.append(_one(text, group))
            group = []
        reach = max(reach, hit.end) if group else hit.end
        group.append(hit)
    if group:
        merged.append(_one(text, group))
    return tuple(merged)


def _one(text: str, group: list[Hit]) -> Hit:
    start, end = min(h.start for h in group), max(h.end for h in group)
    whole = [h for h in group if (h.start, h.end) == (start, end)]
    best = min(whole or group, key=_rank)
    if whole:
        return best
    return Hit(start, end, best.entity, best.rule, text[start:end])


def _rank(hit: Hit) -> tuple[int, bool, Hit]:
    return ENTITY_RANK.get(hit.entity, len(ENTITY_RANK)), bool(hit.layer), hit
