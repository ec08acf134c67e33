"""Hostile texts twice as long may take about twice as long: CPU time as a ratio, with a wide margin, no clock on the wall."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable

import pytest

from redaction.errors import Quarantine
from redaction.redactor import Redactor

from .conftest import run

WORST: dict[str, Callable[[int], str]] = {
    "dots-before-at": lambda n: "a." * (n // 2) + "@",
    "digits": lambda n: "7" * n,
    "quotes": lambda n: '"' * n,
    "backslashes": lambda n: "\\" * n,
    "assignments": lambda n: "password=" * (n // 9),
    "scheme": lambda n: "a://" * (n // 4),
    "commas": lambda n: ",1" * (n // 2),
}
MOST = 3.5
"""Twice the text takes twice the time when it is linear, four times when it is quadratic."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", WORST)
def test_twice_the_text_takes_about_twice_the_time(make: Callable[..., Redactor], kind: str) -> None:
    redactor = make()

    def taken(size: int) -> float:
        line = json.dumps({"t": WORST[kind](size)}).encode()
        best = float("inf")
        for copy in range(3):
            start = time.process_time()
            with contextlib.suppress(Quarantine):
                run(redactor, line.replace(b'"t"', b'"t%d%d"' % (size, copy)))
            best = min(best, time.process_time() - start)
        return best

    taken(1000)
    once, twice = taken(40_000), taken(80_000)
    assert twice < MOST * once + 0.05


def test_lists_in_lists_are_read_as_text_however_deep(make: Callable[..., Redactor]) -> None:
    line = b"[" * 10_000 + b"]" * 10_000
    assert run(make(), line) == line + b"\n"
