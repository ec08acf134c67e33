"""Every format is told from its content by one reader alone, whatever a file is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.capture.gather.registry import GATHERERS
from attest.capture.reader import READERS, SNIFF_BYTES, read_session
from attest.capture.transcript import Transcript
from attest.capture.unroll.registry import UNROLLERS

_FOLDERS = ("agent-trace", "atif", "claude-code", "codex", "copilot", "cursor", "gemini", "openhands", "swe-agent")

_NO_SESSION = "agent-resume-session"
"""Answers of a model, recorded to play them back in a test: nobody's session."""


@pytest.fixture(scope="module")
def transcripts() -> list[Path]:
    samples = Path(__file__).resolve().parents[4] / "shared" / "samples"
    if not samples.is_dir():
        pytest.skip("needs the shared samples beside the checkout")
    found = [path for name in _FOLDERS for path in (samples / name).glob("*") if path.is_file()]
    found += (samples / "opencode").glob("*.db")
    return sorted(path for path in found if _NO_SESSION not in path.name)


def test_at_most_one_of_the_documents_and_sources_claims_a_file(transcripts: list[Path]) -> None:
    for path in transcripts:
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
        claims = [one.format for one in UNROLLERS if one.looks_like(head)]
        claims += [one.format for one in GATHERERS if one.accepts(path, head)]
        assert len(claims) <= 1, (path.name, claims)


def test_exactly_one_reader_claims_the_lines_of_a_transcript(transcripts: list[Path]) -> None:
    for path in transcripts:
        head = Transcript.open(path).head(SNIFF_BYTES)
        claims = [reader.format for reader in READERS if reader.sniff(head)]
        assert len(claims) == 1, (path.name, claims)


def test_every_record_of_every_sample_is_an_event_or_a_counted_skip(transcripts: list[Path]) -> None:
    for path in transcripts:
        if path.parent.name != "copilot":
            continue
        lines = list(Transcript.open(path).lines())
        counts = read_session(line + b"\n" for line in lines).counts
        assert counts.records == len([line for line in lines if line.strip()])
        assert counts.records == counts.with_events + sum(one.count for one in counts.skipped), path.name
        assert counts.unknown_types == ()
        assert counts.with_events > 0
