"""The demo shows what it must, prints no planted value, leaves nothing behind, and fails when a screen is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tools import demo
from tools.demo_page import WIDTH
from tools.demo_secrets import needles
from tools.example import build_example
from tools.example_secrets import planted_secrets

ROOT = Path(__file__).resolve().parents[2]


def test_demo_shows_five_screens_within_the_page_and_leaves_nothing(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "HOME": str(tmp_path / "none")}
    ran = subprocess.run(
        (sys.executable, "-m", "tools.demo"), cwd=ROOT, env=environment, capture_output=True, timeout=110, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    lines = ran.stdout.decode().splitlines()
    assert [line.split("  ")[0] for line in lines if " of 5  " in line] == [f"── {n} of 5" for n in range(1, 6)]
    assert max(map(len, lines)) <= WIDTH
    assert not any(form in ran.stdout for _, value in planted_secrets(demo.SEED) for form in needles(value))
    assert str(tmp_path).encode() not in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_demo_fails_when_a_screen_does_not_show_what_it_must(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def swapped(target: Path, *, seed: int) -> demo.Example:
        example = build_example(target, seed=seed)
        return replace(example, commit_with_session=example.commit_without_session)

    # The demo makes its own example: only from inside can it be made wrong.
    monkeypatch.setattr(demo, "build_example", swapped)
    assert demo.main() == 1
    printed = capsys.readouterr()
    assert "git shows the subject of the commit" in printed.err
    assert "All five screens" not in printed.out
