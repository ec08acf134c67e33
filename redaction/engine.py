"""Presidio put together for this project: registry, analyzer without a language model, anonymizer with our operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer import RecognizerResult as AnalyzerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult
from presidio_anonymizer.operators import Operator, OperatorType

from redaction.errors import EngineFailed, RedactionError
from redaction.recognizers import RULE, HyperscanRecognizer, IdentityRecognizer
from redaction.rules import Hit

if TYPE_CHECKING:
    from redaction.matcher import Matcher

LANGUAGE = "en"
"""Presidio wants a language; the patterns are neutral to it."""
_HITS_AT_ONCE = 64
"""Presidio copies its whole text for each replacement: a text with more is given to it in pieces, in linear time."""


class _NoLanguage(NlpEngine):
    """No language model: our recognisers ask for none. Presidio's own such engine makes an empty document each time."""

    def __init__(self) -> None:
        self._nothing = NlpArtifacts([], [], [], [], self, LANGUAGE, [])  # type: ignore[arg-type]

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Say that there is nothing to load."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:  # noqa: ARG002 - the signature is presidio's
        """Give nothing about a text."""
        return self._nothing

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,  # noqa: ARG002 - the signature is presidio's
        batch_size: int = 1,  # noqa: ARG002 - the signature is presidio's
        n_process: int = 1,  # noqa: ARG002 - the signature is presidio's
        **kwargs: object,  # noqa: ARG002 - the signature is presidio's
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Give nothing about each text."""
        return ((text, self._nothing) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002 - the signature is presidio's
        """Know no word."""
        return False

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002 - the signature is presidio's
        """Know no word."""
        return False

    def get_supported_entities(self) -> list[str]:
        """Find nothing by itself."""
        return []

    def get_supported_languages(self) -> list[str]:
        """Stand for the one language that Presidio is told."""
        return [LANGUAGE]


class _NoContext(ContextAwareEnhancer):
    """Leaves scores alone: rules judge their own context."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(  # noqa: PLR0917 - the signature is presidio's
        self,
        text: str,  # noqa: ARG002
        raw_results: list[AnalyzerResult],
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002
        recognizers: list[EntityRecognizer],  # noqa: ARG002
        context: list[str] | None = None,  # noqa: ARG002
    ) -> list[AnalyzerResult]:
        """Give the results as they came."""
        return raw_results


class TokenOperator(Operator):
    """Presidio operator that puts the keyed token in place of a value."""

    def operate(self, text: str, params: dict[str, object] | None = None) -> str:
        """Give the token that was made for this very text and entity."""
        if params is None:
            raise ValueError("tokens")
        tokens = cast("dict[tuple[str, str], str]", params["tokens"])
        return tokens[str(params["entity_type"]), text]

    def validate(self, params: dict[str, object] | None = None) -> None:
        """Refuse to work without the table of tokens."""
        if params is None or "tokens" not in params:
            raise ValueError("tokens")

    def operator_name(self) -> str:
        """Give the name under which the anonymizer knows it."""
        return "whereof_token"

    def operator_type(self) -> OperatorType:
        """Say that it anonymizes."""
        return OperatorType.Anonymize


class PresidioPass:
    """Analyze and anonymize one text; any failure inside Presidio is an EngineFailed without words of the text."""

    def __init__(
        self, matcher: Matcher, identity: IdentityRecognizer, extra: tuple[EntityRecognizer, ...] = ()
    ) -> None:
        registry = RecognizerRegistry(recognizers=[HyperscanRecognizer(matcher), identity, *extra])
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=_NoLanguage(),
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoContext(),
        )
        self._anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call]
        self._anonymizer.add_anonymizer(TokenOperator)

    def analyze(self, text: str) -> list[Hit]:
        """Give the hits of every registered recogniser."""
        try:
            results = self._analyzer.analyze(text, LANGUAGE)
        except RedactionError:
            raise
        except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
            raise EngineFailed("presidio-analyzer", type(err).__name__) from None
        return [
            Hit(r.start, r.end, r.entity_type, r.recognition_metadata[RULE], text[r.start : r.end]) for r in results
        ]

    def anonymize(self, text: str, hits: tuple[Hit, ...], tokens: dict[tuple[str, str], str]) -> str:
        """Give the text with every hit replaced; `hits` are in order and do not overlap, `tokens` by (entity, text replaced)."""
        operators = {"DEFAULT": OperatorConfig("whereof_token", {"tokens": tokens})}
        done: list[str] = []
        at = 0
        for first in range(0, len(hits), _HITS_AT_ONCE):
            some = hits[first : first + _HITS_AT_ONCE]
            done.append(self._anonymized(text[at : some[-1].end], some, at, operators))
            at = some[-1].end
        return "".join((*done, text[at:]))

    def _anonymized(self, text: str, hits: tuple[Hit, ...], begin: int, operators: dict[str, OperatorConfig]) -> str:
        results = [RecognizerResult(hit.entity, hit.start - begin, hit.end - begin, 1.0) for hit in hits]
        try:
            done = self._anonymizer.anonymize(text, results, operators, merge_entities_with_spaces=False)
        except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
            raise EngineFailed("presidio-anonymizer", type(err).__name__) from None
        return str(done.text)
