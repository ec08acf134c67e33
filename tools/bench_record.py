"""How long `whereof record` takes from the start of its process to the receipt, for each transcript of a folder.

    python -m tools.bench_record [FOLDER ...]

Without a folder the transcripts are made from a seed. Each is recorded once, into an instance made for the run: the
first recording of all, which compiles the rules, is told apart. Finishes within a minute on the transcripts made here.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tools.bench_redaction import generated_lines

SIZES: Final = (4_000, 20_000, 60_000, 120_000, 250_000, 400_000, 600_000, 700_000, 800_000, 1_000_000, 1_200_000)
ENDINGS: Final = frozenset({".jsonl", ".json", ".db", ".md", ".traj"})
"""What a transcript's name ends in."""
PROGRAM: Final = "from attest.cli.main import main; main()"


def _made(folder: Path) -> list[Path]:
    paths = []
    for number, size in enumerate(SIZES):
        path = folder / f"{number:02d}.jsonl"
        session = b'{"type":"user","sessionId":"%036d","message":{"role":"user","content":"begin"}}\n' % number
        path.write_bytes(session + b"".join(generated_lines(size, seed=number)))
        paths.append(path)
    return paths


def _recorded(path: Path, home: Path) -> tuple[float, float] | None:
    """Give the seconds by the clock and of CPU; None where the transcript was refused or held back."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        (sys.executable, "-c", PROGRAM, "record", "--transcript", str(path)),
        cwd=home,
        env={**kept, "WHEREOF_HOME": str(home / "home"), "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        capture_output=True,
        check=False,
    )
    taken, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return None if done.returncode else (taken, cpu)


def _size(path: Path) -> int:
    return path.stat().st_size


def main(arguments: list[str]) -> int:
    """Print the figures as a table of Markdown, with the machine they were measured on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = (path for argument in arguments for path in sorted(Path(argument).rglob("*")))
        paths = [path for path in given if path.suffix in ENDINGS] or _made(folder)
        print(
            f"{platform.machine()} {platform.system()} Python {platform.python_version()}, {os.cpu_count()} cores, ",
            end="",
        )
        print(f"load {os.getloadavg()[0]:.1f} at the start; ", end="")
        print(f"{len(paths)} transcripts{'' if arguments else ' made from a seed'}.\n")
        [first] = _made(folder)[:1]
        once = _recorded(first, folder)
        times = [(_size(path), taken) for path in paths if path != first and (taken := _recorded(path, folder))]
        clock = sorted(taken[0] for _, taken in times)
        print("| what | measured |\n|---|---|")
        print(f"| first of a machine: rules compiled, keys made | {once[0] if once else 0:.1f} s |")
        print(f"| recorded, from then on | {len(times)} of {len(paths) - (first in paths)} |")
        print(f"| median size | {statistics.median(size for size, _ in times) / 1000:,.0f} KB |")
        print(f"| median, by the clock | {statistics.median(clock):.2f} s |")
        print(f"| p95, by the clock | {clock[-max(1, round(len(clock) * 0.05))]:.2f} s |")
        print(f"| longest ({max(times)[0] / 1000:,.0f} KB is the largest) | {clock[-1]:.2f} s |")
        print(f"| median, CPU of all its processes | {statistics.median(cpu for _, (_, cpu) in times):.2f} s |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
