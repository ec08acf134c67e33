"""Promise: however the process that redacts ends, and whatever the disk does, nothing is signed, stored or half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attest.store import attestations
from tests.e2e.test_fail_closed import forms, planted
from tests.support.recording import ROOT, Clone, open_home, write_story

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: redaction runs in the caller's process")
FAULTS = {
    # The faults are injected: no input is known that makes an engine do this.
    "segfault": "Matcher.spans = lambda *_: ctypes.string_at(0)",
    "killed in the second pass": "SecondScan.check = lambda *_: os.kill(os.getpid(), signal.SIGKILL)",
    "memory": "Matcher.spans = lambda *_: bytearray(1 << 40)",
    "hangs": "WorkerLimits.__init__.__kwdefaults__['silence_s'] = 0.5; Matcher.spans = lambda *_: time.sleep(60)",
    "raises its text": "Matcher.spans = lambda self, number, data: (_ for _ in ()).throw(ValueError(data.decode()))",
}
TOLD = {
    "segfault": "SIGSEGV",
    "killed in the second pass": "SIGKILL",
    "memory": "MemoryError",
    "hangs": "sign of life",
    "raises its text": "ValueError",
}
RUN = """
import ctypes, os, signal, sys, time
from redaction import child
from redaction.child import WorkerLimits
from redaction.matcher import Matcher
from redaction.second_scan import SecondScan
exec(sys.argv.pop(1))
from attest.cli.main import main
main()
"""


def run(fault: str, *command: str, home: Path, work: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", RUN, fault, *command],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home), "TMPDIR": str(work)},
        capture_output=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("kind", FAULTS)
def test_a_process_that_fails_while_a_session_is_recorded_leaves_nothing(
    kind: str, data: Path, clone: Clone, tmp_path: Path
) -> None:
    transcript = write_story(tmp_path / "t.jsonl", planted())
    open_home(data).engine.dispose()
    lines = set((data / "cache").glob("lines/*"))
    work = tmp_path / "work"
    work.mkdir()
    command = ("record", "--repo", str(clone.path), "--commit", "HEAD", "--transcript", str(transcript))
    done = run(FAULTS[kind], *command, home=data, work=work)
    printed = done.stdout + done.stderr
    assert done.returncode == 1, printed
    assert TOLD[kind].encode() in printed
    assert not [form for form in forms() if form in printed]
    assert list(work.iterdir()) == []
    instance = open_home(data)
    assert attestations.count(instance.engine, instance.scope) == 0
    assert list(instance.objects.addresses()) == []
    instance.engine.dispose()
    assert set((data / "cache").glob("lines/*")) == lines
    for path in (path for path in data.rglob("*") if path.is_file()):
        held = path.read_bytes()
        assert not [form for form in forms() if form in held], path


@pytest.mark.parametrize("kind", ["killed in the second pass"])
def test_a_process_that_fails_while_a_file_is_redacted_leaves_the_output_as_it_was(
    kind: str, data: Path, tmp_path: Path
) -> None:
    transcript = write_story(tmp_path / "t.jsonl", planted())
    work = tmp_path / "work"
    work.mkdir()
    (work / "out").write_text("before")
    done = run(FAULTS[kind], "redact", str(transcript), "-o", str(work / "out"), home=data, work=work)
    assert done.returncode == 1
    assert not [form for form in forms() if form in done.stdout + done.stderr]
    assert [path.name for path in work.iterdir()] == ["out"]
    assert (work / "out").read_text() == "before"


def test_a_full_disk_while_a_file_is_redacted_leaves_no_half_file(data: Path, tmp_path: Path) -> None:
    transcript = write_story(tmp_path / "t.jsonl", planted())
    work = tmp_path / "work"
    work.mkdir()
    (work / "out").write_text("before")
    # A limit on the size of any file stands in for the full disk: the write itself fails, in the kernel.
    full = (
        "import resource; import attest.usecases.redact_file as used; real = used._write; "
        "used._write = lambda lines, out: (resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)), real(lines, out))"
    )
    done = run(
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " + full,
        "redact",
        str(transcript),
        "-o",
        str(work / "out"),
        home=data,
        work=work,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 5, printed
    assert b"Traceback" not in printed
    assert not [form for form in forms() if form in printed]
    assert [path.name for path in work.iterdir()] == ["out"]
    assert (work / "out").read_text() == "before"
