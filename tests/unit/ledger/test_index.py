from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified, Refused
from attest.ledger.index import (
    FAN_OUT,
    PUBLIC,
    KeyProof,
    LiveSegment,
    Row,
    Segment,
    adopt,
    compactions_due,
    decode_live,
    encode_live,
    index_keys,
    index_predicate,
    keyed_by,
    live_root,
    normal_repository,
    parse_index_predicate,
    parse_key_proof,
    prove_key,
    verify_complete,
    verify_key,
)
from attest.ledger.index.merge import Source, merge
from attest.ledger.index.proof import MAX_PROOF_ROWS, SegmentProver
from attest.ledger.tree import EMPTY_ROOT, leaf_hash
from tests.unit.ledger.naive_tree import mth

VECTORS = Path(__file__).parents[3] / "docs/spec/vectors/index.json"


def key(number: int) -> bytes:
    return sha256(b"key %d" % number).digest()


def row(key_number: int, index: int) -> Row:
    return Row(key=key(key_number), index=index, payload_hash=sha256(b"payload %d" % index).digest())


def segment_of(pairs: set[tuple[int, int]], first: int = 0, end: int = 100) -> Segment:
    return Segment.from_rows(first, end, [row(*pair) for pair in pairs])


@pytest.mark.parametrize("others", [False, True])
def test_most_rows_of_one_key_that_one_proof_shows_are_proved_and_one_more_is_refused(*, others: bool) -> None:
    """The run counts with its neighbours: where other keys stand on both sides, two rows fewer can be shown."""
    middle = sorted(key(number) for number in range(3))[1]
    beside = [Row(key=key(n), index=n, payload_hash=bytes(32)) for n in range(3) if key(n) != middle] if others else []
    most = MAX_PROOF_ROWS - len(beside)
    rows = [Row(key=middle, index=10 + at, payload_hash=bytes(32)) for at in range(most + 1)]
    held = Segment.from_rows(0, 10 + most, [*beside, *rows[:most]])
    found = prove_key(held, middle)
    assert len(found.rows) == MAX_PROOF_ROWS
    assert len(verify_key(found, middle, SegmentProver(held).root, held.row_count)) == most
    more = Segment.from_rows(0, 11 + most, [*beside, *rows])
    with pytest.raises(Refused) as refused:
        prove_key(more, middle)
    assert (refused.value.code, refused.value.expected) == ("input.too-large", "up to 65536 rows")
    assert prove_key(more, key(99)).rows, "other keys are proved as before"
    with pytest.raises(NotVerified):
        parse_key_proof(found.to_json() | {"rows": [*found.to_json()["rows"], ""]})  # type: ignore[misc]


PAIRS = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 99)), max_size=40)


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text())["keys"], ids=lambda case: case["name"])
def test_keys_are_those_of_the_published_vectors(case: dict[str, object]) -> None:
    assert [value.hex() for value in index_keys(case["statement"])] == case["keys"]


@pytest.mark.parametrize("private", [False, True])
def test_segment_and_list_are_those_of_the_published_vectors(*, private: bool) -> None:
    vectors = json.loads(VECTORS.read_text())
    vector = (vectors["private"] if private else vectors)["segment"]
    keying = keyed_by(bytes.fromhex(vectors["private"]["secret"])) if private else PUBLIC
    rows = [Row.decode(bytes.fromhex(text)) for text in vector["rows"]]
    segment = Segment.from_rows(vector["first"], vector["end"], reversed(rows))
    assert [item.encode().hex() for item in segment.rows] == vector["rows"]
    assert segment.root.hex() == vector["root"]
    live = (LiveSegment.of(segment),)
    assert encode_live(live).hex() == vector["live_blob"]
    assert live_root(live).hex() == vector["live_root"]
    assert index_predicate(live, keying.name) == vector["predicate"]
    for case in vector["proofs"]:
        proof = parse_key_proof(case["proof"])
        asked = keying.apply(bytes.fromhex(case["key"]))
        assert prove_key(segment, asked) == proof
        found = verify_key(proof, asked, segment.root, segment.row_count)
        assert [item.index for item in found] == case["indices"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.text(st.characters(), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["subject", "uri", "name", "annotations", "gitCommit", "oid", "x"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["subject", "predicate", "predicateType"]), JSON))
