"""The running service, asked by schemathesis from its own document: what it answers is described, what is wrong is refused.

A few requests of each operation; `make bench-api` sends thousands.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.conftest import Start
from tests.support.fuzzed import Fuzzing, fuzz

pytestmark = pytest.mark.loopback

FREE = (1e6, 10**6)


def test_every_operation_keeps_to_its_description(start: Start, tmp_path: Path) -> None:
    running = start(query_rate=FREE, ingest_rate=FREE, export_rate=FREE)
    done = fuzz(running.url, running.token, Fuzzing(examples=2, phases="examples,fuzzing", seconds=110), tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
