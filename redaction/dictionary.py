"""Ordinary English words, from the word lists that the small model carries (WordNet's index), with plain inflections."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from redaction.errors import EngineFailed
from redaction.name_words import TRADE
from redaction.ner_manifest import SMALL_MODEL
from redaction.ner_model import folder_digest, small_folder

MIN_WORDS: Final = 50_000
_ENDINGS: Final = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ied", "y"), ("ing", ""), ("ing", "e"), ("er", ""),
    ("er", "e"), ("ers", ""), ("ers", "e"), ("est", ""), ("ly", ""), ("'s", ""), ("’s", ""),
)  # fmt: skip
_CONTRACTED: Final = ("'ll", "'m", "'ve", "'d", "'re", "n't", "’ll", "’m", "’ve", "’d", "’re", "n’t")
_DOUBLING: Final = frozenset({"ed", "ing", "er", "est"})
_MIN_STEM: Final = 3


class Dictionary:
    """Says of a word in lower case whether it is an ordinary one."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._holds(word)

    def _holds(self, word: str) -> bool:
        if word in self._words or word.endswith(_CONTRACTED):
            return True
        for ending, put in _ENDINGS:
            stem = word[: len(word) - len(ending)]
            if not word.endswith(ending) or len(stem) < _MIN_STEM:
                continue
            if stem + put in self._words or (ending in _DOUBLING and stem[-1] == stem[-2] and stem[:-1] in self._words):
                return True
        return "-" in word and all(part in self for part in word.split("-") if part)


@lru_cache(maxsize=1)
def ordinary_words() -> Dictionary:
    """Load the words; the files are checked like the model's.

    Raises:
        ConfigRefused: a file of the package is not the one released; EngineFailed: it does not load.
    """
    from spacy.lang.en.stop_words import STOP_WORDS
    from spacy.lookups import Lookups

    folder = small_folder()
    folder_digest(folder, SMALL_MODEL)
    try:
        tables = Lookups().from_disk(folder / "lemmatizer" / "lookups")
        names = ("lemma_index", "lemma_exc")
        words = {str(word) for name in names for words in tables.get_table(name).values() for word in words}
    except Exception as err:  # noqa: BLE001 - whatever its readers raise
        raise EngineFailed("spacy", f"the word list does not load: {type(err).__name__}") from None
    if len(words) < MIN_WORDS:
        raise EngineFailed("spacy", "the word list is too short")
    return Dictionary(frozenset(words | STOP_WORDS | TRADE))
