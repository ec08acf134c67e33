"""The first pass as Presidio recognisers. A recogniser never swallows a failure: Presidio would go on without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick
from presidio_analyzer import EntityRecognizer, RecognizerResult

from redaction.rules import ENTITY_RANK

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

    from redaction.matcher import Matcher

RULE = "whereof_rule"
"""Key of the rule's name in a result's metadata."""


class HyperscanRecognizer(EntityRecognizer):
    """Every pattern rule of the first pass, behind one Presidio recogniser."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        entities = [*ENTITY_RANK, *sorted({rule.entity for rule in matcher.rules} - {*ENTITY_RANK, ""})]
        super().__init__(supported_entities=entities, name="HyperscanRecognizer", version=matcher.digest[:16])

    def load(self) -> None:
        """Nothing to load: the rules were compiled by the matcher."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002 - the signature is presidio's
    ) -> list[RecognizerResult]:
        """Give every accepted match; raises EngineFailed rather than giving fewer."""
        data = text.encode("utf-8", "replace")
        results = []
        for number in self._matcher.candidates(data):
            rule = self._matcher.rules[number]
            if rule.entity in entities:
                results += [
                    _result(rule.entity, rule.name, span)
                    for span in character_spans(data, [(s, e) for s, e, _ in self._matcher.spans(number, data)])
                ]
        return results


class IdentityRecognizer(EntityRecognizer):
    """Names, users, addresses and hosts known beforehand, as whole words, whatever their ASCII case."""

    def __init__(self, entries: tuple[tuple[str, str], ...]) -> None:
        self._entries = entries
        self._search = BytesAhoCorasick([value.encode().lower() for _, value in entries]) if entries else None
        super().__init__(supported_entities=sorted({entity for entity, _ in entries}) or ["PERSON"], version="1")

    def load(self) -> None:
        """Nothing to load: the names came with the constructor."""

    def occurs(self, data: bytes) -> bool:
        """Say whether any known identity stands in the text, as a whole word or not."""
        return self._search is not None and bool(self._search.find_matches_as_indexes(data.lower()))

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Give where known identities stand, as a whole word or not."""
        if self._search is not None:
            for _, start, end in self._search.find_matches_as_indexes(data.lower(), overlapping=True):
                yield start, end

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002 - the signature is presidio's
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002 - the signature is presidio's
    ) -> list[RecognizerResult]:
        """Give every place where a known identity stands as a whole word."""
        if self._search is None:
            return []
        data = text.encode("utf-8", "replace")
        found = [
            (number, (start, end))
            for number, start, end in self._search.find_matches_as_indexes(data.lower(), overlapping=True)
            if whole_word(data, start, end)
        ]
        spans = character_spans(data, [span for _, span in found])
        return [
            _result(self._entries[number][0], "identity", span) for (number, _), span in zip(found, spans, strict=True)
        ]


def whole_word(data: bytes, start: int, end: int) -> bool:
    """Say whether no letter or digit of ASCII touches the span."""
    before, after = data[start - 1 : start] if start else b"", data[end : end + 1]
    return not before.isalnum() and not after.isalnum()


def character_spans(data: bytes, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turn byte offsets into character offsets; an offset inside a character widens the span to hold it."""
    if not spans or data.isascii():
        return spans
    widened = [_whole_characters(data, *span) for span in spans]
    # Counted once from the front to the back: each from the beginning would take time by the square.
    characters: dict[int, int] = {}
    at = count = 0
    for offset in sorted({offset for span in widened for offset in span}):
        count += len(data[at:offset].decode("utf-8", "replace"))
        at = offset
        characters[offset] = count
    return [(characters[start], characters[end]) for start, end in widened]


def _whole_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    while start > 0 and data[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return start, end


def _result(entity: str, rule: str, span: tuple[int, int]) -> RecognizerResult:
    """Make a result. Presidio adds the recogniser's own id and silently drops a result that bears another one."""
    return RecognizerResult(entity, span[0], span[1], 1.0, recognition_metadata={RULE: rule})
