"""The demo shows what it must, prints no planted value, leaves nothing behind, and fails when a screen is wrong."""

from __future__ import annotations

import os
import re
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


_CHANGES = re.compile(r"[0-9a-f]{16}|:[a-z2-7]{16}\]|\d+\.\d s;")
"""What differs from run to run: pseudonyms, tokens, seconds."""


def _shown_in_readme() -> list[str]:
    page = (ROOT / "README.md").read_text()
    block = page.partition("<!-- output of make demo: begin -->")[2].partition("<!-- output of make demo: end -->")[0]
    return [line for line in block.split("```")[1].splitlines() if line.strip() not in {"", "[…]"}]


def test_demo_shows_five_screens_as_the_readme_says_and_leaves_nothing(tmp_path: Path) -> None:
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
    # Each line of the readme is one of these, in this order.
    printed = iter([_CHANGES.sub("*", line) for line in lines])
    missing = [line for line in _shown_in_readme() if _CHANGES.sub("*", line) not in printed]
    assert missing == []
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