def test_keys_of_whatever_a_stranger_signed_are_sorted_and_never_fail(statement: dict[str, object]) -> None:
    keys = index_keys(statement)
    assert list(keys) == sorted(set(keys))


def test_half_a_surrogate_pair_is_no_key() -> None:
    assert index_keys({"predicateType": "\ud800"}) == ()


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        ("git+https://Host.Example/Org/Repo.git", "git+https://host.example/Org/Repo"),
        ("git+HTTPS://me@host.example/Org/Repo/", "git+https://host.example/Org/Repo"),
        ("git+ssh://git@host.example:22/r", "git+ssh://host.example:22/r"),
        ("git+file:" + "a" * 40, "git+file:" + "a" * 40),
    ],
)
def test_repository_has_one_spelling(spelling: str, normal: str) -> None:
    assert normal_repository(spelling) == normal == normal_repository(normal)


@given(PAIRS)
@settings(deadline=None)
def test_presence_completeness_and_absence_are_proved(pairs: set[tuple[int, int]]) -> None:
    segment = segment_of(pairs)
    for number in range(10):
        proof = parse_key_proof(json.loads(json.dumps(prove_key(segment, key(number)).to_json())))
        found = verify_key(proof, key(number), segment.root, segment.row_count)
        assert [item.index for item in found] == sorted(index for k, index in pairs if k == number)


def test_root_of_a_segment_is_the_rfc_6962_root_of_its_rows() -> None:
    segment = segment_of({(number % 3, number) for number in range(11)})
    assert segment.root == mth([leaf_hash(item.encode()) for item in segment.rows])
    assert segment_of(set()).root == EMPTY_ROOT


@given(PAIRS.filter(bool), st.integers(0, 8), st.data())
@settings(deadline=None)
def test_proof_with_anything_changed_is_refused(pairs: set[tuple[int, int]], number: int, data: st.DataObject) -> None:
    segment = segment_of(pairs)
    proof = prove_key(segment, key(number))
    at = data.draw(st.integers(0, len(proof.rows) - 1))
    bit = data.draw(st.integers(0, 255))
    lies: list[KeyProof] = [
        replace(proof, rows=proof.rows[:at] + proof.rows[at + 1 :]),
        replace(proof, rows=(*proof.rows[:at], replace(proof.rows[at], index=100), *proof.rows[at + 1 :])),
        replace(proof, rows=(*proof.rows[:at], _other_payload(proof.rows[at], bit), *proof.rows[at + 1 :])),
        replace(proof, rows=proof.rows * 2),
        replace(proof, position=proof.position + 1),
        replace(proof, position=proof.position - 1),
        replace(proof, hashes=(*proof.hashes, bytes(32))),
        replace(proof, first=proof.rows[at].index + 1),
        replace(proof, end=proof.rows[at].index),
    ]
    if proof.hashes:
        spot = data.draw(st.integers(0, len(proof.hashes) - 1))
        lies += [
            replace(proof, hashes=proof.hashes[:-1]),
            replace(proof, hashes=(*proof.hashes[:spot], _flip(proof.hashes[spot], bit), *proof.hashes[spot + 1 :])),
        ]
    for lie in lies:
        with pytest.raises(NotVerified):
            verify_key(lie, key(number), segment.root, segment.row_count)
    with pytest.raises(NotVerified):
        verify_key(proof, key(number), _flip(segment.root, bit), segment.row_count)
    with pytest.raises(NotVerified):
        verify_key(proof, key(number), segment.root, len(proof.rows) + proof.position - 1)


