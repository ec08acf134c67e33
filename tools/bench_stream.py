"""How much memory and time a long transcript takes through redaction, reader and log: `record` in a process of its own.

    python tools/bench_stream.py [MEGABYTES]

The transcript (500 MB unless told otherwise) is made here from a seed and written to a temporary folder. Printed are
size, seconds, MB/s and the peak resident set of the recording process, and the machine. Exit code 1: over 512 MiB.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEGABYTES = 500
MOST_MIB = 512
RESULT_LINES = 120
"""Lines of one tool result: records of some 8 KB, with larger ones between."""
_WORDS = (
    "the build fails because of a missing import so I read the test and change the parser then run it again".split()
)
_CHILD = "from attest.cli.main import main; main()"


def write_transcript(path: Path, size: int) -> None:
    """Write a transcript of at least `size` bytes: prompts, edits, test runs and long tool output, all different."""
    rng = random.Random(11)  # noqa: S311 - a benchmark text, no secret
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            for one in _turn(rng, number):
                one |= {"uuid": f"u{number}", "parentUuid": f"u{number - 1}" if number else None}
                file.write(json.dumps(one).encode() + b"\n")
                number += 1


def _turn(rng: random.Random, number: int) -> list[dict[str, object]]:
    call = f"t{number}"
    place = rng.randrange(400)
    output = "\n".join(
        f"src/part_{place}/f{rng.randrange(900)}.py:{at}: def f{rng.randrange(9**8)}(x): return x + {at}"
        for at in range(RESULT_LINES * (10 if number % 50 == 0 else 1))
    )
    tool = {"type": "tool_use", "id": call, "name": "Bash", "input": {"command": f"grep -rn 'def f{number}' src"}}
    result = {"type": "tool_result", "tool_use_id": call, "content": output, "is_error": False}
    prose = " ".join(rng.choices(_WORDS, k=80))
    return [
        record("user", number, prose) if number % 20 == 0 else record("assistant", number, [text(prose)]),
        record("assistant", number, [tool]),
        record("user", number, [result]),
    ]


def text(words: str) -> dict[str, object]:
    """Give what an agent says."""
    return {"type": "text", "text": words}


def record(role: str, number: int, content: object) -> dict[str, object]:
    """Give one record of a transcript; its time goes on by a second with its number."""
    message = {"role": role, "content": content} | ({"model": "model-a", "id": f"m{number}"} if role != "user" else {})
    at = f"2026-03-{1 + number // 400_000 % 28:02d}T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
    return {"type": role, "sessionId": "stream", "version": "2.1.9", "cwd": "/home/ada/pond", "timestamp": at} | {
        "message": message
    }


def measure(transcript: Path, home: Path) -> tuple[float, int]:
    """Record a transcript in a process of its own; gives seconds and its peak resident set in MiB."""
    environment = {**os.environ, "WHEREOF_HOME": str(home), "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    begun = time.monotonic()
    command = [sys.executable, "-c", _CHILD, "record", "--transcript", str(transcript), "--json"]
    subprocess.run(command, env=environment, cwd=transcript.parent, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def main(arguments: list[str]) -> int:
    """Print size, time, speed and memory; 1 when memory is over the goal."""
    megabytes = int(arguments[0]) if arguments else MEGABYTES
    with tempfile.TemporaryDirectory() as folder:
        transcript = Path(folder) / "transcript.jsonl"
        write_transcript(transcript, megabytes * 1_000_000)
        size = transcript.stat().st_size
        seconds, peak = measure(transcript, Path(folder) / "home")
    print(f"{platform.machine()} {platform.system()} Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{size / 1e6:.0f} MB recorded in {seconds:.1f} s, {size / 1e6 / seconds:.2f} MB/s, peak {peak} MiB")
    print(f"goal: at most {MOST_MIB} MiB: {'met' if peak <= MOST_MIB else 'NOT met'}")
    return int(peak > MOST_MIB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
