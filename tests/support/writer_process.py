"""Appends entries to a log through a sequencer of its own, in a process of its own: HOME FIRST COUNT [DATABASE_URL].

Says "ready" when the instance is open, begins when a line comes in, and prints the index of each entry as JSON.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from attest.store.sequencer import Sequencer
from attest.usecases.instance import open_instance
from tests.unit.store.submissions import submission

WRITERS = 8


def main(home: str, first: str, count: str, database_url: str | None = None) -> None:
    settings = Settings(home=Path(home), database_url=database_url)
    instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    sequencer = Sequencer(instance.log.append)
    numbers = range(int(first), int(first) + int(count))
    entries = {number: submission(number) for number in numbers}
    say("ready")
    sys.stdin.readline()
    with ThreadPoolExecutor(WRITERS) as pool:
        found = pool.map(lambda number: (number, sequencer.append([entries[number]])[0].index), numbers)
        say(json.dumps(dict(found)))
    sequencer.close()
    instance.engine.dispose()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