def _flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def _other_payload(item: Row, bit: int) -> Row:
    return replace(item, payload_hash=_flip(item.payload_hash, bit))


def test_run_that_stops_before_the_last_row_of_the_key_is_refused() -> None:
    """The hashes are right, so only the missing neighbour shows that something was left out."""
    segment = segment_of({(1, index) for index in range(4)})
    hidden = KeyProof(
        first=0,
        end=100,
        position=0,
        rows=segment.rows[:2],
        hashes=(mth([leaf_hash(item.encode()) for item in segment.rows[2:]]),),
    )
    with pytest.raises(NotVerified, match="after the last"):
        verify_key(hidden, key(1), segment.root, 4)
    late = replace(hidden, position=2, rows=segment.rows[2:])
    late = replace(late, hashes=(mth([leaf_hash(item.encode()) for item in segment.rows[:2]]),))
    with pytest.raises(NotVerified, match="before the first"):
        verify_key(late, key(1), segment.root, 4)


def test_proof_shows_no_more_rows_than_it_needs() -> None:
    segment = segment_of({(1, index) for index in range(4)})
    whole = KeyProof(first=0, end=100, position=0, rows=segment.rows, hashes=())
    with pytest.raises(NotVerified, match="more rows"):
        verify_key(whole, bytes(32), segment.root, 4)


@given(JSON | st.fixed_dictionaries(dict.fromkeys(("first", "end", "position", "rows", "hashes"), JSON)))
def test_hostile_key_proof_raises_nothing_but_our_own_errors(value: object) -> None:
    if not isinstance(value, dict):
        return
    try:
        proof = parse_key_proof(value)
        verify_key(proof, key(1), bytes(32), 2**63 - 1)
    except AttestError:
        return
    pytest.fail("a made-up proof held")


def compact(segments: list[Segment]) -> Segment:
    written: list[bytes] = []
    sources = [Source(live=LiveSegment.of(segment), rows=segment.data) for segment in segments]
    made = merge(sources, written.append, pause=lambda: None).live
    segment = Segment.decode(made.first, made.end, b"".join(written))
    assert (made.level, made.rows, made.root) == (1, segment.row_count, segment.root)
    return segment


def log_of(groups: int) -> list[Segment]:
    return [segment_of({(at % 3, at * 2), (9, at * 2)}, first=at * 2, end=at * 2 + 2) for at in range(groups)]


def test_compaction_keeps_every_row_and_the_answer() -> None:
    segments = log_of(2 * FAN_OUT + 3)
    live = tuple(LiveSegment.of(segment) for segment in segments)
    (due,) = compactions_due(live)
    assert due == live[:FAN_OUT]
    merged = compact(segments[:FAN_OUT])
    merged.require_sound()
    assert sorted(merged.rows) == sorted(item for segment in segments[:FAN_OUT] for item in segment.rows)
    adopted = adopt(live, LiveSegment.of(merged, 1))
    before = verify_all(segments, live)
    after = verify_all([merged, *segments[FAN_OUT:]], adopted)
    assert sorted(before) == sorted(after)
    assert list(compactions_due(adopted)) == [live[FAN_OUT : 2 * FAN_OUT]]
    assert not list(compactions_due(adopt(adopted, LiveSegment.of(compact(segments[FAN_OUT : 2 * FAN_OUT]), 1))))


def verify_all(segments: list[Segment], live: tuple[LiveSegment, ...]) -> tuple[Row, ...]:
    proofs = [prove_key(segment, key(9)) for segment in segments]
    return verify_complete(key(9), encode_live(live), live_root(live), proofs, size=segments[-1].end)


def test_compacted_segment_that_drops_a_row_or_a_range_is_not_adopted() -> None:
    segments = log_of(FAN_OUT)
    live = tuple(LiveSegment.of(segment) for segment in segments)
    merged = LiveSegment.of(compact(segments), 1)
    for wrong in (replace(merged, rows=merged.rows - 1), replace(merged, end=31), replace(merged, level=2)):
        with pytest.raises(InvalidInput):
            adopt(live, wrong)
    with pytest.raises(InvalidInput):
        compact([segments[0], segments[2]])


