"""Promise: ledger tables only grow; and where the guards are taken away, `fsck` finds every changed byte and names it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from attest.errors import Refused
from attest.store.tables import LEDGER_TABLES
from tests.support.recording import Clone, check_home, open_home, record_file, story, write_story


@pytest.fixture(scope="module")
def recorded(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a data directory with one recording, and the attestation's id. Tests work on copies."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(compiled, folder / "data" / "cache")
    instance = open_home(folder / "data")
    receipt = record_file(instance, write_story(folder / "t.jsonl", story()))
    instance.engine.dispose()
    shutil.rmtree(folder / "data" / "cache")
    return folder / "data", receipt.attestation


@pytest.fixture
def copy(recorded: tuple[Path, str], home: Path) -> Path:
    return Path(shutil.copytree(recorded[0], home / "whereof"))


def database(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(data / "whereof.db", isolation_level=None)


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


@pytest.mark.parametrize("table", LEDGER_TABLES)
def test_no_row_of_a_ledger_table_is_changed_taken_out_or_replaced(table: str, copy: Path) -> None:
    with closing(database(copy)) as connection:
        names = columns(connection, table)
        if connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,):
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('1' for _ in names)})")
        before = connection.execute(f"SELECT * FROM {table}").fetchall()
        statements = [f"UPDATE {table} SET {name} = {name}" for name in names]
        statements += [
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
            f"INSERT INTO {table} SELECT * FROM {table}",
            f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {names[0]} = {names[0]}",
        ]
        for statement in statements:
            with pytest.raises(sqlite3.IntegrityError, match=r"append-only|UNIQUE|no gaps"):
                connection.execute(statement)
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == before


@pytest.mark.parametrize("index", [-1, 99])
def test_entries_come_in_order_without_gaps(index: int, copy: Path) -> None:
    with closing(database(copy)) as connection:
        others = ", ".join(name for name in columns(connection, "entry") if name != "idx")
        with pytest.raises(sqlite3.IntegrityError, match="no gaps"):
            connection.execute(f"INSERT INTO entry (idx, {others}) SELECT {index}, {others} FROM entry WHERE idx = 0")


def test_two_heads_never_follow_the_same_head(copy: Path) -> None:
    with closing(database(copy)) as connection:
        others = ", ".join(name for name in columns(connection, "tree_head") if name != "tree_size")
        with pytest.raises(sqlite3.IntegrityError, match="previous_size"):
            connection.execute(
                f"INSERT INTO tree_head (tree_size, {others}) SELECT 77, {others} FROM tree_head WHERE tree_size = 4"
            )


def change(data: Path, table: str, column: str, where: str) -> None:
    """Flip the last byte of one stored value, past the guards."""
    with closing(database(data)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        ((value,),) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchall()
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (flipped(value),))


def flipped(value: bytes | str | int) -> bytes | str | int:
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-3] + ("B" if value[-3] != "B" else "C") + value[-2:]
    return value[:-1] + bytes([value[-1] ^ 1])


ENTRY, HEAD = "idx = 2", "tree_size = 4"
FIRST_ROW = "key = (SELECT min(key) FROM index_row)"


@pytest.mark.parametrize(
    "table, column, where, named",
    [
        ("entry", "body", ENTRY, "entry 2"),
        ("entry", "leaf_hash", ENTRY, "entry 2"),
        ("entry", "envelope", ENTRY, "entry 2"),
        ("entry", "certificate", ENTRY, "entry 2"),
        ("entry", "proof", ENTRY, "entry 2"),
        ("entry", "tree_size", ENTRY, "entry 2"),
        ("entry", "kind", ENTRY, "entry 2"),
        ("entry", "token", ENTRY, "att_"),
        ("entry", "set_signature", ENTRY, "att_"),
        ("entry", "integrated_time", ENTRY, "att_"),
        ("entry", "envelope", "idx = 0", "entry 0"),
        ("entry", "envelope", "idx = 3", "entry 3"),
        ("tree_head", "root", HEAD, "head 4"),
        ("tree_head", "edge", HEAD, "head 4"),
        ("tree_head", "live", HEAD, "head 4"),
        ("tree_head", "previous_size", HEAD, "head 4"),
        ("tree_head", "sigstore_note", HEAD, "head 4"),
        ("tree_head", "c2sp_note", HEAD, "head 4"),
        ("tree_head", "root", "tree_size = 2", "head 2"),
        ("index_row", "key", FIRST_ROW, "index"),
        ("index_row", "payload_hash", FIRST_ROW, "index"),
        ("index_row", "idx", FIRST_ROW, "index"),
        ("log", "origin", "true", "log"),
        ("log", "sigstore_key", "true", "log"),
        ("log", "c2sp_vkey", "true", "log"),
        ("attestation", "id", "true", "entry 2"),
        ("attestation", "identity", "true", "att_"),
        ("attestation", "predicate_type", "true", "att_"),
        ("attestation", "session", "true", "att_"),
        ("subject", "value", "kind = 'session'", "subjects"),
        ("part", "commitment", "name = 'intent'", "att_"),
        ("part", "ciphertext", "name = 'intent'", "att_"),
        ("part", "size", "name = 'intent'", "att_"),
        ("part", "name", "name = 'intent'", "att_"),
    ],
)
def test_fsck_finds_a_changed_value_in_the_database_and_names_it(
    table: str, column: str, where: str, named: str, copy: Path
) -> None:
    assert check_home(copy, signatures=True).problems == ()
    change(copy, table, column, where)
    problems = check_home(copy, signatures=True).problems
    assert any(problem.startswith(named) for problem in problems), problems


@pytest.mark.parametrize("table", ["part", "subject", "attestation", "index_row", "tree_head", "log"])
def test_fsck_finds_rows_that_were_taken_out(table: str, copy: Path) -> None:
    with closing(database(copy)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(f"DELETE FROM {table}")
    assert check_home(copy, signatures=True).problems


def stored_files(data: Path) -> dict[str, Path]:
    (log,) = (data / "logs").iterdir()
    return {
        str(path.relative_to(data)): path
        for base in (log, data / "objects")
        for path in base.rglob("*")
        if path.is_file()
    }


def test_fsck_finds_a_changed_byte_in_every_published_and_stored_file_and_names_it(copy: Path) -> None:
    assert check_home(copy).problems == ()
    checked = 0
    for name, path in sorted(stored_files(copy).items()):
        data = path.read_bytes()
        if not data:
            continue
        for at in {0, len(data) // 2, len(data) - 1}:
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            problems = check_home(copy).problems
            tail = name.split("/", 2)[2] if name.startswith("logs") else name.removeprefix("objects").replace("/", "")
            assert any(tail in problem for problem in problems), (name, at, problems)
        path.write_bytes(data)
        checked += 1
    assert checked > 10
    assert check_home(copy).problems == ()


def superseded(name: str) -> bool:
    """Say whether a file is the partial tile of an earlier tree, which a log may take away."""
    return ".p/" in name and not name.endswith(".p/4")


def test_fsck_finds_every_missing_file_and_names_it(copy: Path) -> None:
    for name, path in sorted(stored_files(copy).items()):
        data = path.read_bytes()
        if not data or superseded(name):
            continue
        path.unlink()
        problems = check_home(copy).problems
        tail = name.split("/", 2)[2] if name.startswith("logs") else name.removeprefix("objects").replace("/", "")
        assert any(tail in problem for problem in problems), (name, problems)
        path.write_bytes(data)


def test_a_database_older_than_what_was_published_signs_nothing(
    copy: Path, compiled: Path, clone: Clone, tmp_path: Path
) -> None:
    shutil.copytree(compiled, copy / "cache")
    older = (copy / "whereof.db").read_bytes()
    instance = open_home(copy)
    record_file(instance, write_story(tmp_path / "b.jsonl", story("s2")), clone)
    instance.engine.dispose()
    published = next((copy / "logs").rglob("checkpoint")).read_bytes()
    for left in copy.glob("whereof.db-*"):
        left.unlink()
    (copy / "whereof.db").write_bytes(older)
    with pytest.raises(Refused) as refused:
        open_home(copy)
    assert refused.value.code == "ledger.rollback"
    assert (copy / "whereof.db").read_bytes() == older
    assert next((copy / "logs").rglob("checkpoint")).read_bytes() == published
    assert any("checkpoint" in problem for problem in check_home(copy).problems)
