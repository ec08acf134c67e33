"""The two recordings that are larger than the others: one of many events, one of a long transcript.

They are made from a seed and recorded by `whereof record`, as anyone would. Which sessions they are is written beside the
instance as soon as each is recorded: a run that is cut goes on after the last that was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools.bench_load import ROOT
from tools.bench_stream import record, text, write_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.settings import Settings

EVENTS: Final = 5_000
RECORD_S: Final = 1_800
"""Longest time for one recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One of them."""

    session: str
    """`ses_…`."""
    seconds: float
    """How long recording it took."""


def many_events(settings: Settings, notes: Path) -> Recorded:
    """Give the session of many events; it is recorded unless the notes have it."""
    return _known(settings, notes, "events", lambda path: _write_events(path, EVENTS))


def long_transcript(settings: Settings, notes: Path, megabytes: int) -> Recorded:
    """Give the session with a transcript of so many megabytes; it is recorded unless the notes have it."""
    return _known(settings, notes, f"{megabytes} MB", lambda path: write_transcript(path, megabytes * 1_000_000))


def _known(settings: Settings, notes: Path, name: str, write: Callable[[Path], None]) -> Recorded:
    known = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    if name not in known:
        print(f"recording: {name}", file=sys.stderr, flush=True)
        transcript = notes.with_name("transcript.jsonl")
        write(transcript)
        begun = time.perf_counter()
        session = _recorded(settings, transcript)
        known[name] = {"session": session, "seconds": time.perf_counter() - begun}
        transcript.unlink()
        notes.write_text(json.dumps(known), encoding="utf-8")
    return Recorded(**known[name])


def _recorded(settings: Settings, transcript: Path) -> str:
    environment = {**os.environ, "WHEREOF_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    if settings.database_url:
        environment["WHEREOF_DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-c", "from attest.cli.main import main; main()", "record", "--json"]
    done = subprocess.run(
        [*command, "--transcript", str(transcript)],
        env=environment,
        cwd=transcript.parent,
        check=True,
        stdout=subprocess.PIPE,
        timeout=RECORD_S,
    )
    return str(json.loads(done.stdout)["session"])


def _write_events(path: Path, events: int) -> None:
    """Write a transcript of about so many events: prompts, reads, edits, and runs of which some fail."""
    with path.open("wb") as file:
        for number, one in enumerate(_events(events)):
            one |= {"uuid": f"u{number}", "parentUuid": f"u{number - 1}" if number else None, "sessionId": "events"}
            file.write(json.dumps(one).encode() + b"\n")


def _events(events: int) -> Iterator[dict[str, object]]:
    number = 0
    while number < events:
        turn = number // 8
        if turn % 25 == 0:
            yield record("user", number, f"Make room for duck {turn} in the pond, and do not touch the reeds.")
        yield record("assistant", number, [text(f"I will look at row {turn} of the plan and change what is there.")])
        fails = turn % 9 == 0
        yield from _call(number, "Read", {"file_path": f"/home/ada/pond/src/row_{turn % 300}.py"}, "depth = 1")
        change = {"file_path": f"/home/ada/pond/src/row_{turn % 300}.py", "old_string": "1", "new_string": str(turn)}
        yield from _call(number + 2, "Edit", change, "updated")
        told = "1 failed, 8 passed in 0.30s" if fails else "9 passed in 0.31s"
        yield from _call(
            number + 4, "Bash", {"command": f"pytest -q tests/test_row_{turn % 300}.py"}, told, fails=fails
        )
        number += 8


def _call(
    number: int, tool: str, arguments: dict[str, str], told: str, *, fails: bool = False
) -> Iterator[dict[str, object]]:
    name = f"t{number}-{tool}"
    yield record("assistant", number, [{"type": "tool_use", "id": name, "name": tool, "input": arguments}])
    content = f"Exit code 1\n{told}" if fails else told
    yield record("user", number, [{"type": "tool_result", "tool_use_id": name, "content": content, "is_error": fails}])
