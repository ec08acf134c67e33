from __future__ import annotations

import os
from pathlib import Path

from attest.capture.discover import newest_transcript


def test_the_newest_transcript_of_the_folder_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "my.repo_x"
    folder.mkdir()
    name = "".join(c if c.isalnum() else "-" for c in str(folder.resolve()))
    kept = tmp_path / "home" / ".claude" / "projects" / name
    kept.mkdir(parents=True)
    for number, file in enumerate(("old.jsonl", "new.jsonl", "notes.txt")):
        (kept / file).write_text("x")
        os.utime(kept / file, (number, number))
    assert newest_transcript(tmp_path / "home", folder) == kept / "new.jsonl"


def test_a_folder_without_transcripts_has_none(tmp_path: Path) -> None:
    assert newest_transcript(tmp_path / "home", tmp_path) is None
