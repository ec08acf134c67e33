"""Names of persons in prose: sentences of a session gathered once each, marked by the model, weighed by their words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redaction.dictionary import Dictionary
from redaction.name_evidence import Weigh
from redaction.name_words import AMBIGUOUS_GIVEN_NAMES, GIVEN_NAMES
from redaction.ner_model import Marked, NerModel
from redaction.prose import WORD, Sentence, candidate, plain, prose_lines, sentences

HELD_CHARS: Final = 16 * 1024 * 1024
"""Distinct sentences held until their session's words are known; beyond this they are looked at with those seen so far."""
HELD_WORDS: Final = 500_000

Found = tuple[str, str]
"""(entity, value)."""


class Ordinary:
    """The ordinary words of one session: the dictionary's, and those its prose writes small."""

    def __init__(self, dictionary: Dictionary, session: frozenset[str]) -> None:
        self._dictionary, self._session = dictionary, session

    def __contains__(self, word: object) -> bool:
        return word in self._session or word in self._dictionary


class ProseNames:
    """Gathers the prose of one session, and gives the names in it. Not to be shared between sessions or threads."""

    def __init__(
        self,
        model: NerModel,
        dictionary: Dictionary,
        *,
        labels: tuple[tuple[str, str], ...] = (),
        model_alone: bool = False,
    ) -> None:
        self._model, self._dictionary = model, dictionary
        self._labels = dict(labels)
        self._model_alone = model_alone
        self._lines: set[str] = set()
        self._held: dict[Sentence, None] = {}
        self._chars = 0
        self._words: set[str] = set()
        self.bytes = 0

    def text(self, text: str) -> Iterator[Found]:
        """Take in one prose text. Gives names only when so much is held that it was looked at."""
        last = ""
        for line in prose_lines(text):
            if line not in self._lines:
                self._line(line, last)
            last = line
        if self._chars > HELD_CHARS:
            yield from self.finish()

    def finish(self) -> Iterator[Found]:
        """Look at all that is held.

        Raises:
            EngineFailed: the model failed; nothing is known about the session.
        """
        ordinary = Ordinary(self._dictionary, frozenset(self._words - (GIVEN_NAMES - AMBIGUOUS_GIVEN_NAMES)))
        weigh = Weigh(ordinary, dictionary=self._dictionary, written_small=self._words, model_alone=self._model_alone)
        asked: list[Sentence] = []
        for sentence in self._held:
            if self._labels or candidate(sentence.text, ordinary, eager=self._model_alone):
                asked.append(sentence)
            else:
                yield from self._found(weigh, sentence, ())
        for sentence, marked in zip(asked, self._model.mark(s.text for s in asked), strict=True):
            self.bytes += len(sentence.text)
            yield from self._found(weigh, sentence, marked)
        self._held.clear()
        self._lines.clear()
        self._chars = 0

    def _found(self, weigh: Weigh, sentence: Sentence, marked: tuple[Marked, ...]) -> Iterator[Found]:
        text = sentence.text
        for start, end in weigh.names(text, sentence.before, marked):
            yield "PERSON", text[start:end]
        for start, end, label in marked:
            entity = self._labels.get(label)
            if entity is not None and "§" not in text[start:end]:
                yield entity, text[start:end]

    def _line(self, line: str, last: str) -> None:
        self._lines.add(line)
        self._chars += len(line)
        for number, piece in enumerate(sentences(plain(line))):
            self._held.setdefault(Sentence(piece, plain(last) if number == 0 else ""))
            if len(self._words) < HELD_WORDS:
                self._words.update(w for w in WORD.findall(piece) if w.islower())
