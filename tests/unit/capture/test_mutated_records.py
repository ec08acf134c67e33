"""No record, however it is malformed, makes a reader fail or lose count: samples of every format, changed at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.capture.reader import READERS, SNIFF_BYTES, sniff
from attest.capture.transcript import Transcript
from attest.capture.unroll.aider import unroll
from tests.support.gemini import Chat, call

ROUNDS = 60
MOST_LINES = 120
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "x" * 400,
    "\u202e\x00",
    [],
    [[]],
    {},
    {"text": 7},
    ["a", 1, None],
)


def _samples(shared: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Give the lines of the smallest sample of each format, and small ones of our own."""
    smallest: dict[str, Path] = {}
    paths = [path for path in (shared / "samples").rglob("*") if path.is_file() and path.suffix != ".tsv"]
    for path in sorted(paths, key=lambda one: -one.stat().st_size):
        found = sniff(Transcript.open(path).head(SNIFF_BYTES))
        if found is not None:
            smallest[found] = path
    for name, path in smallest.items():
        yield name, list(Transcript.open(path).lines())[:MOST_LINES]
    chat = Chat().prompt("Go").calls(call("replace", {"file_path": "a", "old_string": "1", "new_string": "2"}, "ok"))
    yield "gemini/jsonl", chat.add(**{"$rewindTo": "m0"}).add(**{"$set": {"messages": [chat.records[0]]}}).lines()
    text = b"\n# aider chat started at 2026-03-01 10:00:00\n\n\n#### Go  \n\nOk.\n\n> Applied edit to a.py  \n> Commit 1a2b3c4 x  \n"
    yield "aider/markdown", list(unroll(text))


def _mutated(value: Any, rng: random.Random, chance: float) -> Any:
    if rng.random() < chance:
        return rng.choice(ODD)
    if isinstance(value, dict):
        return {key: _mutated(item, rng, chance) for key, item in value.items() if rng.random() > chance / 2}
    if isinstance(value, list):
        return [_mutated(item, rng, chance) for item in value]
    return value


@pytest.mark.parametrize("chance", [0.01, 0.05, 0.2])
def test_every_reader_accounts_for_every_record(shared: Path, chance: float) -> None:
    rng = random.Random(f"{chance}")  # inputs of a test
    for name, lines in _samples(shared):
        reader = next(one for one in READERS if one.format == name)
        records = [json.loads(line) for line in lines if line.strip() and line.lstrip()[:1] == b"{"]
        for _ in range(ROUNDS):
            changed = [_mutated(record, rng, chance) for record in records]
            written = [json.dumps(one).encode() + b"\n" for one in changed]
            session = reader.read(written, label_claimed=None)
            counts = session.counts
            assert counts.records == len(written), name
            assert counts.records == counts.with_events + sum(one.count for one in counts.skipped), name
            assert len(session.events) == counts.events, name
