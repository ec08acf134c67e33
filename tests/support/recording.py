"""Homes, clones and small transcripts for tests that record from end to end, in this process or in others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from attest.capture.transcript import Transcript
from attest.clock import SystemClock, SystemEntropy
from attest.git import Repository
from attest.model.receipt import Receipt
from attest.settings import Settings
from attest.usecases.fsck import FsckDepth, FsckResult, fsck
from attest.usecases.instance import Instance, assemble_instance, open_instance
from attest.usecases.record import RecordRequest, record
from tests.support.claude import Transcript as Story

SCRIPTS = Path(__file__).parent
ROOT = Path(__file__).resolve().parents[2]
MAIN = "from attest.cli.main import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A small clone with one commit after the root."""

    path: Path
    oid: str

    @property
    def repository(self) -> Repository:
        return Repository.open(self.path)


def git(path: Path, *arguments: str) -> str:
    """Run git in a clone and give what it prints."""
    done = subprocess.run(["git", *arguments], cwd=path, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def make_clone(path: Path, *, message: str = "Add a pond", text: str = "ducks = 3\n") -> Clone:
    """Make a clone with a root commit and one commit that changes a file."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    (path / "pond.py").write_text("ducks = 2\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "Begin")
    (path / "pond.py").write_text(text)
    git(path, "commit", "-q", "-a", "-m", message)
    return Clone(path=path, oid=git(path, "rev-parse", "HEAD"))


def story(session: str = "s1") -> Story:
    """Give a session of a few turns: a prompt, an edit, a test run."""
    tale = Story()
    tale.prompt("Make room for a third duck in the pond.", sessionId=session)
    tale.says("I will change the count and run the tests.")
    tale.edit("/home/ada/pond/pond.py", "ducks = 2", "ducks = 3")
    tale.shell("python -m pytest -q", "3 passed in 0.01s")
    return tale


def write_story(path: Path, tale: Story) -> Path:
    """Write a story as the transcript file an agent would have left."""
    path.write_bytes(b"".join(tale.lines()))
    return path


def open_home(home: Path) -> Instance:
    """Open the instance of a data directory."""
    return open_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())


def record_file(instance: Instance, transcript: Path, clone: Clone | None = None) -> Receipt:
    """Record a transcript, tied to the clone's commit where one is given."""
    request = RecordRequest(
        transcript=Transcript.open(transcript),
        repository=clone.repository if clone else None,
        commits=(clone.oid,) if clone else (),
    )
    return record(request, instance, on_step=lambda _: None)


def check_home(home: Path, *, signatures: bool = False) -> FsckResult:
    """Run `fsck` over a data directory as its command does: without judging it first."""
    instance = assemble_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())
    try:
        return fsck(instance, FsckDepth(signatures=signatures, index=True), on_progress=lambda _done, _total: None)
    finally:
        instance.engine.dispose()


def whereof(*arguments: str | Path, home: Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home), **env},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def document(text: str) -> dict[str, object]:
    """Parse the one JSON object a command printed."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value
