"""Promise: `fsck` makes the index again from the statements, on both databases, and finds a compaction that is not honest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attest.ledger.index import live as live_module
from attest.ledger.index.merge import Source
from attest.store import segments as module
from attest.store.compactor import Compactor
from attest.store.segment_file import write_segment
from attest.usecases.fsck import FsckDepth, FsckResult, fsck
from attest.usecases.instance import Instance
from tests.unit.usecases.signed_entries import signed_entries

GROUPS = 22


@pytest.fixture(autouse=True)
def four_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen would need hundreds of groups."""
    monkeypatch.setattr(live_module, "FAN_OUT", 4)


def grow(instance: Instance) -> None:
    """Grow a log of signed attestations, compacted in between."""
    instance.log.compacts_apart = True
    for number in range(GROUPS):
        instance.log.append(signed_entries(instance, 2))
        if number % 4 == 3:
            Compactor(instance.engine, instance.scope, instance.log, on_failure=lambda _: None).compact_all()


def check(instance: Instance, **depth: bool) -> FsckResult:
    done: list[tuple[int, int]] = []
    result = fsck(instance, FsckDepth(**depth), on_progress=lambda at, of: done.append((at, of)))
    assert done == sorted(done)
    assert done[-1] == (result.tree_size, result.tree_size)
    return result


def test_honest_log_holds_at_every_depth(instance: Instance) -> None:
    grow(instance)
    for depth in ({}, {"hashes_only": True}, {"index": True}, {"index": True, "signatures": True}):
        result = check(instance, **depth)
        assert result.problems == (), depth
        assert result.first_bad_entry is None
    (made,) = [line for line in result.checked if "compactions of the index, made again" in line]
    assert int(made.split()[0]) >= 4
    assert any(f"{2 * GROUPS} bundles with every signature" in line for line in result.checked)
    (stored,) = [line for line in result.checked if "stored segments of the index" in line]
    assert int(stored.split()[0]) >= 1


def test_compaction_with_another_row_is_found_by_index_alone(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the log's key could sign it, and nobody else would see it."""

    def dishonest(path: Path, sources: list[Source], *, pause: Callable[[], None]) -> object:
        made = write_segment(path, sources, pause=pause)
        if made.level > 1:
            return made
        rows = bytes(path.read_bytes()[82 : 82 + 72 * made.rows - 32]) + bytes(32)
        forged = live_module.LiveSegment(level=0, first=made.first, end=made.end, root=root_of(rows), rows=made.rows)
        return write_segment(path, [Source(live=forged, rows=rows)], pause=pause)

    monkeypatch.setattr(module, "write_segment", dishonest)
    grow(instance)
    quick = check(instance)
    assert quick.problems == ()
    assert any("dropped no row: --index" in line for line in quick.not_checked)
    problems = check(instance, index=True).problems
    assert any("the compaction has other rows" in problem for problem in problems)


def root_of(rows: bytes) -> bytes:
    from attest.ledger.tree import leaf_hash, merkle_root

    return merkle_root([leaf_hash(rows[at : at + 72]) for at in range(0, len(rows), 72)])


def test_changed_byte_of_a_stored_segment_is_found_and_named(instance: Instance) -> None:
    grow(instance)
    (_, path), *_ = instance.log.segments.files()
    data = path.read_bytes()
    for at in (0, 30, 90, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert any(path.name in problem for problem in check(instance).problems), at
    path.write_bytes(data[:-1])
    assert any(path.name in problem for problem in check(instance).problems)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE entry SET body = {longer} WHERE idx = 12", "entry 12"),
        ("UPDATE entry SET proof = leaf_hash WHERE idx = 10", "entry 10"),
        ("UPDATE tree_head SET root = edge WHERE tree_size = 14", "head 14"),
        ("UPDATE tree_head SET c2sp_note = sigstore_note WHERE tree_size = 14", "head 14"),
        ("DELETE FROM index_row WHERE idx = 12", "index of entries"),
        ("UPDATE attestation SET identity = 'x' WHERE idx = 12", "att_"),
        ("DELETE FROM entry WHERE idx = 12", "entry 13"),
    ],
)
def test_change_in_the_database_is_found_and_named(
    instance: Instance, as_owner: Callable[[str], None], change: str, named: str
) -> None:
    instance.log.append(signed_entries(instance, 1))
    for _ in range(6):
        instance.log.append(signed_entries(instance, 1))
    postgresql = instance.engine.dialect.name == "postgresql"
    table = change.split()[2 if change.startswith("DELETE") else 1]
    if table != "attestation":
        verb = "delete" if change.startswith("DELETE") else "update"
        as_owner(f"ALTER TABLE {table} DISABLE TRIGGER USER" if postgresql else f"DROP TRIGGER {table}_no_{verb}")
    as_owner(change.format(longer="body || CAST('x' AS bytea)" if postgresql else "CAST(body || 'x' AS blob)"))
    result = check_whatever(instance)
    assert any(problem.startswith(named) for problem in result.problems), result.problems
    if named.startswith("entry"):
        assert result.first_bad_entry == int(named.split()[1])


def check_whatever(instance: Instance) -> FsckResult:
    return fsck(instance, FsckDepth(index=True, signatures=True), on_progress=lambda _at, _of: None)
