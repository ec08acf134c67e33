from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from attest.clock import SystemClock, SystemEntropy
from attest.errors import Absent, CannotVerify, Conflict, Refused
from attest.ledger.index import KeyKind, index_key
from attest.ledger.proof import verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.model.scope import Scope
from attest.settings import Settings
from attest.store.claims import fulfil, fulfilled, hold_claim, unfulfilled
from attest.store.database import reading, writing
from attest.store.engine import open_engine
from attest.store.log_reader import LogReader
from attest.store.log_store import LogStore
from attest.store.schema import require_schema
from attest.store.sessions import session_id
from attest.store.tables import TreeHeadRow
from attest.usecases.complete import complete_rows
from attest.usecases.instance import Instance, assemble_instance
from tests.unit.store.conftest import Backup, open_settings
from tests.unit.store.submissions import submission

OID = "ab" * 20
KEY = index_key(KeyKind.GIT_COMMIT, OID)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name[0] != "."}


def sibling(instance: Instance, folder: Path, kind: type[LogStore] = LogStore) -> LogStore:
    return kind(
        instance.engine, instance.scope, instance.log.name, authority=instance.services.log, clock=instance.clock,
        directory=folder,
    )  # fmt: skip


def size(instance: Instance) -> int:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    assert head is not None
    return head.tree_size


def test_receipts_of_a_group_prove_every_entry(instance: Instance) -> None:
    for group in ((0,), (1, 2, 3), tuple(range(4, 13))):
        receipts = instance.log.append([submission(n) for n in group])
        assert [r.index for r in receipts] == list(range(receipts[0].index, receipts[0].index + len(group)))
        for number, receipt in zip(group, receipts, strict=True):
            leaf = leaf_hash(submission(number).leaf.body)
            verify_inclusion(leaf, receipt.index, receipt.tree_size, receipt.proof, receipt.root)
            assert receipt.tree_size == receipts[-1].index + 2  # the index leaf is the last one
            assert receipt.set_signature is None or receipt.integrated_time


def test_log_begins_with_a_genesis_and_ends_each_group_with_its_index(instance: Instance) -> None:
    instance.log.append([submission(1)])
    reader = LogReader(instance.engine, instance.scope, instance.log.name)
    kinds = [entry.kind for n in range(4) if (entry := reader.entry(n))]
    assert kinds == ["genesis", "index", "attestation", "index"]
    assert reader.entry(4) is None
    assert reader.head(3) is None


def test_answer_stays_complete_through_compaction(instance: Instance) -> None:
    """17 groups are one compaction, 257 are one of the second level."""
    expected = []
    seen = set()
    for number in range(258):
        (receipt,) = instance.log.append([submission(number, *((KEY,) if number % 50 == 0 else (bytes(32),)))])
        if number % 50 == 0:
            expected.append(receipt.index)
        if number in {0, 15, 16, 17, 100, 255, 256, 257}:
            answer = complete_rows(instance, KeyKind.GIT_COMMIT, OID)
            assert sorted(row.index for row in answer.rows) == expected
            assert not complete_rows(instance, KeyKind.GIT_COMMIT, "cd" * 20).rows
            seen.add(len(answer.proofs))
    assert max(seen) > min(len(answer.proofs), 16)
    assert len(answer.proofs) < 32


def test_group_whose_rows_cannot_be_written_leaves_nothing(instance: Instance) -> None:
    def fail(_session: object, _receipt: object) -> None:
        raise Conflict("ledger.conflict")

    before, published = size(instance), files(instance.settings.logs_dir)
    with pytest.raises(Conflict):
        instance.log.append([submission(1), replace(submission(2), within=fail)])
    assert (size(instance), files(instance.settings.logs_dir)) == (before, published)
    instance.log.append([submission(1)])
    assert size(instance) == before + 2


class StaleStore(LogStore):
    """Believes in the head it saw first, as a writer would that lost its connection and went on from memory."""

    seen: TreeHeadRow | None = None

    def _head(self, session: object) -> TreeHeadRow | None:
        self.seen = self.seen or super()._head(session)  # type: ignore[arg-type]
        return self.seen


