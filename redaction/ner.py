"""Names of persons in prose, as a Presidio recogniser and as a pass over a whole session.

The pass is what redaction uses: a model is slow, so each distinct sentence of a session's prose is looked at once, and
only one that may hold a name. What it finds is a found value like any other: replaced wherever it stands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from presidio_analyzer import EntityRecognizer, RecognizerResult

from redaction.dictionary import ordinary_words
from redaction.ner_model import NerModel, NerSetting, load_model
from redaction.prose_names import ProseNames
from redaction.recognizers import RULE

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

RULE_NAME = "prose-name"


@lru_cache(maxsize=2)
def _loaded(setting: NerSetting) -> NerModel:
    return load_model(setting)


class ProseNerRecognizer(EntityRecognizer):
    """Finds names in prose. Not to be shared between threads: the model is one per process.

    Raises (at construction):
        ConfigRefused: a file of the model is not the one expected; EngineFailed: the model does not load.
    """

    def __init__(
        self, setting: NerSetting, *, labels: tuple[tuple[str, str], ...] = (), model_alone: bool = False
    ) -> None:
        self.model = _loaded(setting)
        self._dictionary = ordinary_words()
        self._labels, self._model_alone = labels, model_alone
        entities = sorted({"PERSON", *(entity for _, entity in labels)})
        super().__init__(supported_entities=entities, name="ProseNerRecognizer", version=self.model.sha256[:16])

    def load(self) -> None:
        """Nothing to load: the model came with the constructor."""

    def session(self) -> ProseNames:
        """Give a fresh gatherer for one session."""
        return ProseNames(self.model, self._dictionary, labels=self._labels, model_alone=self._model_alone)

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002 - the signature is presidio's
    ) -> list[RecognizerResult]:
        """Give every place of every name found in one text taken as prose; a failure raises EngineFailed."""
        names = self.session()
        found = {pair for pair in (*names.text(text), *names.finish()) if pair[0] in entities}
        return [
            RecognizerResult(entity, at, at + len(value), 1.0, recognition_metadata={RULE: RULE_NAME})
            for entity, value in sorted(found)
            for at in _places(text, value)
        ]


def _places(text: str, value: str) -> list[int]:
    places, at = [], text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(value) : at + len(value) + 1]
        if not before.isalnum() and not after.isalnum():
            places.append(at)
        at = text.find(value, at + len(value))
    return places
