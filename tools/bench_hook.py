"""The capture hook against `sh -c :` in the same run: how long an agent or git waits for it.

    python -m tools.bench_hook [--rounds N] [--write FILE]

Each round runs every case once, in turn, so that what else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import AGENTS, hook_command
from attest.capture.hook.dispatcher import dispatcher
from attest.usecases.hooks_apply import hook_script
from tools.bench_figure import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS: Final = 300
TRANSCRIPT_BYTES: Final = 2_000_000
GOAL: Final = "median <= 5 ms, p95 <= 20 ms"
BASE: Final = "sh -c :"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that is waited for."""

    name: str
    command: tuple[str, ...]
    data: bytes = b""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_hook")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="whereof-bench-hook-") as folder:
        cases = _cases(Path(folder).resolve())
        times = measure(cases, asked.rounds, Path(folder).resolve())
    text = report(times, asked.rounds)
    print(text)
    if asked.write:
        asked.write.parent.mkdir(parents=True, exist_ok=True)
        asked.write.write_text(text, encoding="utf-8")
    return 0


def measure(cases: Sequence[Case], rounds: int, folder: Path) -> dict[str, list[float]]:
    """Give the milliseconds of every case, in rounds."""
    times: dict[str, list[float]] = {case.name: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            start = time.perf_counter()
            subprocess.run(case.command, input=case.data, cwd=folder / "clone", stdout=subprocess.DEVNULL, check=True)
            times[case.name].append((time.perf_counter() - start) * 1000)
    return times


def report(times: dict[str, list[float]], rounds: int) -> str:
    """Give the result as a Markdown page."""
    base = statistics.median(times[BASE])
    rows = ["| what is waited for | median ms | p95 ms | ratio of medians to `sh -c :` |", "|---|---|---|---|"]
    for name, all_ms in times.items():
        middle, late = statistics.median(all_ms), statistics.quantiles(all_ms, n=20)[-1]
        rows.append(f"| {name} | {middle:.2f} | {late:.2f} | {middle / base:.1f} x |")
    return "\n".join(
        [
            "# The capture hook",
            "",
            f"Measured on {datetime.now(UTC).date().isoformat()} by `make bench-hook`, {rounds} rounds. Goal: {GOAL}.",
            "",
            *(f"- {line}" for line in machine()),
            "",
            *rows,
            "",
            "The commands are those that `init` writes, run as an agent runs them: `sh -c COMMAND` with the payload on",
            f"standard input. At a turn's end a transcript of {TRANSCRIPT_BYTES / 1e6:.0f} MB is copied as well, in the",
            "background: what is waited for is the start of that copy. Times include starting the process from Python.",
            "",
        ]
    )


def _cases(folder: Path) -> list[Case]:
    clone = folder / "clone"
    clone.mkdir()
    subprocess.run(["git", "init", "-q", str(clone)], check=True)
    whereof = clone / ".git" / "whereof"
    whereof.mkdir()
    (whereof / "hook").write_bytes(hook_script())
    transcript = folder / "t.jsonl"
    transcript.write_bytes(b'{"type":"user","message":"x"}\n' * (TRANSCRIPT_BYTES // 30))
    cases = [Case(name=BASE, command=("sh", "-c", ":"))]
    claude = AGENTS[0]
    for event, more in (("PreToolUse", 500), ("PostToolUse", 500_000), ("Stop", 500)):
        command = hook_command(claude.agent, event, claude.project_variable)
        data = _payload(transcript, clone, event, more)
        cases.append(
            Case(
                name=f"Claude Code `{event}`, payload of {len(data):,} bytes", command=("sh", "-c", command), data=data
            )
        )
    for hook, arguments, data in (
        ("post-commit", (), b""),
        ("reference-transaction", ("prepared",), b"0 1 refs/heads/main\n"),
        ("reference-transaction", ("committed",), f"{'0' * 40} {'1' * 40} HEAD\n".encode()),
    ):
        path = clone / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(dispatcher(hook, str(whereof), None, nearby="../whereof"))
        path.chmod(0o755)
        name = " ".join((f"git `{hook}", *arguments)) + "`"
        cases.append(Case(name=name, command=(str(path), *arguments), data=data))
    if shutil.which("git"):
        (clone / ".git" / "refs" / "heads" / "main").write_text("1" * 40 + "\n")
        (clone / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return cases


def _payload(transcript: Path, clone: Path, event: str, size: int) -> bytes:
    value = {
        "session_id": "0b9c2f6e-5a1d-4a53-9a53-000000000001",
        "transcript_path": str(transcript),
        "cwd": str(clone),
        "permission_mode": "default",
        "hook_event_name": event,
        "tool_name": "Bash",
        "tool_use_id": "toolu_0000000001",
        "tool_response": "x" * size,
    }
    return json.dumps(value).encode()


if __name__ == "__main__":
    raise SystemExit(main())
