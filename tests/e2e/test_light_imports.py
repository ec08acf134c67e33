"""Promise: help and the whole way of `whereof verify` load none of the heavy libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from tests.support.recording import ROOT, Clone, record_file, story, write_story

FORBIDDEN = (
    "sigstore sqlmodel sqlalchemy presidio_analyzer presidio_anonymizer spacy fastapi pydantic structlog requests"
).split()
PROBE = """
import atexit, sys
names = sys.argv.pop(1).split()
atexit.register(lambda: sys.stderr.write("loaded: " + " ".join(n for n in names if n in sys.modules) + "\\n"))
from attest.cli.main import main
main()
"""


def loaded(names: list[str], *arguments: str, home: Path, cwd: Path) -> tuple[int, set[str]]:
    """Run the command line and give its exit code and which of the names were imported when it ended."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, " ".join(names), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("loaded: ")]
    return done.returncode, set(line.removeprefix("loaded: ").split())


@pytest.mark.parametrize("arguments", [("--help",), ("verify", "--help"), ("record", "--help"), ("survey", "--help")])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...], home: Path) -> None:
    assert loaded([*FORBIDDEN, "cryptography"], *arguments, home=home, cwd=home) == (0, set())


def test_a_passing_verification_loads_nothing_heavy(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    code, found = loaded([*FORBIDDEN, "cryptography"], "verify", "HEAD", home=data, cwd=clone.path)
    assert (code, found) == (0, {"cryptography"})


def test_survey_loads_nothing_heavy(home: Path, clone: Clone) -> None:
    assert loaded(FORBIDDEN, "survey", home=home, cwd=clone.path) == (0, set())


def test_the_version_loads_what_judges_bundles_and_nothing_heavy(home: Path) -> None:
    assert loaded(FORBIDDEN, "--version", home=home, cwd=home) == (0, set())
