"""A witness that may have forgotten what it cosigned signs nothing."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from attest.clock import SystemEntropy
from attest.errors import Refused
from attest.ledger.cosigned import with_lines
from attest.witness.request import encode_request
from attest.witness.state import WitnessState, begin_witness
from tests.support.small_log import SmallLog, SmallWitness


def cosign(witness: SmallWitness, log: SmallLog, old: int) -> str:
    answer = witness.witness.add_checkpoint(encode_request(old, log.proof(old), log.note()))
    assert answer.status == 200
    return answer.body.decode()


def refusal(witness: SmallWitness) -> str:
    with pytest.raises(Refused) as caught:
        WitnessState.open(witness.state_dir, witness.key_dir)
    return caught.value.code


def test_what_was_cosigned_is_known_after_a_restart(witness: SmallWitness, log: SmallLog) -> None:
    cosign(witness, log, 0)
    witness.state.close()

    witness.open()

    seen = witness.state.latest(log.origin)
    assert seen is not None
    assert (seen.size, seen.root) == (5, log.root())


def test_a_lost_state_is_refused(witness: SmallWitness, log: SmallLog) -> None:
    cosign(witness, log, 0)
    witness.state.close()
    shutil.rmtree(witness.state_dir)

    assert refusal(witness) == "witness.state"


def test_a_lost_file_of_the_state_is_refused(witness: SmallWitness, log: SmallLog) -> None:
    cosign(witness, log, 0)
    witness.state.close()
    for path in (witness.state_dir / "logs").iterdir():
        path.unlink()

    assert refusal(witness) == "witness.state"


def test_an_older_copy_of_the_state_is_refused(witness: SmallWitness, log: SmallLog, tmp_path: Path) -> None:
    cosign(witness, log, 0)
    shutil.copytree(witness.state_dir, tmp_path / "backup")
    cosign(witness, log.add(3), 5)
    witness.state.close()
    shutil.rmtree(witness.state_dir)
    shutil.copytree(tmp_path / "backup", witness.state_dir)

    assert refusal(witness) == "witness.state"


def test_another_witness_s_state_is_refused(witness: SmallWitness, tmp_path: Path) -> None:
    witness.state.close()
    begin_witness(tmp_path / "b-state", tmp_path / "b-key", "other.example.test", SystemEntropy())

    with pytest.raises(Refused):
        WitnessState.open(tmp_path / "b-state", witness.key_dir)


def test_a_changed_file_of_the_state_is_refused(witness: SmallWitness, log: SmallLog) -> None:
    cosign(witness, log, 0)
    witness.state.close()
    [path] = (witness.state_dir / "logs").iterdir()
    path.write_text(json.dumps({"size": 5}))

    assert refusal(witness) == "witness.state"


def test_two_processes_never_have_one_state(witness: SmallWitness) -> None:
    assert refusal(witness) == "store.busy"


def test_a_witness_is_never_made_over_another(witness: SmallWitness) -> None:
    with pytest.raises(Refused):
        begin_witness(witness.state_dir, witness.key_dir, "again.example.test", SystemEntropy())


def test_both_folders_put_back_stop_when_a_log_shows_a_later_cosignature(
    witness: SmallWitness, log: SmallLog, tmp_path: Path
) -> None:
    cosign(witness, log, 0)
    for name in ("state", "key"):
        shutil.copytree(tmp_path / name, tmp_path / "backup" / name)
    log.add(3)
    later = with_lines(log.note(), [cosign(witness, log, 5)])
    witness.state.close()
    for name in ("state", "key"):
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / "backup" / name, tmp_path / name)
    witness.open()

    first = witness.witness.add_checkpoint(encode_request(5, log.proof(5), later))
    second = witness.witness.add_checkpoint(encode_request(5, log.proof(5), log.note()))

    assert (first.status, second.status) == (503, 503)
    assert witness.witness.stopped is not None


def test_a_head_that_cannot_be_kept_is_not_signed(
    witness: SmallWitness, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("attest.witness.state.replace_file", full)

    answer = witness.witness.add_checkpoint(encode_request(0, (), log.note()))

    assert answer.status == 503
    assert "—".encode() not in answer.body


def test_time_never_goes_back(witness: SmallWitness, log: SmallLog) -> None:
    start = witness.clock.now()
    cosign(witness, log, 0)
    witness.clock.at = start - timedelta(seconds=30)
    cosign(witness, log, 5)
    seen = witness.state.latest(log.origin)
    witness.clock.at = start - timedelta(hours=1)

    answer = witness.witness.add_checkpoint(encode_request(5, (), log.note()))

    assert seen is not None
    assert seen.at == int(start.timestamp())
    assert answer.status == 503