def test_writer_with_a_stale_head_writes_nothing(instance: Instance, tmp_path: Path) -> None:
    stale = sibling(instance, tmp_path / "elsewhere", StaleStore)
    with reading(instance.engine) as session:
        stale._head(session)
    instance.log.append([submission(2)])
    before = size(instance)
    with pytest.raises(Conflict) as caught:
        stale.append([submission(3)])
    assert caught.value.code == "ledger.conflict"
    assert size(instance) == before
    assert complete_rows(instance, KeyKind.GIT_COMMIT, OID).state.tree_size == before


def test_database_older_than_what_was_published_signs_nothing(instance: Instance, backup: Backup) -> None:
    backup.take()
    instance.log.append([submission(1)])
    backup.restore()
    with pytest.raises(Refused) as caught:
        open_settings(instance.settings)
    assert caught.value.code == "ledger.rollback"
    again = assemble_instance(instance.settings, clock=SystemClock(), entropy=SystemEntropy())
    with pytest.raises(Refused) as caught:
        again.log.append([submission(2)])
    assert caught.value.code == "ledger.rollback"
    again.engine.dispose()


def test_lost_database_beside_a_published_log_begins_no_second_one(instance: Instance, backup: Backup) -> None:
    backup.lose()
    with pytest.raises(Refused) as caught:
        open_settings(instance.settings)
    assert caught.value.code == "ledger.rollback"


@pytest.mark.parametrize("note", [b"", b"nonsense", b"a\n-1\n\n", b"\xff\xfe"])
def test_checkpoint_that_does_not_parse_stops_the_log(instance: Instance, note: bytes) -> None:
    (instance.log.publisher.directory / "checkpoint").write_bytes(note)
    with pytest.raises(Refused) as caught:
        instance.log.append([submission(1)])
    assert caught.value.code == "ledger.corrupt"


def test_published_files_are_made_again_byte_for_byte(instance: Instance) -> None:
    for number in range(3):
        instance.log.append([submission(number * 100 + n) for n in range(100)])
    folder = instance.log.publisher.directory
    before = files(folder)
    assert any("/256" not in name and "entries/000" in name for name in before)
    shutil.rmtree(folder)
    instance.log.publisher.publish()
    after = files(folder)
    assert after["checkpoint"] == before["checkpoint"]
    assert after.items() <= before.items()
    instance.log.append([submission(999)])


def test_tile_that_was_lost_does_not_stop_the_log(instance: Instance) -> None:
    instance.log.append([submission(n) for n in range(300)])
    shutil.rmtree(instance.log.publisher.directory / "tile")
    instance.log.append([submission(1000)])
    published = instance.log.publisher.published()
    assert published is not None
    assert published.size == size(instance)


def test_tile_that_differs_from_the_database_is_refused(instance: Instance) -> None:
    instance.log.append([submission(n) for n in range(3)])
    folder = instance.log.publisher.directory
    victim = next(folder.rglob(f"entries/000.p/{size(instance)}"))
    victim.write_bytes(victim.read_bytes()[::-1])
    (folder / "checkpoint").unlink()
    with pytest.raises(Refused) as caught:
        instance.log.publisher.publish()
    assert caught.value.code == "ledger.corrupt"


def test_unpublished_name_is_absent(instance: Instance) -> None:
    for path in ("tile/9/999", "tile", "checkpoint/x"):
        with pytest.raises(Absent):
            instance.log.publisher.fetch(path)


_BREAKING = (
    "UPDATE entry SET body = body",
    "DELETE FROM entry",
    "DELETE FROM tree_head WHERE tree_size = 2",
    "UPDATE index_row SET idx = 0",
    "UPDATE log SET origin = 'x'",
    (
        "INSERT INTO entry SELECT tenant, log, idx + 7, kind, leaf_hash, body, envelope, certificate, token, "
        "integrated_time, set_signature, tree_size, proof FROM entry WHERE idx = 0"
    ),
)
_REPLACING = {
    "sqlite": "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE idx = 0",
    "postgresql": "TRUNCATE entry",
}


