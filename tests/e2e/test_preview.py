"""Promise: a preview shows what would be taken out before anything is kept, and shows no value and no escape."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.cli import preview as cli_preview
from redaction.config import Config, Identities
from redaction.preview import Preview, PreviewRow, preview_of
from redaction.redactor import Redactor
from tests.support.command import whereof
from tests.support.recording import Clone, document, story, write_story

MAIL = "marguerite.oyelaran" + "@" + "brackenfell-systems.com"
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e"


def told(path: Path) -> Path:
    tale = story()
    for _ in range(3):
        tale.prompt(f"{EVIL} Write to {MAIL} please")
    return write_story(path, tale)


def test_record_preview_stores_and_signs_nothing(data: Path, clone: Clone, tmp_path: Path) -> None:
    transcript = told(tmp_path / "t.jsonl")
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    arguments = ("record", "--transcript", transcript, "--commit", "HEAD", "--preview")
    done = whereof(*arguments, home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    assert not (clone.path / ".git" / "whereof").exists()
    assert MAIL not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    (row,) = (line for line in done.stdout.splitlines() if "EMAIL_ADDRESS" in line and line.startswith("line "))
    assert " 3x " in row
    assert "Write to [REDACTED:EMAIL_ADDRESS:" in row
    for part in ("by entity", "by rule", "bytes would leave", "nothing was signed or stored"):
        assert part in done.stdout
    counted = document(whereof(*arguments, "--json", home=data, cwd=clone.path).stdout)
    assert counted["entities"] == {"EMAIL_ADDRESS": 3, **_others(counted)}


def _others(counted: dict[str, object]) -> dict[str, int]:
    entities = counted["entities"]
    assert isinstance(entities, dict)
    return {name: count for name, count in entities.items() if name != "EMAIL_ADDRESS"}


def test_redact_preview_writes_no_file_and_counts_by_rule(data: Path, tmp_path: Path) -> None:
    transcript = told(tmp_path / "t.jsonl")
    done = whereof("redact", transcript, "--preview", home=data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"] or "home" in {p.name for p in tmp_path.iterdir()}
    assert MAIL not in done.stdout + done.stderr
    assert "by rule" in done.stdout


def test_colours_stand_only_on_a_terminal_and_never_come_from_the_transcript(
    compiled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    redactor = Redactor(Config(cache_dir=compiled), token_key=b"k" * 32, identities=Identities())
    line = f"{EVIL} write to {MAIL} now\n".encode()
    shown = preview_of(redactor.redact(lambda: [line]))
    hostile = PreviewRow(place="line 1", entity="USER", token="[REDACTED:USER:x]", context=EVIL)
    shown = Preview(rows=(*shown.rows, hostile), left_out=2, report=shown.report)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    cli_preview.print_preview(shown)
    coloured = capsys.readouterr().out
    assert "\x1b[36m[REDACTED:EMAIL_ADDRESS:" in coloured
    assert {"\x1b]", "\x1b[2", "\u202e", "\x07"} & {
        coloured[at : at + n] for at in range(len(coloured)) for n in (1, 3)
    } == set()
    assert "\x1b]0" not in coloured
    assert "\x1b[2J" not in coloured
    assert "and 2 more values" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    cli_preview.print_preview(shown)
    assert "\x1b" not in capsys.readouterr().out
