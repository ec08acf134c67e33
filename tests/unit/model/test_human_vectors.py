"""The published vectors of `review/v1` and `exception/v1`: a second validator for the shape, our reader for the rest."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import jsonschema
import pytest

from attest.errors import InvalidInput
from attest.model.exception_predicate import EXCEPTION_V1, exception_of
from attest.model.predicates import PREDICATES, require_shape
from attest.model.review import review_of
from attest.model.review_predicate import REVIEW_V1
from tools import make_human_vectors
from tools.make_schemas import schema_of

VECTORS = sorted(
    path for folder in make_human_vectors.SETS for path in (make_human_vectors.SPEC / folder).glob("*.json")
)
TYPES = {"review-v1": REVIEW_V1, "exception-v1": EXCEPTION_V1}
READERS = {"review-v1": review_of, "exception-v1": exception_of}


def test_vectors_are_those_of_the_code() -> None:
    assert make_human_vectors.differing() == []
    assert len(VECTORS) > 40


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shape_schema_and_reader_agree(path: Path) -> None:
    vector, kind = json.loads(path.read_text()), path.parent.name
    of_shape = not path.name.startswith("bad-")
    validator = jsonschema.Draft202012Validator(schema_of(f"{kind}.schema.json"))
    assert validator.is_valid(vector["predicate"]) is of_shape
    shape = PREDICATES[TYPES[kind]].shape
    if of_shape:
        shape.check(vector["predicate"], "")
    if vector["valid"]:
        require_shape(TYPES[kind], vector["predicate"])
        return
    for refuse in (READERS[kind], partial(require_shape, TYPES[kind])):
        with pytest.raises(InvalidInput) as refused:
            refuse(vector["predicate"])
        assert refused.value.code == "evidence.statement"


def test_review_is_read_as_it_was_written() -> None:
    predicate = make_human_vectors.REVIEW
    assert review_of(predicate).to_predicate() == predicate