@pytest.mark.parametrize("number", range(len(_BREAKING) + 1))
def test_ledger_tables_only_grow_and_have_no_gaps(
    instance: Instance, number: int, as_owner: Callable[[str], None]
) -> None:
    instance.log.append([submission(1, KEY)])
    statement = (*_BREAKING, _REPLACING[instance.engine.dialect.name])[number]
    with pytest.raises(DBAPIError), writing(instance.engine) as session:
        session.connection().execute(text(statement))
    with pytest.raises(Exception, match=r"append-only|no gaps"):
        as_owner(statement)


def test_index_rows_that_were_changed_stop_a_compaction(instance: Instance, as_owner: Callable[[str], None]) -> None:
    for number in range(14):
        instance.log.append([submission(number, KEY)])
    drop = {
        "sqlite": "DROP TRIGGER index_row_no_delete",
        "postgresql": "DROP TRIGGER index_row_no_update ON index_row",
    }
    as_owner(drop[instance.engine.dialect.name])
    as_owner("DELETE FROM index_row WHERE idx = 4")
    before = size(instance)
    instance.log.append([submission(100)])  # the genesis, 14 groups and this one are 16 segments
    with pytest.raises(Refused) as caught:
        sibling(instance, instance.settings.logs_dir).append([submission(101)])
    assert caught.value.code == "ledger.corrupt"
    assert size(instance) == before + 2


def test_one_of_two_holds_a_claim_and_the_other_gets_what_it_made(instance: Instance, tmp_path: Path) -> None:
    holding, told = Event(), []

    def second() -> None:
        holding.wait()
        with hold_claim(instance.engine, instance.scope, "k", locks=tmp_path, at=2) as done:
            told.append(done)

    thread = Thread(target=second)
    thread.start()
    with hold_claim(instance.engine, instance.scope, "k", locks=tmp_path, at=1) as done:
        assert done is None
        holding.set()
        thread.join(0.2)
        assert thread.is_alive()
        with writing(instance.engine) as session:
            assert fulfil(session, instance.scope, "k", "att_1")
    thread.join(30)
    assert told == ["att_1"]
    with writing(instance.engine) as session:
        assert not fulfil(session, instance.scope, "k", "att_2")
        assert not fulfil(session, instance.scope, "never held", "att_2")
    assert fulfilled(instance.engine, instance.scope, "k") == "att_1"


def test_claim_whose_maker_failed_is_counted_and_taken_over(instance: Instance, tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        hold_claim(instance.engine, instance.scope, "k", locks=tmp_path, at=1),
    ):
        raise RuntimeError
    assert unfulfilled(instance.engine, instance.scope) == 1
    with hold_claim(instance.engine, instance.scope, "k", locks=tmp_path, at=2) as done:
        assert done is None
    assert unfulfilled(instance.engine, instance.scope) == 1


def test_claims_and_sessions_of_another_tenant_are_not_seen(instance: Instance, tmp_path: Path) -> None:
    other = Scope("ten_other")
    with hold_claim(instance.engine, instance.scope, "k", locks=tmp_path, at=1), writing(instance.engine) as session:
        assert not fulfil(session, other, "k", "att_1")
    assert (unfulfilled(instance.engine, other), fulfilled(instance.engine, other, "k")) == (0, None)
    ids = [
        session_id(instance.engine, scope, native, clock=instance.clock, entropy=instance.entropy)
        for scope in (instance.scope, other)
        for native in (("claude-code", "one"), ("claude-code", "one"), ("codex", "one"))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert LogReader(instance.engine, other, instance.log.name).head() is None


def test_reading_changes_nothing(instance: Instance) -> None:
    with reading(instance.engine) as session:
        session.connection().execute(text("DELETE FROM claim"))
        session.connection().execute(text("INSERT INTO claim VALUES ('t', 'k', 'h', 1, NULL, 1)"))
    assert unfulfilled(instance.engine, Scope("t")) == 0


def test_database_that_was_never_migrated_is_not_worked_on(tmp_path: Path) -> None:
    engine = open_engine(Settings(home=tmp_path))
    with pytest.raises(CannotVerify) as caught:
        require_schema(engine)
    assert caught.value.code == "store.schema"
    engine.dispose()
