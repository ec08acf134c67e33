"""An instance's heads cosigned by two witnesses: kept, published, counted, and never forgotten by a restored database."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.witnessing import Witnessing
from attest.clock import SystemClock, SystemEntropy
from attest.errors import Refused
from attest.ledger.cosigned import open_cosigned
from attest.ledger.note import decode_vkey, encode_vkey
from attest.ledger.witness_policy import WitnessPolicy, parse_policy
from attest.settings import Settings
from attest.store.database import writing
from attest.store.restore_guard import RestoreGuard
from attest.store.tables import CosignatureRow
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance, open_instance
from attest.usecases.outside_times import earliest_outside
from attest.usecases.seen_outside import seen_outside, witnesses_of
from attest.usecases.witness_heads import ask_witnesses, witnessed_head
from tests.support.signing import SettableClock
from tests.support.small_log import NOON, SmallWitness, policy_text
from tests.unit.store.submissions import submission

pytestmark = pytest.mark.loopback
_NUMBERS = itertools.count()


@pytest.fixture
def instance(home: Path) -> Iterator[Instance]:
    made = opened(home)
    yield made
    made.engine.dispose()


def opened(home: Path) -> Instance:
    return open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())


@pytest.fixture
def policy(instance: Instance, tmp_path: Path) -> Iterator[WitnessPolicy]:
    log = decode_vkey(instance.services.log.verifier_key)
    with ExitStack() as stack:
        made = {}
        for name in ("one", "two"):
            witness = SmallWitness(tmp_path / name, name=f"{name}.example.test/w", logs=(log,))
            made[name] = (witness.key, stack.enter_context(witness.served()))
        yield parse_policy(policy_text(made, "group both all one two\nquorum both"))


def grow(instance: Instance, count: int = 1) -> int:
    return instance.append([submission(next(_NUMBERS)) for _ in range(count)])[-1].tree_size


def test_a_head_becomes_witnessed_when_the_quorum_signed_it(instance: Instance, policy: WitnessPolicy) -> None:
    assert witnessed_head(instance, policy) is None

    first = ask_witnesses(instance, policy)
    size = grow(instance)
    second = ask_witnesses(instance, policy)

    assert (first.standing.met, second.standing.met, second.tree_size) == (True, True, size)
    found = witnessed_head(instance, policy, at_least=size)
    assert found is not None
    assert found.note == second.note
    assert witnessed_head(instance, policy, at_least=size + 1) is None


def test_the_checkpoint_is_served_with_its_cosignatures(instance: Instance, policy: WitnessPolicy) -> None:
    ask_witnesses(instance, policy)

    note = instance.log.publisher.fetch("checkpoint")

    log = decode_vkey(instance.services.log.verifier_key)
    assert len(open_cosigned(note, log, policy.keys).cosignatures) == 2
    assert instance.log.publisher.fetch("checkpoint.witnessed") == note
    assert not fsck(instance, FsckDepth(signatures=False), on_progress=lambda *_: None).problems


def test_a_changed_cosignature_in_the_checkpoint_is_found(instance: Instance, policy: WitnessPolicy) -> None:
    ask_witnesses(instance, policy)
    path = instance.log.publisher.directory / "checkpoint"
    raw = path.read_bytes()
    path.write_bytes(raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:])

    assert "checkpoint" in " ".join(fsck(instance, FsckDepth(signatures=False), on_progress=lambda *_: None).problems)


def test_a_witness_that_is_away_does_not_keep_the_others(instance: Instance, policy: WitnessPolicy) -> None:
    text = policy_text(
        {
            "one": (policy.witnesses[0].key, "http://127.0.0.1:9"),
            "two": (policy.witnesses[1].key, policy.witnesses[1].url),
        },
        "group g any one two\nquorum g",
    )

    result = ask_witnesses(instance, parse_policy(text))

    assert result.standing.met
    assert {one.witness: one.code for one in result.asked} == {"one": "service.away", "two": ""}


def copied(home: Path, name: str) -> Path:
    target = home / name
    target.mkdir()
    for path in (home / "whereof").glob("whereof.db*"):
        shutil.copy(path, target)
    return target


def test_a_database_put_back_behind_a_witnessed_head_signs_nothing(
    instance: Instance, policy: WitnessPolicy, home: Path
) -> None:
    instance.engine.dispose()
    kept = copied(home, "kept")
    grow(instance, 3)
    size = ask_witnesses(instance, policy).tree_size
    instance.engine.dispose()
    for path in (home / "whereof").glob("whereof.db*"):
        path.unlink()
    shutil.copytree(kept, home / "whereof", dirs_exist_ok=True)
    shutil.rmtree(home / "whereof" / "logs")  # the published files are lost too

    with pytest.raises(Refused) as caught:
        opened(home)

    assert (caught.value.code, caught.value.where) == ("ledger.rollback", "witnessed")
    assert str(size) in caught.value.expected


def test_everything_put_back_is_found_by_the_witness_s_word(
    instance: Instance, policy: WitnessPolicy, home: Path
) -> None:
    instance.engine.dispose()
    shutil.copytree(home / "whereof", home / "kept")
    grow(instance, 3)
    ask_witnesses(instance, policy)
    instance.engine.dispose()
    shutil.rmtree(home / "whereof")
    shutil.copytree(home / "kept", home / "whereof")
    restored = opened(home)

    result = ask_witnesses(restored, policy)

    assert {one.code for one in result.asked} == {"witness.refused"}
    with pytest.raises(Refused) as caught:
        grow(restored)
    assert caught.value.code == "ledger.rollback"
    restored.engine.dispose()


def test_a_running_signer_stops_when_somebody_hands_in_a_head_it_does_not_have(instance: Instance, home: Path) -> None:
    grow(instance)
    authority = instance.services.log
    note = authority.sign_heads(999, b"\x01" * 32).c2sp
    instance.guard.heads.keep("handed-in-1", note, decode_vkey(authority.verifier_key))

    with pytest.raises(Refused) as caught:
        grow(instance)

    assert caught.value.where == "handed-in-1"


def test_a_head_of_another_root_is_corruption(instance: Instance) -> None:
    size = grow(instance)
    authority = instance.services.log
    note = authority.sign_heads(size, b"\x01" * 32).c2sp
    instance.guard.heads.keep("handed-in-1", note, decode_vkey(authority.verifier_key))

    with pytest.raises(Refused) as caught:
        RestoreGuard(instance.engine, instance.scope, "default", instance.guard.heads).require()

    assert caught.value.code == "ledger.corrupt"


def test_the_earliest_outside_time_is_a_witness_s(instance: Instance, policy: WitnessPolicy) -> None:
    size = grow(instance)
    assert earliest_outside(instance, size) is None

    ask_witnesses(instance, policy)

    found = earliest_outside(instance, size)
    assert found is not None
    assert (found.at, found.tree_size) == (NOON, size)
    assert found.by.startswith("witness ")
    assert earliest_outside(instance, size + 1) is None


def test_what_witnesses_cosigned_last_is_told_with_its_age_and_what_it_lacks(
    instance: Instance, policy: WitnessPolicy
) -> None:
    size = grow(instance)
    assert seen_outside(instance, size, asks=False).alarms == ()
    assert "none outside this operator" in seen_outside(instance, size, asks=True).alarms[0]

    ask_witnesses(instance, policy)
    later = grow(instance, 2)
    late = replace(instance, clock=SettableClock(at=NOON + timedelta(hours=2)))
    found = seen_outside(late, later, asks=True)

    assert [(one.tree_size, one.lag, one.age_s, one.same_operator) for one in found.witnesses] == [
        (size, later - size, 7200, False)
    ] * 2
    assert found.alarms == ("the newest cosignature from outside is 7200 s old, more than 3600 s",)


def test_a_clock_that_went_backwards_is_an_alarm_and_no_fresh_cosignature(
    instance: Instance, policy: WitnessPolicy
) -> None:
    size = ask_witnesses(instance, policy).tree_size
    back = replace(instance, clock=SettableClock(at=NOON - timedelta(days=1)))
    assert [one.age_s for one in seen_outside(back, size, asks=True).witnesses] == [-86400] * 2
    assert all("went backwards" in one for one in seen_outside(back, size, asks=True).alarms)
    assert witnesses_of(instance, size)[0].at == NOON


def test_a_cosignature_of_the_far_future_breaks_no_page(instance: Instance, policy: WitnessPolicy) -> None:
    key = encode_vkey(policy.witnesses[0].key)
    with writing(instance.engine, alone="test") as session:
        place = {"tenant": instance.scope.tenant, "log": instance.log.name}
        session.add(CosignatureRow(**place, tree_size=1, vkey=key, at=2**62, line="x"))
    assert witnesses_of(instance, 1)[0].at.year == 9999
    found = earliest_outside(instance, 1)
    assert found is not None
    assert found.at.year == 9999


def test_a_service_asks_its_witnesses_and_knows_what_is_witnessed(instance: Instance, policy: WitnessPolicy) -> None:
    done = threading.Event()
    asking = Witnessing(instance, policy, on_failure=lambda _: done.set(), every_s=0.01)
    before = asking.size()
    asking.start()
    for _ in range(500):
        if asking.size():
            break
        done.wait(0.02)
    asking.close()

    published = instance.log.publisher.published()
    assert published is not None
    assert (before, asking.size()) == (0, published.size)
    assert not done.is_set()
