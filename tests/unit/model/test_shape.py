from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from attest.clock import SystemClock
from attest.errors import AttestError, InvalidInput
from attest.ledger.index import LiveSegment, Row, Segment, index_predicate, parse_index_predicate
from attest.model.index_shape import INDEX
from attest.model.log_predicate import GENESIS, genesis
from attest.model.session_predicate import SESSION
from attest.model.shape import Closed, Counts, ListOf, OneOf, Shape, Text, Whole
from attest.signing.embedded.instance import open_instance
from tests.support.evidence import PREDICATE
from tests.support.signing import MemoryKeyRing
from tools import make_schemas

VECTORS = sorted((make_schemas.SPEC / "vectors/session-v1").glob("*.json"))
SCHEMAS = {name: json.loads((make_schemas.SPEC / name).read_text()) for name in make_schemas.SCHEMAS}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def holds(shape: Shape, value: object) -> bool:
    try:
        shape.check(value, "")
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_shape_and_schema_agree_on_every_vector(path) -> None:
    vector = json.loads(path.read_text())
    assert vector["valid"] is path.name.startswith("good-")
    assert holds(SESSION, vector["predicate"]) is vector["valid"]
    assert VALIDATORS["session-v1.schema.json"].is_valid(vector["predicate"]) is vector["valid"]


def test_published_schemas_and_vectors_are_those_of_the_code() -> None:
    read = lambda path: path.read_bytes() if path.is_file() else None  # noqa: E731
    assert make_schemas.differing(make_schemas.documents(), read) == []
    assert len(VECTORS) == len(make_schemas.GOOD) + len(make_schemas.BAD)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas_with_an_id_of_ours(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    kind, _, version = name.removesuffix(".schema.json").rpartition("-")
    assert SCHEMAS[name]["$id"] == f"https://whereof.dev/attestation/{kind}/{version}"


def test_every_pattern_reads_the_same_in_other_dialects() -> None:
    """No class that means more in one language (digits, words, spaces), and no end that forgives a line feed."""
    patterns = re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(SCHEMAS))
    assert patterns
    for pattern in map(json.loads, patterns):
        assert pattern.startswith("^(?:")
        assert pattern.endswith(r")(?![\s\S])")
        assert not re.search(r"\\[dwDW]|\$", pattern)


def test_genesis_and_index_that_are_really_written_are_of_their_shapes() -> None:
    embedded = open_instance(MemoryKeyRing(), SystemClock(), _Zeros())
    first = genesis(
        embedded.log.origin, sigstore_key=embedded.log.sigstore_key, vkey=embedded.log.verifier_key,
        created_at="2026-11-21T00:00:00Z",
    )  # fmt: skip
    assert VALIDATORS["log-v1.schema.json"].is_valid(first.predicate)
    segment = Segment.from_rows(0, 2, [Row(key=bytes(32), index=1, payload_hash=bytes(32))])
    made = index_predicate((LiveSegment.of(segment),))
    assert holds(INDEX, made)
    assert VALIDATORS["index-v1.schema.json"].is_valid(made)
    assert parse_index_predicate(made).end == 2
    assert holds(SESSION, PREDICATE)


class _Zeros:
    def bytes(self, count: int) -> bytes:
        return bytes(count)


@pytest.mark.parametrize(
    ("shape", "value", "pointer"),
    [
        (SESSION, PREDICATE | {"novel": 1}, "/novel"),
        (SESSION, {k: v for k, v in PREDICATE.items() if k != "nonce"}, "/nonce"),
        (SESSION, PREDICATE | {"commits": [{}]}, "/commits/0/changed"),
        (SESSION, PREDICATE | {"extensions": 1}, "/extensions"),
        (SESSION, 7, "/"),
        (ListOf(Whole(), 2), [0, -1], "/1"),
        (Counts(), {"a": 1, "b": "x"}, "/b"),
        (Closed({"a": Closed({"b": OneOf(("x",))})}), {"a": {"b": "y"}}, "/a/b"),
        (GENESIS, {"event": "genesis"}, "/createdAt"),
    ],
    ids=range(9),
)
def test_error_names_the_member(shape: Shape, value: object, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        shape.check(value, "")
    assert (caught.value.where, caught.value.code) == (pointer, "evidence.statement")


def test_error_never_repeats_the_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        SESSION.check(PREDICATE | {"nonce": "hunter2"}, "")
    assert "hunter2" not in str(caught.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(), max_size=4)
    | st.sampled_from(["a", "ab\n", "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "extensions"]), inner),
    max_leaves=6,
)
SHAPES = st.recursive(
    st.sampled_from([Whole(), Whole(3), Text(), Text("[a-b]+", 2), OneOf(("a",)), Counts(most=1)]),
    lambda inner: (
        st.builds(ListOf, inner, st.integers(0, 2))
        | st.builds(
            Closed,
            st.dictionaries(st.sampled_from(["a", "b"]), inner),
            st.sets(st.sampled_from(["a", "b"])).map(frozenset),
            st.booleans(),
        )
    ),
    max_leaves=4,
)


@given(SHAPES, JSON)
def test_shape_and_the_schema_it_prints_are_one(shape: Shape, value: object) -> None:
    assert holds(shape, value) is Draft202012Validator(shape.schema()).is_valid(value)


@given(JSON | st.dictionaries(st.sampled_from(sorted(PREDICATE)), JSON).map(lambda changed: PREDICATE | changed))
def test_no_value_raises_anything_but_our_own_errors(value: object) -> None:
    for shape in (SESSION, INDEX, GENESIS):
        try:
            shape.check(value, "")
        except AttestError:
            continue
