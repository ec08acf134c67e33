from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from attest.errors import InvalidInput, Refused
from attest.ledger.proof import proof_lengths
from attest.ledger.tree import (
    EMPTY_EDGE,
    EMPTY_ROOT,
    MAX_TREE_SIZE,
    Edge,
    grow,
    grow_joined,
    grow_packed,
    leaf_hash,
    merkle_root,
    node_hash,
)
from tests.unit.ledger.naive_tree import leaves, mth, path

# The eight leaves and roots that Certificate Transparency's own tests use.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in CT_LEAVES[:size]]
    assert merkle_root(hashes).hex() == CT_ROOTS[size]
    assert Edge.from_hashes(hashes).root.hex() == CT_ROOTS[size]


def test_leaf_and_node_hashes_cannot_be_confused() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_empty_tree_has_the_root_of_the_rfc() -> None:
    assert EMPTY_EDGE.root == merkle_root([]) == EMPTY_ROOT == mth([])


@given(old=st.integers(0, 300), new=st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_growth_from_the_edge_equals_the_tree_over_all_leaves(old: int, new: int) -> None:
    hashes = leaves(old + new)
    grown = grow(Edge.from_hashes(hashes[:old]), hashes[old:])
    assert grown.root == grown.edge.root == merkle_root(hashes) == mth(hashes)
    assert grown.edge == Edge.from_hashes(hashes)
    assert len(grown.proofs) == new
    for offset in {0, new // 2, new - 1} & set(range(new)):
        assert grown.proofs[offset] == path(old + offset, hashes)


@pytest.mark.parametrize("old", range(18))
def test_every_new_leaf_gets_its_proof_and_every_new_subtree_is_named(old: int) -> None:
    for new in range(1, 20):
        hashes = leaves(old + new)
        grown = grow(Edge.from_hashes(hashes[:old]), hashes[old:])
        assert grown.proofs == tuple(path(index, hashes) for index in range(old, old + new))
        for level in range(7):
            for index in range(40):
                end = (index + 1) << level
                fresh = old < end <= old + new
                assert grown.node(level, index) == (mth(hashes[index << level : end]) if fresh else None)


class GrowingLog(RuleBasedStateMachine):
    """A log that knows its edge only, beside one that keeps every leaf."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = EMPTY_EDGE
        self.all: list[bytes] = []

    @rule(count=st.integers(0, 40))
    def append(self, count: int) -> None:
        fresh = leaves(count, start=len(self.all))
        grown = grow(self.edge, fresh)
        self.all += fresh
        self.edge = grown.edge
        if fresh:
            assert grown.proofs[-1] == path(len(self.all) - 1, self.all)

    @rule()
    def restart(self) -> None:
        self.edge = Edge.decode(self.edge.encode())

    @invariant()
    def same_root(self) -> None:
        assert self.edge.size == len(self.all)
        assert self.edge.root == mth(self.all)


TestGrowingLog = GrowingLog.TestCase
TestGrowingLog.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)


def test_edge_that_does_not_fit_its_size_cannot_be_made() -> None:
    with pytest.raises(InvalidInput):
        Edge(size=3, hashes=(leaf_hash(b""),))
    with pytest.raises(InvalidInput):
        Edge(size=1, hashes=(b"short",))
    with pytest.raises(InvalidInput):
        Edge(size=MAX_TREE_SIZE + 1, hashes=(leaf_hash(b""),))


def test_tree_never_grows_beyond_its_limit() -> None:
    full = Edge(size=MAX_TREE_SIZE, hashes=(leaf_hash(b""),) * 63)
    with pytest.raises(InvalidInput):
        grow(full, [leaf_hash(b"one more")])


def test_growth_refuses_what_is_not_a_hash() -> None:
    with pytest.raises(InvalidInput):
        grow(EMPTY_EDGE, [b"not a hash"])


@given(st.binary(max_size=200))
def test_stored_edge_is_read_or_refused(data: bytes) -> None:
    try:
        edge = Edge.decode(data)
    except Refused:
        return
    assert edge.encode() == data


@pytest.mark.parametrize("old", [0, 1, 2, 5, 255, 256, 300])
@pytest.mark.parametrize("more", [1, 2, 3, 7, 256, 513])
def test_packed_proofs_are_the_proofs(old: int, more: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(old + more)]
    edge = grow(EMPTY_EDGE, leaves[:old]).edge
    grown, packed = grow_packed(edge, leaves[old:])
    wanted = grow(edge, leaves[old:])
    assert packed == [b"".join(proof) for proof in wanted.proofs]
    assert (grown.edge, grown.root, grown.levels) == (wanted.edge, wanted.root, wanted.levels)
    assert grow_joined(edge, leaves[old:]) == (
        grown,
        b"".join(leaf + path for leaf, path in zip(leaves[old:], packed, strict=True)),
    )
    lengths = [length for length, count in proof_lengths(old, old + more) for _ in range(count)]
    assert lengths == [len(proof) for proof in wanted.proofs]
