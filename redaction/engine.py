"""Presidio put together for this project: registry, analyzer without a language model, anonymizer with our operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer import RecognizerResult as AnalyzerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine
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
        nlp = NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "no_op"}])
        self._analyzer = AnalyzerEngine(
            registry=registry, nlp_engine=nlp, supported_languages=[LANGUAGE], context_aware_enhancer=_NoContext()
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
        """Give the text with every hit replaced; `hits` do not overlap, `tokens` is keyed by (entity, text replaced)."""
        results = [RecognizerResult(hit.entity, hit.start, hit.end, 1.0) for hit in hits]
        operators = {"DEFAULT": OperatorConfig("whereof_token", {"tokens": tokens})}
        try:
            done = self._anonymizer.anonymize(text, results, operators, merge_entities_with_spaces=False)
        except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
            raise EngineFailed("presidio-anonymizer", type(err).__name__) from None
        return str(done.text)
