"""Promise: a transcript of every agent that is read goes the whole way: redacted, signed, logged, and read back the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.capture.reader import SNIFF_BYTES, read_session, sniff
from attest.capture.transcript import Transcript
from attest.errors import Quarantined
from attest.usecases.instance import Instance
from attest.usecases.redact_file import redact_file, redactor_of
from tests.support.recording import record_file

FOLDERS = ("atif", "codex", "copilot", "cursor", "gemini", "openhands", "swe-agent")
_NO_TRANSCRIPTS = ("agent-resume-session.json", "schema.sql")


def samples(shared: Path) -> list[Path]:
    """Give the samples that are transcripts of one session."""
    found = [path for folder in FOLDERS for path in sorted((shared / "samples" / folder).iterdir())]
    return [path for path in found if not path.name.endswith(_NO_TRANSCRIPTS)]


def _size(path: Path) -> int:
    return path.stat().st_size


def test_every_sample_is_of_a_known_format(shared: Path) -> None:
    unknown = [path.name for path in samples(shared) if sniff(Transcript.open(path).head(SNIFF_BYTES)) is None]
    assert unknown == []


def test_the_smallest_sample_of_every_format_records(shared: Path, instance: Instance) -> None:
    quarantined = []
    smallest = {
        sniff(Transcript.open(path).head(SNIFF_BYTES)): path for path in sorted(samples(shared), key=_size)[::-1]
    }
    for path in smallest.values():
        try:
            receipt = record_file(instance, path)
        except Quarantined as err:
            quarantined.append(f"{path.name} {err}")
            continue
        assert record_file(instance, path).index == receipt.index
    assert quarantined == []


@pytest.mark.parametrize("folder", ["cursor", "gemini"])
def test_redaction_changes_neither_format_nor_events(shared: Path, data: Path, tmp_path: Path, folder: str) -> None:
    path = next(one for one in samples(shared) if one.parent.name == folder)
    source = Transcript.open(path)
    redact_file(source, tmp_path / "out", redactor_of(source, token_key=bytes(32), home=data))
    before = read_session(line + b"\n" for line in source.lines())
    after = read_session((tmp_path / "out").read_bytes().splitlines(keepends=True))
    assert after.source.format == before.source.format
    assert [event.kind for event in after.events] == [event.kind for event in before.events]
    assert after.counts.records == before.counts.records
