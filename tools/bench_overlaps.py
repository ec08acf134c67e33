"""Measure overlaps: probes of the filters against recordings looked at one by one, and the exact index (`make bench-overlaps`).

Probe counts are exact and the same on every machine; times are not.
"""

from __future__ import annotations

import bisect
import random
import sqlite3
import statistics
import sys
import time
from itertools import accumulate
from typing import TYPE_CHECKING

from attest.model.path_filter import build_filters

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDINGS, PATHS_EACH, PATHS = 20_000, 20, 200_000
ROUNDS = 30


def main() -> int:
    """Print the table."""
    recordings = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    print(f"{recordings} recordings of {PATHS_EACH} paths each, {PATHS} paths, median (most) of {ROUNDS} questions\n")
    print("| paths | question | probes | recordings that match | exact index, ms |\n|---|---|---|---|---|")
    for name, draw in (("even", _even()), ("hot files", _hot())):
        known = {index: frozenset(draw() for _ in range(PATHS_EACH)) for index in range(recordings)}
        tree, exact = build_filters((0, recordings), known), _exact(known)
        size = len(tree.encode()) / recordings
        for words, ask in _questions(draw).items():
            asked = [ask() for _ in range(ROUNDS)]
            probes = [tree.ask(paths).probes for paths in asked]
            found = [_timed(exact, paths) for paths in asked]
            matches = [count for count, _ in found]
            took = statistics.median(seconds for _, seconds in found) * 1000
            middle, most = statistics.median(probes), max(probes)
            print(f"| {name} | {words} | {middle:.0f} ({most}) | {statistics.median(matches):.0f} | {took:.2f} |")
        print(f"| {name} | | {size:.0f} bytes of filters per recording | | |")
    return 0


def _questions(draw: Callable[[], str]) -> dict[str, Callable[[], list[str]]]:
    return {
        "20 new paths": lambda: [f"new/{random.randrange(10**9)}" for _ in range(20)],  # noqa: S311
        "1 path": lambda: [draw()],
        "20 paths": lambda: [draw() for _ in range(20)],
    }


def _even() -> Callable[[], str]:
    rng = random.Random(1)  # noqa: S311
    return lambda: f"src/{rng.randrange(PATHS)}.py"


def _hot() -> Callable[[], str]:
    rng = random.Random(2)  # noqa: S311
    sums = list(accumulate(1 / (rank + 1) for rank in range(PATHS)))
    return lambda: f"src/{bisect.bisect(sums, rng.random() * sums[-1])}.py"


def _exact(known: dict[int, frozenset[str]]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE touch (path TEXT, idx INTEGER, PRIMARY KEY (path, idx)) WITHOUT ROWID")
    base.executemany("INSERT INTO touch VALUES (?, ?)", ((path, i) for i, paths in known.items() for path in paths))
    return base


def _timed(base: sqlite3.Connection, paths: list[str]) -> tuple[int, float]:
    began = time.perf_counter()
    places = ", ".join("?" * len(paths))
    found = base.execute(f"SELECT DISTINCT idx FROM touch WHERE path IN ({places})", paths).fetchall()  # noqa: S608
    return len(found), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
