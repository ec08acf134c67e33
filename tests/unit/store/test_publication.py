"""Publication to a folder: few fsyncs, partial files removed with the full tile, and torn ones put right at a start."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from attest.errors import CannotVerify, Refused
from attest.ledger.tiles import tile_paths
from attest.settings import Settings
from attest.store.files import NewFile, Version
from attest.store.folder import Folder
from attest.store.log_reader import LogReader
from attest.store.publisher import Fresh, Publisher
from attest.usecases.instance import Instance
from tests.unit.store.conftest import open_settings
from tests.unit.store.submissions import submission


@pytest.fixture
def log(home: Path) -> Iterator[Instance]:
    made = open_settings(Settings(home=home / "whereof"))
    yield made
    made.engine.dispose()


def shown(log: Instance) -> dict[str, bytes]:
    publisher = log.log.publisher
    return {path: publisher.fetch(path) for path in publisher.tiles()}


def grown(log: Instance, *groups: range) -> None:
    for group in groups:
        log.log.append([submission(number) for number in group])


def test_group_within_a_tile_costs_two_fsyncs_of_files(log: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(log, range(1))
    real, synced = os.fsync, list[int]()
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    grown(log, range(1, 2), range(2, 5))
    assert len(synced) == 4  # the checkpoint and its name, for each group


def test_each_signed_size_has_its_partial_files_until_the_full_tile_is_there(log: Instance) -> None:
    sizes = [2]
    for number in range(40):
        grown(log, range(number, number + 1))
        sizes.append(sizes[-1] + 2)
    for size in sizes:
        assert set(tile_paths(size)) <= set(shown(log))
    partial = len(shown(log))
    grown(log, range(100, 300))
    after = set(shown(log))
    assert partial == 2 * len(sizes)
    assert not any(path.startswith(("tile/0/000.p", "tile/entries/000.p")) for path in after)
    size = sizes[-1] + 201
    assert after == set(tile_paths(size))
    for earlier in sizes:
        # Whoever holds an earlier checkpoint reads the full tile in place of the partial one.
        head = LogReader(log.engine, log.scope, log.log.name).head(earlier)
        assert head is not None
        assert log.log.publisher.reader(earlier).entries(0)


def test_many_small_groups_leave_few_files_for_each_entry(log: Instance) -> None:
    grown(log, range(230))
    for number in range(300, 325):
        grown(log, range(number, number + 1))
    # 283 leaves: two full files, those of the fourteen sizes above them, and the root of the full tile.
    assert len(shown(log)) == 2 + 2 * 14 + 1


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "zeros"])
def test_torn_partial_files_are_put_right_at_the_next_start(log: Instance, damage: str) -> None:
    grown(log, range(3), range(3, 5), range(5, 6))
    before = shown(log)
    folder = log.log.publisher.directory
    for name, data in before.items():
        match damage:
            case "gone":
                (folder / name).unlink()
            case "empty":
                (folder / name).write_bytes(b"")
            case "cut":
                (folder / name).write_bytes(data[: len(data) // 2])
            case _:
                (folder / name).write_bytes(data[:10] + bytes(len(data) - 10))
    log.engine.dispose()
    open_settings(log.settings).engine.dispose()
    assert shown(log) == before


def test_partial_file_that_a_power_cut_tore_before_its_checkpoint_does_not_stop_the_log(log: Instance) -> None:
    grown(log, range(3))
    size = log.log.publisher.published()
    assert size is not None
    Folder(log.log.publisher.directory).overwrite(f"tile/entries/000.p/{size.size + 2}", b"\0\0")
    grown(log, range(3, 4))
    assert log.log.publisher.reader(size.size + 2).entries(0)


@pytest.mark.parametrize("name", ["tile/0/000.p/6", "tile/entries/000.p/6"])
def test_partial_file_of_other_bytes_is_refused_at_the_next_start(log: Instance, name: str) -> None:
    grown(log, range(3))
    path = log.log.publisher.directory / name
    changed = bytearray(path.read_bytes())
    changed[7] ^= 0x80
    changed[8] ^= 0x81
    path.write_bytes(changed)
    log.engine.dispose()
    with pytest.raises(Refused) as caught:
        open_settings(log.settings)
    assert caught.value.code == "ledger.corrupt"


def test_partial_files_that_a_crash_left_beside_a_full_tile_are_removed_at_the_next_start(log: Instance) -> None:
    grown(log, range(300))
    folder = Folder(log.log.publisher.directory)
    before = shown(log)
    folder.overwrite("tile/0/000.p/9", b"\0")
    folder.overwrite("tile/entries/000.p/9", b"")
    log.engine.dispose()
    open_settings(log.settings).engine.dispose()
    assert shown(log) == before
    assert not list(log.log.publisher.directory.glob("tile/*/000.p/9"))


def test_another_publisher_in_between_is_noticed_by_what_is_kept_in_memory(log: Instance) -> None:
    grown(log, range(3))
    other = open_settings(log.settings)
    for number in range(10, 14):
        (other if number % 2 else log).log.append([submission(number)])
    other.engine.dispose()
    published = log.log.publisher.published()
    assert published is not None
    assert set(tile_paths(published.size)) <= set(shown(log))
    grown(log, range(20, 300), range(300, 301))
    open_settings(log.settings).engine.dispose()


def test_what_was_committed_and_not_published_is_published_for_whoever_asks_again(log: Instance) -> None:
    grown(log, range(1))
    publisher = log.log.publisher
    tiles = publisher.directory / "tile"
    tiles.rename(publisher.directory / "kept")
    tiles.write_bytes(b"in the way")
    with pytest.raises(CannotVerify) as caught:
        grown(log, range(1, 2))
    assert caught.value.code == "store.away"
    head = LogReader(log.engine, log.scope, log.log.name).head()
    published = publisher.published()
    assert head is not None
    assert published is not None
    assert published.size < head.tree_size
    tiles.unlink()
    (publisher.directory / "kept").rename(tiles)
    publisher.reach(published.size)
    assert publisher.published() == published
    publisher.reach(head.tree_size)
    reached = publisher.published()
    assert reached is not None
    assert (reached.size, reached.root) == (head.tree_size, head.root)


def test_files_are_the_same_whether_a_group_is_published_from_memory_or_read_again(
    log: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[tuple[int, int]]()
    real = log.log.publisher._rows.entries
    monkeypatch.setattr(
        log.log.publisher._rows,
        "entries",
        lambda session, first, end: (read.append((first, end)), real(session, first, end))[1],
    )
    grown(log, range(1), range(1, 300), range(300, 301), range(301, 900))
    assert read == []  # each knows what it committed
    size = 2 + 900 + 4
    from_memory = shown(log)
    assert set(tile_paths(size)) <= set(from_memory)
    other = Publisher(log.engine, log.scope, log.log.name, directory=log.settings.home / "again")
    other.publish()
    assert read == []
    again = {path: other.fetch(path) for path in other.tiles()}
    assert again == {path: from_memory[path] for path in tile_paths(size)}


def test_each_group_is_published_by_itself_though_a_later_one_is_committed(
    log: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(log, range(1))
    publisher, seen = log.log.publisher, list[Fresh]()
    real = publisher.publish
    monkeypatch.setattr(publisher, "publish", lambda fresh=None: seen.append(fresh))
    grown(log, range(1, 3), range(3, 5), range(5, 6))
    monkeypatch.setattr(publisher._rows, "entries", lambda *_: pytest.fail("entries that are in memory are read again"))
    for fresh, size in zip(seen[:2], (7, 10), strict=True):
        real(fresh)
        published = publisher.published()
        assert published is not None
        assert published.size == size
    monkeypatch.undo()
    other = Publisher(log.engine, log.scope, log.log.name, directory=log.settings.home / "again")
    other.publish()
    publisher.publish()
    assert {path: other.fetch(path) for path in other.tiles()}.items() <= shown(log).items()


def test_group_whose_turn_was_taken_is_read_again_with_all_that_follow(log: Instance) -> None:
    grown(log, range(1))
    publisher, seen = log.log.publisher, list[Fresh]()
    real, publisher.publish = publisher.publish, lambda fresh=None: seen.append(fresh)  # type: ignore[method-assign]
    grown(log, range(1, 3), range(3, 5))
    for fresh in reversed(seen):
        real(fresh)
        published = publisher.published()
        assert published is not None
        assert published.size == 10
    other = Publisher(log.engine, log.scope, log.log.name, directory=log.settings.home / "again")
    other.publish()
    assert {path: other.fetch(path) for path in other.tiles()}.items() <= shown(log).items()


@pytest.mark.parametrize("read_again", [False, True])
def test_nothing_of_the_database_is_held_while_files_are_written(
    log: Instance, monkeypatch: pytest.MonkeyPatch, *, read_again: bool
) -> None:
    """A reader that stayed would let SQLite's log of writes grow as long as groups follow each other."""
    grown(log, range(1))
    publisher, busy = log.log.publisher, list[int]()
    if read_again:
        publisher = Publisher(log.engine, log.scope, log.log.name, directory=log.settings.home / "again")
    real = publisher.files.create

    def create(files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:
        with closing(sqlite3.connect(log.settings.home / "whereof.db")) as other:
            busy.append(other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        return real(files, durable=durable)

    monkeypatch.setattr(publisher.files, "create", create)
    grown(log, range(1, 3))
    publisher.publish()
    assert set(busy) == {0}


def test_next_group_is_committed_while_one_is_published_and_neither_is_answered_before_its_own(
    log: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(log, range(1))
    publisher, begun, go = log.log.publisher, Event(), Event()
    real = publisher.files.replace

    def replace(path: str, data: bytes, *, seen: Version | None) -> bool:
        begun.set()
        go.wait()
        return real(path, data, seen=seen)

    monkeypatch.setattr(publisher.files, "replace", replace)
    before, committed = publisher.published(), Event()

    def say(step: str) -> None:
        if step == "publish":
            committed.set()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(log.log.append, [submission(1)])
        begun.wait()
        second = threads.submit(log.log.append, [submission(2)], on_step=say)
        committed.wait()
        head = LogReader(log.engine, log.scope, log.log.name).head()
        assert publisher.published() == before
        assert not first.done()
        assert not second.done()
        go.set()
        assert head is not None
        assert [first.result()[0].tree_size, second.result()[0].tree_size] == [head.tree_size - 2, head.tree_size]
    published = publisher.published()
    assert published is not None
    assert (published.size, published.root) == (head.tree_size, head.root)
