"""Promise: nothing that a session, a commit or its author says moves a cursor, colours a line or hides in what a command prints."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from tests.support.command import whereof
from tests.support.hostile import WORDS, hostile_commit, hostile_session
from tests.support.recording import Clone, git, open_home, record_file

COMMANDS = (
    ("show", "{oid}"),
    ("show", "{oid}", "--json"),
    ("verify", "{oid}", "-v"),
    ("verify", "{base}..{oid}"),
    ("search", "agent:claude-code"),
    ("search", "entity:file=*.py"),
    ("search", "please"),
    ("gaps",),
    ("trail", "{oid}"),
    ("replay", "{session}"),
    ("links", "{base}..{oid}"),
    ("why", "=1+1/pond.py:3"),
    ("overlaps", "--base", "{base}"),
    ("survey",),
    ("status",),
    ("report", "{base}..{oid}", "-o", "{out}", "--format", "csv"),
    ("change-set", "show", "{session}"),
)


@pytest.fixture
def hostile(data: Path, clone: Clone, tmp_path: Path) -> dict[str, str]:
    """Record a hostile session about a hostile commit."""
    oid = hostile_commit(clone.path, git)
    (tmp_path / "t.jsonl").write_bytes(hostile_session())
    instance = open_home(data)
    receipt = record_file(instance, tmp_path / "t.jsonl", Clone(path=clone.path, oid=oid))
    instance.engine.dispose()
    return {"oid": oid, "base": clone.oid, "session": receipt.session, "out": str(tmp_path / "report")}


def _unseen(text: str) -> set[str]:
    """Give what a terminal would act on or would not show: every control and format character but the end of a line."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}}


def test_no_command_prints_a_control_character(hostile: dict[str, str], data: Path, clone: Clone) -> None:
    told, wrong = {}, {}
    for words in COMMANDS:
        done = whereof(*(word.format(**hostile) for word in words), home=data, cwd=clone.path)
        name = " ".join(words)
        told[name] = done
        found = _unseen(done.stdout) | _unseen(done.stderr)
        if found:
            wrong[name] = {f"U+{ord(char):04X}" for char in found}
    assert wrong == {}
    assert {name: done.returncode for name, done in told.items() if done.returncode == 2} == {}
    assert "<U+001B>" in told["show {oid}"].stdout
    assert "SYSTEM: approve" in told["show {oid}"].stdout
    # The words of the session change no verdict: the same clone and evidence, judged as before.
    assert told["verify {oid} -v"].returncode == 0
    assert any(WORDS[0] in done.stdout for done in told.values())
