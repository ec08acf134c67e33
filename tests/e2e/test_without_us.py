"""Promise: everything the log says of itself can be checked from its files and rows by code that shares nothing with ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from tests.independent import naive_store
from tests.support.recording import Clone, record_file, story, write_story


def test_naive_code_checks_every_proof_note_tile_and_index_row(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    naive_store.check(data)
    receipts = []
    for number in range(3):
        transcript = write_story(tmp_path / f"{number}.jsonl", story(f"s{number}"))
        receipts.append(record_file(instance, transcript, clone if number else None))
        statements = naive_store.check(data)
        assert statements[receipts[-1].index]["digest"] == receipts[-1].payload_sha256
    assert [receipt.index for receipt in receipts] == [2, 4, 6]
    for receipt in receipts:
        assert naive_store.keys(statements[receipt.index]) == set(receipt.index_keys)
    with closing(sqlite3.connect(data / "whereof.db")) as database:
        database.execute("DROP TRIGGER index_row_no_delete")
        database.execute("DELETE FROM index_row WHERE idx = 4")
        database.commit()
    with pytest.raises(AssertionError):
        naive_store.check(data)
