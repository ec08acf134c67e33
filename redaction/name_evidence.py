"""Whether words stand for a person: what the model marked, weighed with what the words around it say."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Final

from redaction import name_signs
from redaction.name_words import AMBIGUOUS_GIVEN_NAMES, GIVEN_NAMES, NOBODY, NOT_NAMES, TRADE
from redaction.ner_model import Marked
from redaction.prose import WORD, folded, name_shaped

MAX_NAME_WORDS: Final = 5
NAME_LABELS: Final = frozenset({"PERSON", "ORG", "GPE", "NORP", "LOC", "FAC", "PRODUCT", "WORK_OF_ART", "EVENT", "LAW"})
"""Under these a small model also files names of persons that it has never seen."""
_PARTICLES: Final = frozenset("van von de der den del da di la le bin al el ter".split())
_LEADERS: Final = frozenset(
    "the a an this that these those my our your his her its their hi hey hello dear thanks thank mr mrs ms miss dr prof "
    "professor sir madam in on at by for from with to and or but if when while i'm i".split()
)
_LIST_GAP: Final = re.compile(r",?\s(?:and|or|&)\s|,\s")

Span = tuple[int, int]


class Weigh:
    """Weighs the words of one session; `ordinary` are words that are no names there."""

    def __init__(
        self, ordinary: Container[str], *, dictionary: Container[str], written_small: Container[str], model_alone: bool
    ) -> None:
        self._ordinary, self._dictionary, self._written_small = ordinary, dictionary, written_small
        self._model_alone = model_alone

    def names(self, text: str, line_before: str, marked: tuple[Marked, ...]) -> Iterator[Span]:
        """Give the spans of a sentence that stand for persons; `line_before` is empty inside a line."""
        taken: list[Span] = []
        whole = runs(text, 0, len(text))
        for start, end, label in marked:
            if label in NAME_LABELS:
                spans = [self._widened(text, span, whole) for span in runs(text, start, end)]
                taken += [s for s in spans if self._believed(text, s, line_before, person=label == "PERSON")]
        left = [s for s in whole if not any(a < s[1] and s[0] < b for a, b in taken)]
        told = [s for s in left if self._told(text, s, line_before)]
        taken += told
        persons = [(start, end) for start, end, label in marked if label == "PERSON"]
        left = [s for s in left if s not in told]
        taken += self._listed(text, [s for s in left if s in persons])
        if taken:
            taken += self._beside(text, taken, left, persons)
        taken += [s for s in self._small(text) if not any(a < s[1] and s[0] < b for a, b in taken)]
        yield from (s for s in taken if text[s[0] : s[1]].lower() not in NOBODY)

    def _widened(self, text: str, span: Span, whole: list[Span]) -> Span:
        """Give the run of names around what the model marked, where all of it is unusual: it often marks a part."""
        for start, end in whole:
            beside = [*_words(text, (start, span[0])), *_words(text, (span[1], end))]
            if start <= span[0] and span[1] <= end and beside and all(self._unusual(w) or len(w) == 1 for w in beside):
                return start, end
        return span

    def _believed(self, text: str, span: Span, line_before: str, *, person: bool) -> bool:
        """Judge what the model marked."""
        words = _words(text, span)
        unusual = [w for w in words if self._unusual(w)]
        if self._signs(text, span, line_before, words):
            return True
        if person and len(words) > 1 and unusual:
            return True
        if person:
            single = bool(unusual) and not self._doubtful(words[0])
            return single or (self._model_alone and not self._seen_small(text, span))
        if len(unusual) < len(words):
            return False
        alone = span == (0, len(text))
        return len(words) > 1 and (_initial_inside(words) or alone or name_signs.weakly_before(text[: span[0]]))

    def _told(self, text: str, span: Span, line_before: str) -> bool:
        """Judge what the model passed over: only the words around it, or a given name with another name, tell."""
        words = _words(text, span)
        if self._signs(text, span, line_before, words):
            return True
        if not any(self._unusual(w) for w in words):
            return False
        if len(words) == 1:
            return _given(words[0]) and not self._doubtful(words[0])
        rest = [w for w in words[1:] if len(w) > 1 and self._unusual(w)]
        possessive = text[span[1] :].startswith(("'s ", "’s ")) and len(rest) == len(words) - 1
        return _initial_inside(words) or (_given(words[0]) and bool(rest)) or (possessive and self._unusual(words[0]))

    def _signs(self, text: str, span: Span, line_before: str, words: list[str]) -> bool:
        head, tail = text[: span[0]], text[span[1] :]
        if name_signs.certain_before(head):
            return True
        if not self._unusual(words[0]):
            return False
        if name_signs.before(head) or name_signs.after(head, tail) or name_signs.signature(head, tail, line_before):
            return True
        return name_signs.speaker(head, tail) and _given(words[0])

    def _listed(self, text: str, persons: list[Span]) -> list[Span]:
        """Give ordinary words that the model takes for persons where two of them stand in one list: `Reed and Graves`."""
        kept = [s for s in persons if not self._seen_small(text, s)]
        return [
            s for s in kept if any(_LIST_GAP.fullmatch(text[min(s[1], o[1]) : max(s[0], o[0])]) for o in kept if o != s)
        ]

    def _beside(self, text: str, taken: list[Span], left: list[Span], persons: list[Span]) -> list[Span]:
        """Give what stands in one list with a name: `A, B and C`."""
        known, more = list(taken), []
        for span in [*left, *reversed(left)]:
            gaps = [text[min(a[1], span[1]) : max(a[0], span[0])] for a in known]
            if span in known or not any(_LIST_GAP.fullmatch(gap) for gap in gaps):
                continue
            unusual = all(self._unusual(w) for w in _words(text, span))
            if unusual or ((self._model_alone or span in persons) and not self._seen_small(text, span)):
                known.append(span)
                more.append(span)
        return more

    def _seen_small(self, text: str, span: Span) -> bool:
        return any(w.lower() in self._written_small or w.lower() in TRADE for w in _words(text, span))

    def _small(self, text: str) -> Iterator[Span]:
        """Give names written in small letters: where a name is told, and a given name before an unusual word."""
        for match in name_signs.TOLD_SMALL.finditer(text):
            words = match[1].split()
            if words[0].islower() and words[0] not in self._dictionary and words[0] not in NOT_NAMES:
                kept = [w for w in words if len(w) <= 2 or w not in self._dictionary]
                yield match.start(1), match.start(1) + len(match[1][: match[1].rfind(kept[-1]) + len(kept[-1])])
        for match in name_signs.SMALL_PAIR.finditer(text):
            first, second = match[1], match[2]
            given = folded(first) in GIVEN_NAMES and first.islower() and not self._doubtful(first)
            if given and second.islower() and second not in self._dictionary and second not in NOT_NAMES:
                yield match.start(1), match.end(2)

    def _unusual(self, word: str) -> bool:
        return _given(word) or bare(word).lower() not in self._ordinary

    def _doubtful(self, word: str) -> bool:
        return folded(bare(word)) in AMBIGUOUS_GIVEN_NAMES


def runs(text: str, start: int, end: int) -> list[Span]:
    """Give the runs of name-shaped words (with initials and particles between them) inside a span."""
    found: list[Span] = []
    run: list[re.Match[str]] = []
    for match in WORD.finditer(text, start, end):
        word = bare(match.group())
        shaped = name_shaped(word) and (word.lower() not in NOT_NAMES or (bool(run) and _given(run[0].group())))
        between = bool(run) and ((len(word) == 1 and word.isupper()) or word in _PARTICLES)
        joined = bool(run) and text[run[-1].end() : match.start()] in (" ", ". ", "  ")
        if run and not (joined and (shaped or between)):
            found += _cut(run)
            run = []
        if shaped or between:
            run = [*run, match]
            if bare(match.group()) != match.group():
                found += _cut(run)
                run = []
    return found + _cut(run)


def _cut(run: list[re.Match[str]]) -> list[Span]:
    while run and run[0].group().lower() in _LEADERS:
        run = run[1:]
    while run and not name_shaped(bare(run[-1].group())):
        run = run[:-1]
    if not run or len(run) > MAX_NAME_WORDS:
        return []
    return [(run[0].start(), run[-1].start() + len(bare(run[-1].group())))]


def bare(word: str) -> str:
    """Give a word without the ending of the possessive."""
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _words(text: str, span: Span) -> list[str]:
    return [match.group() for match in WORD.finditer(text, *span)]


def _given(word: str) -> bool:
    return name_shaped(bare(word)) and folded(bare(word)) in GIVEN_NAMES


def _initial_inside(words: list[str]) -> bool:
    return len(words) >= 3 and any(len(w) == 1 for w in words[1:-1])
