"""Promise: a quarantined session leaves nothing behind: no entry, no part, no bundle; other sessions are not touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.cli.main import exit_code
from attest.errors import Quarantined
from attest.store import attestations
from attest.usecases.instance import Instance
from redaction.errors import Quarantine
from redaction.second_scan import SecondScan
from tests.support.recording import Clone, check_home, record_file, story, write_story
from tools.bench_stream import write_transcript


def test_a_session_quarantined_in_its_second_batch_leaves_no_part_behind(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = record_file(instance, write_story(tmp_path / "good.jsonl", story()), clone)
    before = set(instance.objects.addresses())
    write_transcript(tmp_path / "long.jsonl", 6_000_000)
    check = SecondScan.check

    def check_and_hit(self: SecondScan, lines: list[bytes], first: int) -> None:
        check(self, lines, first)
        if first:
            raise Quarantine("made for this test", f"record {first}")

    monkeypatch.setattr(SecondScan, "check", check_and_hit)
    with pytest.raises(Quarantined) as caught:
        record_file(instance, tmp_path / "long.jsonl", clone)
    assert exit_code(caught.value) == 1
    assert set(instance.objects.addresses()) == before
    assert attestations.count(instance.engine, instance.scope) == 1
    assert [path.name.partition(".")[0] for path in (data / "bundles" / clone.oid).iterdir()] == [kept.attestation]
    monkeypatch.undo()
    assert record_file(instance, tmp_path / "long.jsonl", clone).index == 4
    assert check_home(data, signatures=True).problems == ()
