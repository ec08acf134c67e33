"""Promise: the running service notices, by itself, what somebody changed in its database or its published files."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from api.auditing import BETWEEN_S, SelfAudit
from api.happenings import open_log
from attest.clock import SystemClock, SystemEntropy
from attest.errors import CannotVerify
from attest.settings import Settings
from attest.store.publisher import CHECKPOINT
from attest.usecases.instance import Instance, open_instance
from attest.usecases.self_audit import audit_round
from tests.unit.usecases.signed_entries import signed_entries


@pytest.fixture
def logged(home: Path) -> Iterator[Instance]:
    """Give an instance with three attestations."""
    made = open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())
    made.append(signed_entries(made, 3))
    yield made
    made.engine.dispose()


@pytest.fixture
def audit(logged: Instance) -> Iterator[SelfAudit]:
    said = io.StringIO()
    yield SelfAudit(logged, open_log(said, SystemClock()))
    assert all(line["event"] == "self-audit-found" for line in map(json.loads, said.getvalue().splitlines()))


def spoken(instance: Instance) -> int:
    """Give the index of an attestation."""
    with closing(sqlite3.connect(instance.engine.url.database or "")) as database:
        (found,) = database.execute("SELECT min(idx) FROM attestation").fetchone()
    return int(found)


def change(instance: Instance, statement: str, *values: object) -> None:
    """Change the ledger's rows as somebody would who has the database's file: without its triggers."""
    with closing(sqlite3.connect(instance.engine.url.database or "")) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in found:
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement, values).rowcount == 1
        database.commit()


def test_an_honest_log_has_no_problems_and_every_entry_of_a_small_one_is_looked_at(audit: SelfAudit) -> None:
    for _ in range(8):
        audit.round()
    assert audit.problems == ()
    assert audit.checked >= 8 * 4
    assert audit.at > 0


@pytest.mark.parametrize(
    ("column", "value"),
    [("body", b"{}"), ("leaf_hash", bytes(32)), ("envelope", b"{}"), ("certificate", b"0\x00")],
    ids=["body", "leaf hash", "envelope", "certificate"],
)
def test_a_changed_entry_is_found(audit: SelfAudit, logged: Instance, column: str, value: bytes) -> None:
    index = spoken(logged)
    change(logged, f"UPDATE entry SET {column} = ? WHERE idx = ?", value, index)
    audit.round()
    assert [problem.partition(":")[0] for problem in audit.problems] == [f"entry {index}"]
    audit.round()
    assert len(audit.problems) == 1


def test_a_head_that_was_signed_by_nobody_is_found(audit: SelfAudit, logged: Instance) -> None:
    newest = "tree_size = (SELECT max(tree_size) FROM tree_head)"
    change(logged, f"UPDATE tree_head SET root = zeroblob(32) WHERE {newest}")
    audit.round()
    assert any(problem.startswith("head ") for problem in audit.problems)


def test_a_tile_of_other_bytes_and_a_checkpoint_of_another_key_are_found(audit: SelfAudit, logged: Instance) -> None:
    (folder,) = {path.parent for path in logged.settings.logs_dir.rglob(CHECKPOINT)}
    tile = max((folder / "tile" / "0" / "000.p").iterdir(), key=lambda path: int(path.name))
    held = tile.read_bytes()
    tile.chmod(0o600)
    tile.write_bytes(bytes(32) + held[32:])
    audit.round()
    assert any(problem.startswith("entry ") for problem in audit.problems)
    tile.write_bytes(held)
    note = (folder / CHECKPOINT).read_text()
    (folder / CHECKPOINT).write_text(note[:-12] + "AAAAAAAAAAA\n")
    audit.round()
    assert any(problem.startswith("checkpoint: ") for problem in audit.problems)


def test_a_log_that_was_put_back_is_found_by_the_head_of_the_last_round(logged: Instance) -> None:
    first = audit_round(logged, None)
    assert first.head is not None
    longer = replace(first.head, size=first.head.size + 1)
    other = replace(first.head, root=bytes(32))
    for last in (longer, other):
        found = audit_round(logged, last)
        assert [problem.partition(" ")[0] for problem in found.problems] == ["growth"]
        assert found.checked == 0


def test_a_database_that_is_away_is_no_problem_of_the_log(logged: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_path: str) -> None:
        raise CannotVerify("store.away")

    monkeypatch.setattr(logged.log.publisher.files, "read", away)
    with pytest.raises(CannotVerify):
        audit_round(logged, None)


def test_a_round_stands_aside_after_each_entry_and_goes_on_at_once_when_it_is_to_stop(
    logged: Instance, audit: SelfAudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    found = audit_round(logged, None, pause=lambda: pauses.append(1.0))
    assert len(pauses) == found.checked > 0
    slept: list[float] = []
    monkeypatch.setattr("api.auditing.sleep", slept.append)
    audit.round(lambda: True)
    assert set(slept) == {0}
    audit.round()
    assert BETWEEN_S in slept
