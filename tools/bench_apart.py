"""One engine over one file in a process of its own: its rate and the most memory it took.

    python -m tools.bench_apart ENGINE FILE CACHE

Engines: `whereof`, `whereof-ner`, `stock`, `kingfisher`. CredSweeper runs in an environment of its own, whose Python is
named by `BENCH_CREDSWEEPER`.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ENGINES: Final = ("whereof", "whereof-ner", "stock", "kingfisher")
CREDSWEEPER: Final = "BENCH_CREDSWEEPER"
TIME_LIMIT_S: Final = 240
_MARK: Final = "VmHWM:"
_RUN: Final = f"""
import runpy, sys
sys.argv[0] = "credsweeper"
try:
    runpy.run_module("credsweeper", run_name="__main__")
except SystemExit:
    pass
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("{_MARK}")))
"""


def apart(engine: str, file: Path, cache: Path) -> str:
    """Give `<rate> MB/s, <memory> MB` of one engine, loading left out of the rate and not of the memory."""
    command = (sys.executable, "-m", "tools.bench_apart", engine, str(file), str(cache))
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=True)
    return done.stdout.strip().splitlines()[-1]


def credsweeper(file: Path) -> str:
    """Give rate, memory and finds of CredSweeper's command line, its start included; without its Python, say so."""
    python = os.environ.get(CREDSWEEPER)
    if not python:
        return f"not run: {CREDSWEEPER} names no Python"
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "found.json"
        command = (python, "-c", _RUN, "--path", str(file), "--save-json", str(out), "--log", "silence")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=True)
        clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        found = len(json.loads(out.read_text())) if out.is_file() else 0
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = file.stat().st_size / 1e6
    memory = int(done.stdout.strip().splitlines()[-1]) / 1024
    return f"{size / cpu:,.3g} MB/s ({clock:.0f} s by the clock), at most {memory:,.0f} MB, {found / size:.1f} finds per MB"


def _seconds(engine: str, file: Path, cache: Path) -> tuple[int, float]:
    from tools import bench_redaction as bench  # noqa: PLC0415 - it imports this module

    if engine == "stock":
        _, analyzer = bench.stock_engine()
        return bench.stock_over(analyzer, iter(file.read_bytes().splitlines(keepends=True)))
    if engine == "kingfisher":
        return file.stat().st_size, bench.kingfisher_seconds(cache, file.read_bytes())
    redactor = bench.make_redactor(cache, names=engine == "whereof-ner")
    size, taken, _ = bench.redact_all(redactor, [file])
    return size, taken


def _most_kilobytes() -> int:
    """Give the most memory this process took since it began; what the system counts for it holds its parent's too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(_MARK))


def main(arguments: list[str]) -> int:
    """Measure one engine and print it."""
    logging.disable(logging.WARNING)
    size, taken = _seconds(arguments[0], Path(arguments[1]), Path(arguments[2]))
    memory = _most_kilobytes() / 1024
    print(f"{size / 1e6 / taken:,.3g} MB/s, at most {memory:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
