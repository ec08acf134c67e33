"""Promise: a long transcript streams: memory does not grow with its size."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.recording import MAIN, ROOT
from tools.bench_stream import MOST_MIB, write_transcript

SMALL_MB, LARGE_MB = 3, 24
MOST_GROWTH = 2
"""MiB that the peak may grow per MB more of transcript: records that were kept would take more than that in Python."""
RUN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(done.returncode)
"""


def peak_mib(transcript: Path, home: Path) -> int:
    command = [sys.executable, "-c", MAIN, "record", "--transcript", str(transcript), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command],
        cwd=home.parent,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home), "HOME": str(home.parent)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["index"] == 2
    return int(done.stderr.split()[-1])


def test_memory_does_not_grow_with_the_transcript(new_home: Callable[[str], Path], tmp_path: Path) -> None:
    peaks = []
    for size in (SMALL_MB, LARGE_MB):
        transcript = tmp_path / f"{size}.jsonl"
        write_transcript(transcript, size * 1_000_000)
        peaks.append(peak_mib(transcript, new_home(f"home-{size}")))
    assert peaks[1] <= MOST_MIB
    # Sessions keep a bounded list of events; everything else is passed on.
    assert peaks[1] - peaks[0] <= MOST_GROWTH * (LARGE_MB - SMALL_MB)
