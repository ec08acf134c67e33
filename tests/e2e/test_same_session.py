"""Promise: the same recording gives the same receipt and one entry, however often and from wherever it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from attest.capture.transcript import Transcript
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.read_parts import session_of
from attest.usecases.record import RecordRequest, record
from tests.support.recording import ROOT, Clone, check_home, open_home, record_file, story, write_story


def test_recording_twice_gives_equal_receipts_and_one_entry(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    transcript = write_story(tmp_path / "t.jsonl", story())
    first = record_file(instance, transcript, clone)
    again = record_file(instance, transcript, clone)
    assert first.to_json() == again.to_json()
    assert attestations.count(instance.engine, instance.scope) == 1
    assert check_home(data, signatures=True).problems == ()


def test_fifty_recordings_at_once_in_a_new_home_give_one_entry(data: Path, clone: Clone, tmp_path: Path) -> None:
    transcript = write_story(tmp_path / "t.jsonl", story())
    command = [
        *(sys.executable, "-m", "tests.support.many_records"),
        *map(str, (data, transcript, clone.path, clone.oid, 10)),
    ]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(5)
    ]
    ended = [(*process.communicate(timeout=100), process.returncode) for process in running]
    assert [(error, code) for _, error, code in ended if code] == []
    receipts = [receipt for out, _, _ in ended for receipt in json.loads(out)]
    assert len(receipts) == 50
    assert all(receipt == receipts[0] for receipt in receipts)
    instance = open_home(data)
    assert attestations.count(instance.engine, instance.scope) == 1
    # Genesis with its index leaf, the one entry with its own.
    assert (receipts[0]["index"], receipts[0]["tree_size"]) == (2, 4)
    instance.engine.dispose()
    assert check_home(data, signatures=True).problems == ()


def test_the_format_a_caller_claims_is_recorded_as_a_claim_and_decides_nothing(
    instance: Instance, tmp_path: Path
) -> None:
    transcript = write_story(tmp_path / "claimed.jsonl", story())
    request = RecordRequest(transcript=Transcript.open(transcript), repository=None, commits=(), agent="codex/jsonl")
    source = session_of(instance, record(request, instance, on_step=lambda _: None).attestation).source
    assert (source.label_claimed, source.format) == ("codex/jsonl", "claude-code/jsonl")
