from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import InvalidInput, NotVerified
from attest.ledger.proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from attest.ledger.tree import EMPTY_ROOT, MAX_TREE_SIZE, leaf_hash, merkle_root
from tests.unit.ledger.naive_tree import consistency, leaves, mth, path, reader

SIZE = 33
LEAVES = leaves(SIZE)
READ = reader(LEAVES)


def flipped(value: bytes, bit: int) -> bytes:
    at = bit // 8 % len(value)
    return value[:at] + bytes([value[at] ^ 1 << bit % 8]) + value[at + 1 :]


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(size: int) -> None:
    root = mth(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(index, size, READ)
        assert proof == path(index, LEAVES[:size])
        verify_inclusion(LEAVES[index], index, size, proof, root)


@pytest.mark.parametrize("new", range(1, SIZE + 1))
def test_consistency_proofs_are_those_of_the_rfc_and_verify(new: int) -> None:
    for old in range(1, new + 1):
        proof = consistency_proof(old, new, READ)
        assert proof == consistency(old, LEAVES[:new])
        verify_consistency(old, mth(LEAVES[:old]), new, mth(LEAVES[:new]), proof)


def test_everything_extends_the_empty_tree() -> None:
    assert consistency_proof(0, SIZE, READ) == ()
    verify_consistency(0, EMPTY_ROOT, SIZE, merkle_root(LEAVES), ())
    with pytest.raises(NotVerified):
        verify_consistency(0, merkle_root(LEAVES), SIZE, merkle_root(LEAVES), ())
    with pytest.raises(NotVerified):
        verify_consistency(0, EMPTY_ROOT, 0, merkle_root(LEAVES), ())


@given(size=st.integers(1, SIZE), data=st.data())
@settings(max_examples=150, deadline=None)
def test_inclusion_with_anything_changed_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = path(index, LEAVES[:size]), mth(LEAVES[:size])
    bit = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    lies = [
        (flipped(LEAVES[index], bit), index, size, proof, root),
        (LEAVES[index], index, size, proof, flipped(root, bit)),
        (LEAVES[index], index, size, (*proof, root), root),
        (LEAVES[index], index, size, (root, *proof), root),
        (LEAVES[index], size, size, proof, root),
        (LEAVES[index], index - size, size, proof, root),
        (LEAVES[index], index, MAX_TREE_SIZE + 1, proof, root),
        (LEAVES[index][:31], index, size, proof, root),
    ]
    if proof:
        lies += [
            (LEAVES[index], index, size, (*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]), root),
            (LEAVES[index], index, size, proof[:-1], root),
            (LEAVES[index], index, size, (*proof[:at], proof[at] + b"\0", *proof[at + 1 :]), root),
        ]
    for lie in lies:
        with pytest.raises(NotVerified) as caught:
            verify_inclusion(*lie)
        assert caught.value.code == "evidence.inclusion"


def test_leaf_is_proved_at_its_own_index_only() -> None:
    for index in range(SIZE):
        proof = path(index, LEAVES)
        for other in set(range(SIZE)) - {index}:
            with pytest.raises(NotVerified):
                verify_inclusion(LEAVES[index], other, SIZE, proof, mth(LEAVES))


@given(new=st.integers(2, SIZE), data=st.data())
@settings(max_examples=150, deadline=None)
def test_consistency_with_anything_changed_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = consistency(old, LEAVES[:new])
    old_root, new_root = mth(LEAVES[:old]), mth(LEAVES[:new])
    bit = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(proof) - 1))
    lies = [
        (old, flipped(old_root, bit), new, new_root, proof),
        (old, old_root, new, flipped(new_root, bit), proof),
        (old, old_root, new, new_root, (*proof[:at], flipped(proof[at], bit), *proof[at + 1 :])),
        (old, old_root, new, new_root, proof[:-1]),
        (old, old_root, new, new_root, (*proof, new_root)),
        (new, old_root, old, new_root, proof),
        (-1, old_root, new, new_root, proof),
        (new, old_root, new, new_root, ()),
        (new, new_root, new, new_root, proof),
        (old, old_root, MAX_TREE_SIZE + 1, new_root, proof),
        (old, old_root[1:], new, new_root, proof),
    ]
    for lie in lies:
        with pytest.raises(NotVerified) as caught:
            verify_consistency(*lie)
        assert caught.value.code == "evidence.checkpoint"


def test_proof_of_what_is_not_in_the_tree_cannot_be_asked_for() -> None:
    for index, size in ((SIZE, SIZE), (-1, SIZE), (0, 0), (0, MAX_TREE_SIZE + 1)):
        with pytest.raises(InvalidInput):
            inclusion_proof(index, size, READ)
    for old, new in ((2, 1), (-1, 1), (0, MAX_TREE_SIZE + 1)):
        with pytest.raises(InvalidInput):
            consistency_proof(old, new, READ)


def test_error_says_which_root_was_expected_and_which_was_found() -> None:
    wrong = leaf_hash(b"another")
    with pytest.raises(NotVerified) as caught:
        verify_inclusion(LEAVES[3], 3, SIZE, path(3, LEAVES), wrong)
    assert caught.value.expected == wrong.hex()
    assert caught.value.got == mth(LEAVES).hex()
