"""The published vectors of `commit-link/v1`, judged by the code and by its JSON Schema, which must agree."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from attest.errors import InvalidInput
from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, Overlap, SessionRef, weaker
from attest.model.link_predicate import COMMIT_LINK, COMMIT_LINK_V1, links_of, links_predicate
from attest.model.predicates import require_shape
from tools import make_link_vectors
from tools.make_schemas import schema_of

VECTORS = sorted(make_link_vectors.FOLDER.glob("*.json"))


def test_vectors_are_those_of_the_code() -> None:
    made = make_link_vectors.documents()
    assert {path: path.read_bytes() for path in VECTORS} == made


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_code_and_schema_judge_alike(path: Path) -> None:
    vector = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(schema_of("commit-link-v1.schema.json"))
    assert validator.is_valid(vector["predicate"]) is vector["valid"]
    if vector["valid"]:
        require_shape(COMMIT_LINK_V1, vector["predicate"])
    else:
        with pytest.raises(InvalidInput):
            require_shape(COMMIT_LINK_V1, vector["predicate"])


def test_links_survive_being_written_and_read() -> None:
    link = Link(
        session=SessionRef(id=None, agent="a", native_id="n", source="entire", source_id="0a1b2c3d4e5f"),
        commit="1" * 40,
        kind=LinkKind.REWRITTEN,
        confidence=Confidence.MEDIUM,
        method="patch-id@1",
        overlap=Overlap(matched=3, same_file=2, telling=4, files_matched=1, files=1),
        evidence=(LinkEvidence(what="rewritten-from", value="2" * 40),),
        derived_from=("2" * 40,),
    )
    predicate = links_predicate((link,), linked_at="2026-11-21T09:00:00Z", maker="carry")
    COMMIT_LINK.check(predicate, "")
    assert links_of(json.loads(json.dumps(predicate))) == (link,)


def test_text_that_is_no_plain_word_never_reaches_a_statement() -> None:
    link = Link(
        session=SessionRef(id=None, source="git-ai", source_id="Ada's own words", native_id="n"),
        commit="1" * 40,
        kind=LinkKind.NOTES,
        confidence=Confidence.UNVERIFIED,
        method="git-ai-note@1",
        evidence=(LinkEvidence(what="note", value="some words"),),
    )
    predicate = links_predicate((link,), linked_at="2026-11-21T09:00:00Z", maker="import")
    COMMIT_LINK.check(predicate, "")
    assert "words" not in json.dumps(predicate)


def test_chain_is_as_strong_as_its_weakest_link() -> None:
    assert weaker(Confidence.STRONG, Confidence.MEDIUM) is Confidence.MEDIUM
    assert weaker(Confidence.HINT, Confidence.STRONG) is Confidence.HINT


def test_predicate_of_a_stranger_gives_no_links_rather_than_failing() -> None:
    for value in ({}, {"links": 1}, {"links": [1, {}, {"commit": 1}]}, {"links": [{"commit": "a", "kind": "x"}]}):
        assert links_of(value) == ()
