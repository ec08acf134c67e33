from __future__ import annotations

import json
from hashlib import sha256

import pytest

from attest.errors import InvalidInput, Refused
from attest.ledger.index import LiveSegment, index_key, index_keys, parse_index_predicate, prove_key, verify_complete
from attest.ledger.index.keys import KeyKind
from attest.ledger.proof import verify_inclusion
from attest.ledger.sequence import MAX_GROUP_ENTRIES, Entry, GroupCommit, LogState, sequence_group
from attest.ledger.tree import EMPTY_EDGE, Edge, leaf_hash, merkle_root
from attest.model.ports import LeafParts
from attest.model.statement import Subject

LOG = Subject(name="0123456789abcdef.whereof.invalid/logs/default", sha256="0" * 64)
START = LogState(edge=EMPTY_EDGE, live=())


def sign(statement: bytes) -> LeafParts:
    return LeafParts(body=b"leaf over " + sha256(statement).digest(), envelope=statement, certificate=b"", token=None)


def entry(number: int) -> Entry:
    statement = {"predicateType": f"type {number % 2}"}
    return Entry(leaf=b"entry %d" % number, keys=index_keys(statement), payload_hash=sha256(b"%d" % number).digest())


def group(state: LogState, *numbers: int) -> GroupCommit:
    return sequence_group(state, [entry(number) for number in numbers], log=LOG, sign=sign)


def test_log_grows_by_groups_that_each_end_in_an_index_leaf() -> None:
    state, leaves, segments = START, [], []
    for numbers in ((0,), (1, 2, 3), (4,)):
        commit = group(state, *numbers)
        leaves += commit.leaves
        segments.append(commit.segment)
        hashes = [leaf_hash(leaf) for leaf in leaves]
        assert commit.leaves == (*(b"entry %d" % number for number in numbers), commit.index_leaf.body)
        assert commit.growth.root == merkle_root(hashes)
        assert commit.state.edge == Edge.from_hashes(hashes)
        for offset, path in enumerate(commit.paths):
            proof = [path[at : at + 32] for at in range(0, len(path), 32)]
            verify_inclusion(
                commit.leaf_hashes[offset], state.edge.size + offset, len(leaves), proof, commit.growth.root
            )
        predicate = parse_index_predicate(json.loads(commit.index_statement.raw)["predicate"])
        predicate.require_closes(len(leaves))
        assert len(commit.index_statement.raw) < 1024
        for kind, indices in (("type 0", {0, 3, 6}), ("type 1", {2, 4})):
            key = index_key(KeyKind.PREDICATE_TYPE, kind)
            proofs = [prove_key(segment, key) for segment in segments]
            rows = verify_complete(key, commit.live_blob, predicate.live_root, proofs, size=predicate.end)
            assert {row.index for row in rows} == {index for index in indices if index < len(leaves)}
        state = commit.state


def test_index_leaf_has_no_rows_itself() -> None:
    commit = group(START, 0)
    assert {row.index for row in commit.segment.rows} == {0}
    assert (commit.segment.first, commit.segment.end) == (0, 2)


def test_index_is_signed_over_the_segment_and_the_list_that_are_stored() -> None:
    commit = group(START, 0)
    assert commit.index_leaf.envelope == commit.index_statement.raw
    predicate = parse_index_predicate(json.loads(commit.index_statement.raw)["predicate"])
    assert predicate.segment_root == commit.segment.root
    assert predicate.live_list == sha256(commit.live_blob).digest()


def test_first_group_is_genesis_alone() -> None:
    with pytest.raises(InvalidInput, match="genesis"):
        group(START, 0, 1)
    with pytest.raises(InvalidInput):
        group(START)


def test_group_that_cannot_be_stored_is_refused_before_anything_is_signed() -> None:
    def never(_: bytes) -> LeafParts:
        pytest.fail("signed")

    state = group(START, 0).state
    long_leaf = Entry(leaf=b"x" * 65_536, keys=(), payload_hash=bytes(32))
    bad_key = Entry(leaf=b"x", keys=(b"short",), payload_hash=bytes(32))
    for entries in ([], [entry(1)] * (MAX_GROUP_ENTRIES + 1), [long_leaf], [bad_key]):
        with pytest.raises(InvalidInput):
            sequence_group(state, entries, log=LOG, sign=never)


def test_list_that_does_not_cover_the_tree_stops_the_log() -> None:
    state = group(START, 0).state
    gap = LiveSegment(level=0, first=1, end=2, root=bytes(32), rows=0)
    for live in ((), (gap,), (*state.live, *state.live)):
        with pytest.raises(Refused) as caught:
            group(LogState(edge=state.edge, live=live), 1)
        assert caught.value.code == "ledger.corrupt"
