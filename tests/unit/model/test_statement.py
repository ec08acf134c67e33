from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, InvalidInput, NotVerified
from attest.model.statement import (
    MAX_DEPTH,
    MAX_STATEMENT_BYTES,
    MAX_SUBJECTS,
    STATEMENT_TYPE,
    Subject,
    build_statement,
    commit_subject,
    parse_statement,
    strict_json,
)

DIGEST = "0" * 64


def document(**changed: object) -> dict[str, object]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "n", "digest": {"sha256": DIGEST}}],
        "predicateType": "https://example.test/p/v1",
        "predicate": {},
    } | changed


def raw(**changed: object) -> bytes:
    return json.dumps(document(**changed)).encode()


def test_signed_bytes_are_kept_as_they_came() -> None:
    spaced = json.dumps(document(), indent=3).encode()
    statement = parse_statement(spaced)
    assert statement.raw == spaced
    assert statement.digest != parse_statement(raw()).digest


def test_what_is_built_reads_back_equal() -> None:
    subject = commit_subject("git+https://host.example/r", "a" * 40, "b" * 40, bytes(32))
    built = build_statement("https://example.test/p/v1", (subject, Subject(name="ses", sha256=DIGEST)), {"x": 1})
    read = parse_statement(built.raw)
    assert (read.subjects, read.predicate, read.document) == (built.subjects, built.predicate, built.document)
    assert read.commit_subject("a" * 40) == subject
    assert read.commit_subject("a" * 39) is None
    assert subject.name == subject.uri == "git+https://host.example/r@" + "a" * 40


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


BAD = (
    b"",
    b"[]",
    b"null",
    b"\xff",
    raw()[:-1],
    raw() + raw(),
    raw(_type="https://in-toto.io/Statement/v0.1"),
    raw(_type=None),
    raw(predicateType=""),
    raw(predicateType=7),
    raw(predicate=[]),
    raw(predicate=None),
    raw(subject=[]),
    raw(subject={}),
    raw(subject=[7]),
    raw(subject=[{"name": "n"}]),
    raw(subject=[{"digest": {"sha256": DIGEST}}]),
    raw(subject=[{"name": 1, "digest": {"sha256": DIGEST}}]),
    raw(subject=[{"name": "n", "digest": {"sha256": DIGEST[:-1]}}]),
    raw(subject=[{"name": "n", "digest": {"sha256": "F" * 64}}]),
    raw(subject=[{"name": "n", "digest": {"sha256": DIGEST + "\n"}}]),
    raw(subject=[{"name": "n", "digest": [DIGEST]}]),
    raw().replace(b'"predicate": {}', b'"predicate": {}, "predicate": {}'),
    raw().replace(b'"name": "n"', b'"name": "n", "name": "m"'),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": NaN}'),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": -Infinity}'),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": 1e999}'),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": ' + b"9" * 5000 + b"}"),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": "\\ud800"}'),
    raw().replace(b'"predicate": {}', b'"predicate": {"\\uDFFF": 1}'),
    raw(predicate={"x": nested(MAX_DEPTH)}),
    raw().replace(b'"predicate": {}', b'"predicate": {"x": ' + b"[" * 100_000 + b"}"),
    json.dumps(document()).encode("utf-16"),
    b"\xef\xbb\xbf" + raw(),
    raw(predicate={"x": "y" * MAX_STATEMENT_BYTES}),
    raw(subject=[{"name": "n", "digest": {"sha256": DIGEST}}] * (MAX_SUBJECTS + 1)),
)


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_statement_of_another_form_is_bad_evidence(data: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        parse_statement(data)
    assert caught.value.code == "evidence.statement"


def test_error_names_the_place() -> None:
    subjects = [{"name": "n", "digest": {"sha256": DIGEST}}, {"name": "n", "digest": {}}]
    with pytest.raises(NotVerified) as caught:
        parse_statement(raw(subject=subjects))
    assert caught.value.where == "/subject/1/digest/sha256"


def test_the_largest_statement_allowed_is_read() -> None:
    subjects = [{"name": "n", "digest": {"sha256": DIGEST}}] * MAX_SUBJECTS
    assert len(parse_statement(raw(subject=subjects)).subjects) == MAX_SUBJECTS
    assert strict_json(json.dumps(nested(MAX_DEPTH - 1)).encode())
    assert strict_json(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("count", [0, MAX_SUBJECTS + 1])
def test_statement_without_or_with_too_many_subjects_is_not_built(count: int) -> None:
    with pytest.raises(InvalidInput, match="subjects"):
        build_statement("t", (Subject(name="n", sha256=DIGEST),) * count, {})


def test_statement_over_a_mebibyte_is_not_built() -> None:
    with pytest.raises(InvalidInput, match="statement"):
        build_statement("t", (Subject(name="n", sha256=DIGEST),), {"x": "y" * MAX_STATEMENT_BYTES})


def test_unknown_annotations_are_no_claim() -> None:
    notes = {"gitCommit": ["a" * 40], "gitTree": 7}
    statement = parse_statement(raw(subject=[{"name": "n", "digest": {"sha256": DIGEST}, "annotations": notes}]))
    assert (statement.subjects[0].git_commit, statement.subjects[0].git_tree) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow to draw the first ones
@given(
    st.binary(max_size=200)
    | st.builds(lambda **kw: json.dumps(document(**kw)).encode(), subject=JSON, predicate=JSON, predicateType=JSON)
    | st.builds(lambda at, byte: raw()[:at] + bytes([byte]) + raw()[at + 1 :], st.integers(0, 150), st.integers(0, 255))
)
def test_no_statement_raises_anything_but_our_own_errors(data: bytes) -> None:
    try:
        parse_statement(data)
    except AttestError:
        return
