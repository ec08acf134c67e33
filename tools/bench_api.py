"""The service asked by schemathesis, in the long form: many requests of every operation, each answer held to the document.

    python -m tools.bench_api [--examples N] [--write FILE]

The short form is in the tests. Exit code 1: a check failed, and what failed is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.app import create_app
from api.config import ServiceConfig
from api.serving import listen, server_of
from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from tests.support.fuzzed import CHECKS, SEED, Fuzzing, fuzz
from tools.bench_figure import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES: Final = 25
PHASES: Final = ("examples", "coverage", "fuzzing")
SECONDS: Final = 3600
FREE: Final = (1e6, 10**6)
"""A rate that turns nobody away: a refusal would hide what stands behind it."""
_CASES: Final = re.compile(r"(\d+) generated, (\d+) passed")
_TESTED: Final = re.compile(r"Tested: (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What one phase asked, and how it ended."""

    name: str
    operations: int
    cases: int
    passed: int
    seconds: float
    failed: str
    """What schemathesis said, where a check failed."""

    def row(self) -> str:
        """Give a row of the table."""
        held = "every check held" if not self.failed else "a check failed"
        return f"| {self.name} | {self.operations} | {self.cases:,} | {self.passed:,} | {self.seconds:.0f} | {held} |"


@contextlib.contextmanager
def served() -> Iterator[tuple[str, str]]:
    """Give the address and a token of a service over an empty instance."""
    with tempfile.TemporaryDirectory() as home:
        config = ServiceConfig(query_rate=FREE, ingest_rate=FREE, export_rate=FREE)
        settings = Settings(home=Path(home) / "home")
        app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), config=config, stream=io.StringIO())
        with listen("127.0.0.1", 0) as listener:
            server = server_of(app, config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.05)
            token = app.state.service.tokens.create(SystemClock(), SystemEntropy())
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}", token
            finally:
                server.should_exit = True
                thread.join(60)


def run_phase(url: str, token: str, name: str, examples: int) -> Phase:
    """Run one phase against a service that listens."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = fuzz(url, token, Fuzzing(examples=examples, phases=name, seconds=SECONDS), Path(folder))
    cases, tested = _CASES.search(done.stdout), _TESTED.search(done.stdout)
    return Phase(
        name=name,
        operations=int(tested[1]) if tested else 0,
        cases=int(cases[1]) if cases else 0,
        passed=int(cases[2]) if cases else 0,
        seconds=time.monotonic() - began,
        failed="" if done.returncode == 0 else done.stdout[-50_000:] + done.stderr[-2000:],
    )


def page(phases: list[Phase], examples: int, lines: tuple[str, ...]) -> str:
    """Give the page of `docs/bench`."""
    head = "\n".join(f"- {line}" for line in lines)
    rows = "\n".join(phase.row() for phase in phases)
    checks = textwrap.fill(", ".join(f"`{name}`" for name in CHECKS), 110)
    return f"""# The API asked by schemathesis

Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench-api`: {examples} examples of each operation, seed {SEED}, over HTTP.

{head}

| phase | operations | requests | passed | seconds | |
|---|---|---|---|---|---|
{rows}

Checks of each answer:
{checks}.

Left out: the stream, which lasts; batches of JSON lines; and the routes of Sigstore's own
forms, which its clients test. The instance is empty but for what the requests put into it, so answers about recorded
sessions are held to the document by the tests of the examples and not here. Nothing was turned away by rate.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run every phase; 1 when a check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args(arguments)
    lines, phases = machine(), []
    with served() as (url, token):
        for name in PHASES:
            phases.append(run_phase(url, token, name, asked.examples))
            print(phases[-1].row() + "\n" + phases[-1].failed, flush=True)
    if asked.write:
        asked.write.write_text(page(phases, asked.examples, lines), encoding="utf-8")
    return int(any(phase.failed for phase in phases))


if __name__ == "__main__":
    sys.exit(main())
