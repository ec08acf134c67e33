from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from attest.errors import InvalidInput
from attest.model.answer import TITLES, Answer, Mark, Row, Section
from attest.model.answer_json import parse_answer, to_json
from attest.model.answer_parts import Tally, proof_rows, sentence
from tests.conftest import REPO_ROOT
from tests.support import answers

ALL = {"full": answers.full, "failed": answers.failed, "absent": answers.absent, "hostile": answers.hostile}


@pytest.mark.parametrize("name", ALL)
def test_json_form_is_lossless_and_fits_its_schema(name: str) -> None:
    answer = ALL[name]()
    schema = json.loads((REPO_ROOT / "docs/spec/answer.schema.json").read_text())
    written = json.loads(json.dumps(to_json(answer)))
    jsonschema.validate(written, schema)
    assert parse_answer(written) == answer


def test_an_answer_always_has_its_eleven_sections_in_order() -> None:
    full = answers.full()
    with pytest.raises(ValueError, match="sections 1 to 11"):
        replace(full, sections=full.sections[:-1])
    with pytest.raises(ValueError, match="sections 1 to 11"):
        replace(full, sections=full.sections[::-1])
    assert [part.title for part in answers.absent().sections] == list(TITLES)


@pytest.mark.parametrize("rows", [(), (Row(term="", mark=Mark.NOT_KNOWN, text="Something"),)])
def test_section_eleven_is_never_empty_and_says_what_would_settle_it(rows: tuple[Row, ...]) -> None:
    full = answers.full()
    with pytest.raises(ValueError, match="section 11"):
        replace(full, sections=(*full.sections[:-1], Section(number=11, rows=rows)))


def test_a_mark_takes_only_its_own_words() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        Row(term="x", mark=Mark.PASS, word="absent")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "answer/v2"},
        {"sections": []},
        {"as_of": {"log": "a", "tree_size": -1, "root": "b"}},
        {"sentence": 7},
        {"commit": None},
    ],
)
def test_a_json_form_that_is_not_one_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        parse_answer({**to_json(answers.full()), **change})


def test_the_five_proof_lines_are_always_there_and_unchecked_ones_say_so() -> None:
    rows = proof_rows({}, "no clone at hand")
    assert [row.term for row in rows] == ["payload", "signature, identity", "inclusion", "consistency", "witnesses"]
    assert {row.shown_word for row in rows} == {"not checked"}


def test_the_sentence_counts_what_is_on_record() -> None:
    policy = "policy “critical” not met at landing"
    tally = Tally(sessions=1, declarations=0, reviews=1, independent_reviews=1)
    assert sentence(tally, policy) == answers.full().sentence
    none = Tally(sessions=0, declarations=0, reviews=0, independent_reviews=0)
    assert sentence(none, policy).startswith("Not recorded: no session")
    one = Tally(sessions=0, declarations=1, reviews=0, independent_reviews=0)
    assert sentence(one, "") == "No session recorded, 1 declaration signed, no review signed."


def test_a_count_that_is_not_known_is_null_in_json() -> None:
    answer: Answer = answers.full()
    changed = to_json(answer)["sections"][3]["changed"]  # type: ignore[index]
    assert changed[-1]["added"] is None
    assert changed[0]["removed"] == 0
