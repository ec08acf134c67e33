"""The published vectors of `population/v1` and of sampling: a second validator for the shape, a second drawer for draws."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import partial
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import InvalidInput, NotVerified
from attest.model.population import population_of
from attest.model.population_predicate import POPULATION_V1
from attest.model.population_rows import parse_rows, rows_bytes
from attest.model.predicates import require_shape
from attest.model.sampling import allocate
from tools import make_population_vectors
from tools.make_schemas import schema_of

VECTORS = sorted(
    path for path in make_population_vectors.FOLDER.glob("*.json") if path.stem not in {"intervals", "sampling"}
)
DRAWS = json.loads((make_population_vectors.FOLDER / "sampling.json").read_text())
SCHEMA = jsonschema.Draft202012Validator(schema_of("population-v1.schema.json"))


def test_vectors_are_those_of_the_code() -> None:
    assert make_population_vectors.differing() == []
    assert len(VECTORS) > 25


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_shape_schema_and_reader_agree(path: Path) -> None:
    vector = json.loads(path.read_text())
    assert SCHEMA.is_valid(vector["predicate"]) is not path.name.startswith("bad-")
    if vector["valid"]:
        require_shape(POPULATION_V1, vector["predicate"])
        written = population_of(vector["predicate"]).to_predicate()
        assert written == {name: value for name, value in vector["predicate"].items() if name != "extensions"}
        return
    for refuse in (population_of, partial(require_shape, POPULATION_V1)):
        with pytest.raises(InvalidInput) as refused:
            refuse(vector["predicate"])
        assert refused.value.code == "evidence.statement"


@pytest.mark.parametrize("draw", DRAWS["draws"], ids=lambda draw: draw["seed"][:4])
def test_draws_come_out_the_same_by_the_words_of_the_specification(draw: dict) -> None:
    data = DRAWS["rows"].encode()
    digest = hashlib.sha256(data)
    assert digest.hexdigest() == DRAWS["sha256"]
    key = hashlib.sha256(b"whereof sample v1\n" + bytes.fromhex(draw["seed"]) + digest.digest()).digest()
    rows = [json.loads(line) for line in data.splitlines()]
    ranks = {row["id"]: hmac.digest(key, row["id"].encode(), "sha256") for row in rows}
    assert sorted(ranks, key=lambda one: (ranks[one], one))[:10] == draw["random"]
    drawn = []
    for state, share in sorted(draw["stratified"]["strata"].items()):
        drawn += sorted((row["id"] for row in rows if row["state"] == state), key=ranks.__getitem__)[:share]
    assert drawn == draw["stratified"]["ids"]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1, max_size=8), st.data())
def test_shares_add_up_and_no_stratum_gives_more_than_it_has(sizes: dict[str, int], data: st.DataObject) -> None:
    total = data.draw(st.integers(len(sizes), sum(sizes.values())))
    shares = allocate(sizes, total)
    assert sum(shares.values()) == total
    assert all(1 <= shares[name] <= size for name, size in sizes.items())


def test_rows_are_read_back_and_nothing_else_is() -> None:
    data = DRAWS["rows"].encode()
    assert rows_bytes(parse_rows(data)) == data
    first, second, *_ = data.splitlines(keepends=True)
    for bad in (second + first, first + first, first[:-1], b"{}\n", b"[]\n", first.replace(b'"entries"', b'"author"')):
        with pytest.raises(NotVerified):
            parse_rows(bad)
