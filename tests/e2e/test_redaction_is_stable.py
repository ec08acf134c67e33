"""Promise: redacting twice is redacting once, and the same key gives the same bytes in every process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from attest.capture.fields import claude_code_fields
from attest.capture.transcript import Transcript
from redaction.config import Config, Identities
from redaction.redactor import Redactor
from tests.e2e.test_planted_values import planted, sentences
from tests.support.recording import ROOT, story, write_story

KEY = hashlib.sha256(b"a key for tests").digest()
IDENTITIES = Identities(names=("Ada Tester",), users=("adatester",), emails=("ada" + "@" + "example.test",))
SCRIPT = """
import sys
from pathlib import Path
from tests.e2e.test_redaction_is_stable import redacted
sys.stdout.buffer.write(redacted(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def redacted(transcript: Path, cache: Path) -> bytes:
    """Redact a whole transcript as `record` does, under the key of these tests."""
    redactor = Redactor(Config(fields=claude_code_fields(), cache_dir=cache), token_key=KEY, identities=IDENTITIES)
    return b"".join(redactor.redact(Transcript.open(transcript).lines).lines())


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    tale = story()
    for text in sentences(planted()):
        tale.prompt(f"Ada Tester says: {text}").shell(f"echo {text}", text)
    return write_story(tmp_path / "t.jsonl", tale)


def test_redacting_a_redacted_session_changes_nothing(transcript: Path, compiled: Path, tmp_path: Path) -> None:
    once = redacted(transcript, compiled)
    assert once != transcript.read_bytes()
    (tmp_path / "once.jsonl").write_bytes(once)
    assert redacted(tmp_path / "once.jsonl", compiled) == once


def test_redacting_a_redacted_real_session_changes_nothing(shared: Path, compiled: Path, tmp_path: Path) -> None:
    for source in sorted((shared / "samples" / "claude-code").glob("*.jsonl")):
        once = redacted(source, compiled)
        (tmp_path / "once.jsonl").write_bytes(once)
        assert hashlib.sha256(redacted(tmp_path / "once.jsonl", compiled)).digest() == hashlib.sha256(once).digest()


def test_two_processes_give_the_same_bytes_for_the_same_key(transcript: Path, compiled: Path) -> None:
    here = redacted(transcript, compiled)
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(transcript), str(compiled)],
            cwd=ROOT,
            env={"PATH": "", "PYTHONHASHSEED": seed},
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == here
