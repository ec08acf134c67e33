"""Promise: `fsck --hashes` reads a log a run at a time, and says of every change what it says when it looks at each row alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import pairwise

import pytest

from attest.ledger.tiles import MAX_ENTRY_BYTES
from attest.model.ports import LeafParts
from attest.store.leaf_runs import RUN_ENTRIES, LeafRuns
from attest.store.log_store import Submission
from attest.usecases.fsck import FsckDepth, FsckResult, fsck
from attest.usecases.instance import Instance

SIZES = (1, 5, 2, 300, 1, 700, 40, 1024, 3)
"""Entries of each group: some of which make a run together, one that is a run by itself, some that begin in the middle of a tile."""


def grow(instance: Instance, sizes: tuple[int, ...] = SIZES, longest: int = 40) -> None:
    """Grow a log of leaves that nobody signed, of every length up to `longest`."""
    for count in sizes:
        instance.log.append([unsigned(secrets.token_bytes(1 + at % longest)) for at in range(count)])


def unsigned(body: bytes) -> Submission:
    return Submission(
        leaf=LeafParts(body=body, envelope=b"{}", certificate=b"", token=None),
        keys=(),
        payload_hash=secrets.token_bytes(32),
        within=lambda _session, _receipt: None,
    )


def check(instance: Instance) -> FsckResult:
    done: list[tuple[int, int]] = []
    result = fsck(instance, FsckDepth(hashes_only=True), on_progress=lambda at, of: done.append((at, of)))
    assert done == sorted(done)
    return result


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Give what was read by runs."""
    seen: list[tuple[int, int]] = []
    kept = LeafRuns.read

    def watched(self: LeafRuns, first: int, end: int) -> object:
        run = kept(self, first, end)
        if run is not None:
            seen.append((first, end))
        return run

    monkeypatch.setattr(LeafRuns, "read", watched)
    return seen


@pytest.fixture
def row_by_row(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Callable[[], FsckResult]:
    """Give the check that reads no run."""

    def run() -> FsckResult:
        with monkeypatch.context() as patch:
            patch.setattr(LeafRuns, "read", lambda *_: None)
            return check(instance)

    return run


def test_honest_log_is_read_by_runs_to_its_end(
    instance: Instance, read: list[tuple[int, int]], row_by_row: Callable[[], FsckResult]
) -> None:
    grow(instance)
    result = check(instance)
    assert result.problems == ()
    assert result == row_by_row()
    assert (read[0][0], read[-1][1]) == (0, result.tree_size)
    assert all(end == first for (_, end), (first, _) in pairwise(read))
    assert max(end - first for first, end in read) == RUN_ENTRIES
    assert len(read) < len(SIZES)


def test_leaves_of_every_length_hold(instance: Instance, read: list[tuple[int, int]]) -> None:
    # Among them lengths that are no characters, by which SQLite tells them.
    lengths = (1, 126, 127, 2046, 2047, 0xD7FE, 0xD7FF, 0xDFFE, 0xDFFF, 0xFFFC, MAX_ENTRY_BYTES)
    instance.log.append([unsigned(secrets.token_bytes(length)) for length in lengths])
    result = check(instance)
    assert result.problems == ()
    assert read[-1][1] == result.tree_size


CHANGES = (
    "UPDATE entry SET body = {longer} WHERE idx = 12",
    "UPDATE entry SET body = leaf_hash WHERE idx = 0",
    "UPDATE entry SET leaf_hash = {zeros} WHERE idx = 400",
    "UPDATE entry SET leaf_hash = proof WHERE idx = 10",
    "UPDATE entry SET proof = leaf_hash WHERE idx = 10",
    "UPDATE entry SET proof = {twice} WHERE idx = 1500",
    "UPDATE entry SET tree_size = tree_size + 1 WHERE idx = 12",
    "UPDATE entry SET tree_size = -9000000000000000000 WHERE idx = 12",
    "UPDATE entry SET tree_size = 9000000000000000000 WHERE idx = 1500",
    "UPDATE entry SET idx = 5000 WHERE idx = 2000",
    "UPDATE entry SET idx = 5000 WHERE idx = (SELECT max(idx) FROM entry)",
    "UPDATE tree_head SET root = edge WHERE tree_size = 10",
    "UPDATE tree_head SET edge = root WHERE tree_size = 13",
    "UPDATE tree_head SET c2sp_note = sigstore_note WHERE tree_size = 10",
    "UPDATE tree_head SET tree_size = 11 WHERE tree_size = 10",
    "UPDATE tree_head SET tree_size = 1000000 WHERE tree_size = 13",
    "DELETE FROM tree_head WHERE tree_size = 13",
    "DELETE FROM tree_head WHERE tree_size = (SELECT max(tree_size) FROM tree_head)",
    "DELETE FROM entry WHERE idx = 12",
    "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)",
    "DELETE FROM entry",
)
GUARDS = ("entry_no_update", "entry_no_delete", "entry_in_order", "tree_head_no_update", "tree_head_no_delete")


@pytest.fixture
def changed(instance: Instance, as_owner: Callable[[str], None]) -> Callable[[str], AbstractContextManager[None]]:
    """Give a way to change a grown log past its guards, and to have it as it was afterwards."""
    grow(instance)
    tables = ("entry", "tree_head")
    for table in tables:
        as_owner(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    if instance.engine.dialect.name == "postgresql":
        for table in tables:
            as_owner(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    else:
        for guard in GUARDS:
            as_owner(f"DROP TRIGGER {guard}")

    @contextmanager
    def change(statement: str) -> Iterator[None]:
        as_owner(statement)
        yield
        for table in tables:
            as_owner(f"DELETE FROM {table}")
            as_owner(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    return change


def test_every_change_is_found_and_told_as_it_is_row_by_row(
    instance: Instance,
    changed: Callable[[str], AbstractContextManager[None]],
    row_by_row: Callable[[], FsckResult],
) -> None:
    postgresql = instance.engine.dialect.name == "postgresql"
    words = {
        "longer": "body || CAST('x' AS bytea)" if postgresql else "CAST(body || 'x' AS blob)",
        "zeros": f"decode('{'00' * 32}', 'hex')" if postgresql else "zeroblob(32)",
        "twice": "proof || leaf_hash" if postgresql else "CAST(proof || leaf_hash AS blob)",
    }
    for change in CHANGES:
        with changed(change.format(**words)):
            result = check(instance)
            assert result.problems, change
            assert result == row_by_row(), change
    assert check(instance).problems == ()


def test_value_of_another_kind_is_none_of_an_entry(
    instance: Instance, changed: Callable[[str], AbstractContextManager[None]]
) -> None:
    if instance.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL holds no text in a column of bytes")
    for column in ("leaf_hash", "body", "proof"):
        with (
            changed(f"UPDATE entry SET {column} = CAST({column} AS text) WHERE idx = 7"),
            closing(LeafRuns(instance.engine, instance.scope, instance.log.name)) as runs,
        ):
            run = runs.read(0, 20)
            assert run is not None
            assert list(run.numbers) == [at for at in range(20) if at != 7]


def test_no_more_is_read_at_once_than_a_run_has(instance: Instance) -> None:
    with closing(LeafRuns(instance.engine, instance.scope, instance.log.name)) as runs:
        assert runs.read(0, RUN_ENTRIES + 1) is None
        assert runs.read(1, 1) is None
        assert runs.read(5000, 5001) is None
