"""Promise: however the segments of the index are kept, an answer is proved from them or refused, and never wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from attest.errors import NotVerified, Refused
from attest.ledger.index import KeyKind, Segment, decode_live, index_key, prove_in, prove_key, verify_key
from attest.ledger.index import live as live_module
from attest.store import segments as module
from attest.store.compactor import Compactor
from attest.store.index_state import newest_index
from attest.store.segment_file import SegmentFile
from attest.store.segments import Segments
from attest.usecases.complete import complete_rows
from attest.usecases.instance import Instance
from tests.unit.store.conftest import open_settings
from tests.unit.store.submissions import submission

FAN_OUT = 4
OID = "ab" * 20
KEY = index_key(KeyKind.GIT_COMMIT, OID)
OTHERS = tuple(index_key(KeyKind.GIT_COMMIT, f"{n:040x}") for n in range(90))


@pytest.fixture(autouse=True)
def four_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen would need hundreds of groups."""
    monkeypatch.setattr(live_module, "FAN_OUT", FAN_OUT)


@pytest.fixture
def grown(instance: Instance) -> tuple[Instance, list[int]]:
    """Give an instance of 10 groups of 12 entries, and the entries of one commit; nothing is compacted yet."""
    instance.log.compacts_apart = True
    expected = []
    for number in range(0, 120, 12):
        keys = [(KEY,) if at % 7 == 0 else OTHERS[at % 90 :][:9] for at in range(number, number + 12)]
        receipts = instance.log.append([submission(number + at, *keys[at]) for at in range(12)])
        expected += [receipts[at].index for at in range(12) if (number + at) % 7 == 0]
    return instance, expected


def answer(instance: Instance) -> list[int]:
    assert not complete_rows(instance, KeyKind.GIT_COMMIT, "cd" * 20).rows
    return sorted(row.index for row in complete_rows(instance, KeyKind.GIT_COMMIT, OID).rows)


def compactor(instance: Instance) -> Compactor:
    def fail(err: BaseException) -> None:
        raise err

    return Compactor(instance.engine, instance.scope, instance.log, on_failure=fail)


def levels(instance: Instance) -> list[int]:
    state = newest_index(instance.engine, instance.scope, instance.log)
    return [one.level for one in decode_live(state.live_blob)]


def test_what_is_made_in_the_background_is_adopted_by_the_next_group(grown: tuple[Instance, list[int]]) -> None:
    instance, expected = grown
    before = complete_rows(instance, KeyKind.GIT_COMMIT, OID)
    assert set(levels(instance)) == {0}
    assert compactor(instance).compact_all() == 2
    assert set(levels(instance)) == {0}
    assert answer(instance) == expected
    instance.log.append([submission(1000)])
    assert levels(instance) == [1, 1, *[0] * (len(before.proofs) - 2 * FAN_OUT + 1)]
    assert answer(instance) == expected
    state = newest_index(instance.engine, instance.scope, instance.log)
    assert [type(tree) for tree in state.segments[:2]] == [SegmentFile] * 2


def test_levels_above_the_first_are_made_without_waiting_for_adoption(
    instance: Instance,
) -> None:
    instance.log.compacts_apart = True
    for number in range(FAN_OUT * FAN_OUT):
        instance.log.append([submission(number, KEY if number % 5 == 0 else OTHERS[number % 90])])
    assert compactor(instance).compact_all() == FAN_OUT + 1
    instance.log.append([submission(1000, KEY)])
    assert levels(instance)[0] == 2
    assert len(answer(instance)) == 5
    compactor(instance).compact_all()
    assert [place[0] for place, _ in instance.log.segments.files()] == [2], "files that nothing needs are gone"


def test_another_process_reads_the_same_and_makes_lost_files_again(
    grown: tuple[Instance, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, expected = grown
    compactor(instance).compact_all()
    instance.log.append([submission(1000)])
    kept = {path: path.read_bytes() for _, path in instance.log.segments.files()}
    assert len(kept) == 2
    other = open_settings(instance.settings)
    assert answer(other) == expected
    for path in kept:
        path.unlink()
    third = open_settings(instance.settings)
    assert answer(third) == expected
    assert not list(third.log.segments.files()), "a small segment needs no file"
    monkeypatch.setattr(module, "MAX_MEMORY_ROWS", 100)
    monkeypatch.setattr(module, "MAX_READ_ROWS", 90)
    fourth = open_settings(instance.settings)
    assert answer(fourth) == expected
    assert {path: path.read_bytes() for _, path in fourth.log.segments.files()} == kept
    for opened in (other, third, fourth):
        opened.engine.dispose()


def test_one_changed_byte_of_a_stored_segment_gives_no_wrong_answer(grown: tuple[Instance, list[int]]) -> None:
    """Of the header and record: the file is taken for lost. Of rows and hashes that the proof needs: it is refused."""
    instance, expected = grown
    compactor(instance).compact_all()
    instance.log.append([submission(1000)])
    (_, path), _ = instance.log.segments.files()
    data = path.read_bytes()
    refused = 0
    for at in range(0, len(data), 211):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        instance.log.segments = Segments(instance.scope, instance.log.name, directory=instance.log.segments.directory)
        outcome = outcome_of(instance)
        assert outcome in (expected, "evidence.index")
        refused += outcome == "evidence.index"
    assert refused


def outcome_of(instance: Instance) -> object:
    try:
        return answer(instance)
    except NotVerified as err:
        return err.code


def test_rows_that_were_taken_out_of_the_database_are_not_proved_absent(
    grown: tuple[Instance, list[int]], as_owner: Callable[[str], None]
) -> None:
    instance, expected = grown
    drop = {
        "sqlite": "DROP TRIGGER index_row_no_delete",
        "postgresql": "DROP TRIGGER index_row_no_update ON index_row",
    }
    as_owner(drop[instance.engine.dialect.name])
    as_owner(f"DELETE FROM index_row WHERE idx = {expected[3]}")
    other = open_settings(instance.settings)
    with pytest.raises(Refused) as caught:
        answer(other)
    assert caught.value.code == "ledger.corrupt"
    with pytest.raises(Refused) as caught:
        compactor(other).compact_all()
    assert caught.value.code == "ledger.corrupt"
    assert not list(other.log.segments.files())
    other.engine.dispose()


def test_compactor_runs_beside_the_log_and_ends_when_told(instance: Instance) -> None:
    thread = compactor(instance)
    thread.start()
    for number in range(12):
        instance.log.append([submission(number, KEY)])
    thread.close()
    compactor(instance).compact_all()
    instance.log.append([submission(1000)])
    assert 1 in levels(instance)
    assert len(answer(instance)) == 12


def test_file_proves_what_the_segment_in_memory_proves(grown: tuple[Instance, list[int]]) -> None:
    instance, _ = grown
    compactor(instance).compact_all()
    instance.log.append([submission(1000)])
    state = newest_index(instance.engine, instance.scope, instance.log)
    file, live = state.segments[0], decode_live(state.live_blob)[0]
    assert isinstance(file, SegmentFile)
    whole = Segment.decode(live.first, live.end, file[slice(0, live.rows * 72)])
    assert whole.root == live.root
    for key in (KEY, bytes(32), b"\xff" * 32, *OTHERS):
        proof = prove_in(file, key)
        assert proof == prove_key(whole, key)
        verify_key(proof, key, live.root, live.rows)
        with pytest.raises(NotVerified):
            verify_key(replace(proof, position=proof.position + 1), key, live.root, live.rows)
