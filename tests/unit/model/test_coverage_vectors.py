"""The published vectors of `coverage/v1`: a second validator for the shape, our reader for the rest."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import jsonschema
import pytest

from attest.errors import InvalidInput
from attest.model.coverage import coverage_of, joined
from attest.model.coverage_parts import predicates_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.predicates import PREDICATES, require_shape
from tools import make_coverage_vectors
from tools.make_schemas import schema_of

VECTORS = sorted(make_coverage_vectors.FOLDER.glob("*.json"))
SCHEMA = jsonschema.Draft202012Validator(schema_of("coverage-v1.schema.json"))


def test_vectors_are_those_of_the_code() -> None:
    assert make_coverage_vectors.differing() == []
    assert len(VECTORS) > 40


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_shape_schema_and_reader_agree(path: Path) -> None:
    vector = json.loads(path.read_text())
    of_shape = not path.name.startswith("bad-")
    assert SCHEMA.is_valid(vector["predicate"]) is of_shape
    if of_shape:
        PREDICATES[COVERAGE_V1].shape.check(vector["predicate"], "")
    if vector["valid"]:
        require_shape(COVERAGE_V1, vector["predicate"])
        return
    for refuse in (coverage_of, partial(require_shape, COVERAGE_V1)):
        with pytest.raises(InvalidInput) as refused:
            refuse(vector["predicate"])
        assert refused.value.code == "evidence.statement"


@pytest.mark.parametrize(
    "path", [path for path in VECTORS if path.name.startswith("good-")], ids=lambda path: path.stem
)
def test_coverage_is_written_as_it_was_read(path: Path) -> None:
    predicate = json.loads(path.read_text())["predicate"]
    part = coverage_of(predicate)
    if part.of == 1:
        (again,) = predicates_of(joined([part]))
        assert again == {name: value for name, value in predicate.items() if name != "extensions"}
