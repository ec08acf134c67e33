from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import Absent, AttestError, InvalidInput, Refused
from attest.ledger.proof import inclusion_proof, range_root, verify_inclusion
from attest.ledger.tiles import (
    MAX_ENTRY_BYTES,
    TileReader,
    bundle_path,
    decode_bundle,
    encode_bundle,
    entry_bundles,
    hash_tiles,
    tile_path,
)
from attest.ledger.tree import leaf_hash, merkle_root, node_hash

ENTRIES = [b"entry %d" % number for number in range(70_000)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]


@cache
def read(level: int, index: int) -> bytes:
    if level == 0:
        return HASHES[index]
    return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))


def grown(*sizes: int) -> dict[str, bytes]:
    """Write a log by these steps, refusing that a file ever changes."""
    files: dict[str, bytes] = {}
    for old, new in zip((0, *sizes), sizes, strict=False):
        for file in (*hash_tiles(old, new, read), *entry_bundles(old, new, ENTRIES.__getitem__)):
            assert files.setdefault(file.path, file.data) == file.data
    return files


def fetcher(files: dict[str, bytes]):
    def fetch(path: str) -> bytes:
        if path not in files:
            raise Absent("store.missing", where=path)
        return files[path]

    return fetch


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 0), "tile/0/000"),
        (tile_path(1, 999, 7), "tile/1/999.p/7"),
        (tile_path(0, 1000), "tile/0/x001/000"),
        (tile_path(3, 1234067, 255), "tile/3/x001/x234/067.p/255"),
        (bundle_path(1234067), "tile/entries/x001/x234/067"),
        (bundle_path(5, 1), "tile/entries/005.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(path: str, expected: str) -> None:
    assert path == expected


@pytest.mark.parametrize(("level", "number", "width"), [(-1, 0, 1), (8, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_path_of_no_tile_is_refused(level: int, number: int, width: int) -> None:
    with pytest.raises(InvalidInput):
        tile_path(level, number, width)


def test_specification_example_of_70_000_leaves() -> None:
    files = grown(70_000)
    hash_paths = {path for path in files if not path.startswith("tile/entries/")}
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= hash_paths
    assert len(hash_paths) == 273 + 1 + 2 + 1
    assert len(files["tile/0/000"]) == 8192
    assert len(files["tile/0/273.p/112"]) == 112 * 32
    assert decode_bundle(files["tile/entries/273.p/112"], 112) == tuple(ENTRIES[273 * 256 :])


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_any_way_of_growing_leaves_files_from_which_the_log_is_read(steps: list[int]) -> None:
    sizes = sorted(steps)
    fetch = fetcher(grown(*sizes))
    for size in filter(None, sizes):
        reader = TileReader(size, fetch)
        root = merkle_root(HASHES[:size])
        assert range_root(0, size, reader.read) == root
        for index in {0, size // 2, size - 1}:
            verify_inclusion(
                leaf_hash(reader.entry(index)), index, size, inclusion_proof(index, size, reader.read), root
            )


def test_every_perfect_subtree_is_read_from_tiles() -> None:
    reader = TileReader(70_000, fetcher(grown(70_000)))
    for level in range(17):
        count = 70_000 >> level
        for index in {0, 1, count // 3, count - 1}:
            if 0 <= index < count:
                assert reader.read(level, index) == read(level, index)


def test_partial_tile_may_be_gone_once_the_full_one_is_there() -> None:
    files = grown(300, 512)
    reader = TileReader(
        300, fetcher({path: data for path, data in files.items() if ".p/" not in path or "/1/" in path})
    )
    assert range_root(0, 300, reader.read) == merkle_root(HASHES[:300])
    assert reader.entry(299) == ENTRIES[299]
    with pytest.raises(InvalidInput):
        reader.entry(300)


def test_growth_that_changes_nothing_writes_nothing() -> None:
    assert list(hash_tiles(300, 300, read)) == []
    assert list(entry_bundles(300, 300, ENTRIES.__getitem__)) == []
    with pytest.raises(InvalidInput):
        list(hash_tiles(300, 299, read))


def test_tiles_that_are_cut_longer_or_missing_are_refused() -> None:
    files = grown(300)
    for change in (lambda data: data[:-1], lambda data: data + b"\0", lambda data: b""):
        broken = {path: change(data) for path, data in files.items()}
        with pytest.raises(Refused):
            TileReader(300, fetcher(broken)).read(0, 299)
        with pytest.raises(Refused):
            TileReader(300, fetcher(broken)).entry(299)
    with pytest.raises(Absent):
        TileReader(300, fetcher({})).read(0, 0)


def test_subtree_that_is_not_complete_is_not_read() -> None:
    reader = TileReader(300, fetcher(grown(300)))
    for level, index in ((0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(InvalidInput):
            reader.read(level, index)


def test_entry_longer_than_its_length_field_is_refused() -> None:
    assert decode_bundle(encode_bundle([b"x" * MAX_ENTRY_BYTES, b""]), 2) == (b"x" * MAX_ENTRY_BYTES, b"")
    with pytest.raises(InvalidInput):
        encode_bundle([b"x" * (MAX_ENTRY_BYTES + 1)])
    with pytest.raises(InvalidInput):
        encode_bundle([b""] * 257)


@given(st.binary(max_size=64), st.integers(0, 256))
def test_hostile_bundle_is_read_exactly_or_refused(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, width)
    except AttestError:
        return
    assert encode_bundle(entries) == data


def test_content_of_a_tile_is_the_hashes_one_after_the_other() -> None:
    tile = next(iter(hash_tiles(0, 2, read)))
    assert (tile.path, tile.data) == ("tile/0/000.p/2", HASHES[0] + HASHES[1])
    assert HASHES[0] == sha256(b"\0entry 0").digest()
