from __future__ import annotations

from pathlib import Path

import pytest

from attest.capture.transcript import Transcript
from attest.errors import InvalidInput


def test_a_file_rewritten_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"a": 1}\n')
    transcript = Transcript.open(path)
    digest, _ = transcript.digest()
    transcript.require_unchanged(digest)
    path.write_bytes(b'{"a": 2}\n')
    with pytest.raises(InvalidInput, match="rewritten"):
        transcript.require_unchanged(digest)


def test_growth_after_opening_is_not_a_change(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"one\n")
    transcript = Transcript.open(path)
    digest, _ = transcript.digest()
    with path.open("ab") as file:
        file.write(b"two\n")
    transcript.require_unchanged(digest)
    assert list(transcript.lines()) == [b"one"]


def test_lines_that_are_not_utf8_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"one\n\xff\n" + "drei ü\n".encode() + b"\xc3\n")
    assert Transcript.open(path).count_not_utf8() == 2