def test_answer_lists_all_rows_of_the_log_in_order() -> None:
    segments = log_of(7)
    found = verify_all(segments, tuple(LiveSegment.of(segment) for segment in segments))
    assert [item.index for item in found] == [0, 2, 4, 6, 8, 10, 12]


def test_answer_with_a_gap_an_overlap_a_missing_proof_or_wrong_order_is_refused() -> None:
    segments = log_of(4)
    live = [LiveSegment.of(segment) for segment in segments]
    proofs = [prove_key(segment, key(9)) for segment in segments]

    def check(live: list[LiveSegment], proofs: list[KeyProof], size: int = 8, root: bytes | None = None) -> None:
        verify_complete(key(9), encode_live(live), root or live_root(live), proofs, size=size)

    check(live, proofs)
    lies = [
        (live[:1] + live[2:], proofs[:1] + proofs[2:], 8),
        (live[:2] + live[1:], proofs[:2] + proofs[1:], 8),
        (live[1:], proofs[1:], 8),
        (live[:-1], proofs[:-1], 8),
        (live, proofs[:-1], 8),
        (live, [*proofs, proofs[0]], 8),
        (live, [proofs[1], proofs[0], *proofs[2:]], 8),
        (live, proofs, 9),
        ([live[1], live[0], *live[2:]], [proofs[1], proofs[0], *proofs[2:]], 8),
        ([], [], 8),
    ]
    for lie in lies:
        with pytest.raises(NotVerified) as caught:
            check(*lie)
        assert caught.value.code == "evidence.index"
    with pytest.raises(NotVerified):
        check(live, proofs, root=bytes(32))


@given(st.binary(max_size=150) | st.binary(max_size=150).map(lambda data: encode_live([]) + data))
def test_hostile_list_is_read_exactly_or_refused(blob: bytes) -> None:
    try:
        live = decode_live(blob)
    except NotVerified:
        return
    assert encode_live(live) == blob


def test_predicate_is_read_back_strictly() -> None:
    segment = segment_of({(1, 1)})
    live = (LiveSegment.of(segment),)
    predicate = index_predicate(live)
    parsed = parse_index_predicate({**predicate, "extensions": {"later": 1}})
    assert (parsed.segment_root, parsed.live_root) == (segment.root, live_root(live))
    assert parsed.live_list == sha256(encode_live(live)).digest()
    parsed.require_closes(100)
    with pytest.raises(NotVerified):
        parsed.require_closes(101)
    with pytest.raises(CannotVerify):
        parse_index_predicate({**predicate, "keying": "hmac-sha256"})
    for lie in (
        {},
        {**predicate, "more": 1},
        {**predicate, "range": {"first": 1, "end": 1}},
        {**predicate, "range": {"first": True, "end": 2}},
        {**predicate, "range": {"first": 0, "end": 2**63}},
        {**predicate, "range": []},
        {**predicate, "segment": {"root": "A" * 64, "rows": 1}},
        {**predicate, "live": {"root": "a" * 64, "count": 1, "list": "a" * 64}},
        {**predicate, "live": {"root": "a" * 64, "count": 0, "list": "sha256:" + "a" * 64}},
    ):
        with pytest.raises(NotVerified):
            parse_index_predicate(lie)


def test_stored_segment_that_is_not_sorted_rows_of_its_range_is_refused() -> None:
    segment = segment_of({(1, 1), (2, 2)})
    assert Segment.decode(0, 100, segment.data) == segment
    for lie in (segment.data[72:] + segment.data[:72], segment.data[:-1], segment.data + segment.data[72:]):
        with pytest.raises(Refused):
            Segment.decode(0, 100, lie)
    with pytest.raises(Refused):
        Segment.decode(2, 100, segment.data)
