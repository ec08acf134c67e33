"""Hostile shapes of a file: twice the size takes about twice the time, and memory stays in proportion. CPU time only."""

from __future__ import annotations

import base64
import contextlib
import json
import time
import tracemalloc
from collections.abc import Callable

import pytest

from redaction.errors import Quarantine
from redaction.redactor import Redactor

MOST = 3.0
"""Twice the input takes twice the time when it is linear, four times when it is quadratic."""
SLACK_S = 0.05
MOST_MEMORY = 80
"""Bytes held at the peak for each byte of a record: the dearest measured is a text of nothing but `%25`, at 55. A longer
record than 8 MiB is not read at all."""


def nested_base64(size: int) -> bytes:
    text = b"password = 'Xk77q9ZsWWpp41'"
    while len(text) < size:
        text = base64.b64encode(text * 2)
    return text[:size]


SHAPES: dict[str, Callable[[int], bytes]] = {
    "lists in lists": lambda n: b"[" * (n // 2) + b"]" * (n // 2),
    "objects in objects": lambda n: b'{"a":' * (n // 6) + b"1" + b"}" * (n // 6),
    "100k keys": lambda n: json.dumps({f"k{i}": f"v{i}" for i in range(n // 18)}).encode(),
    "one key again and again": lambda n: b"{" + b",".join(b'"a":1' for _ in range(n // 6)) + b"}",
    "lines of one byte": lambda n: b"a\n" * (n // 2),
    "empty lines": lambda n: b"\n" * n,
    "lines of a brace": lambda n: b"{\n" * (n // 2),
    "lone surrogates": lambda n: b'{"t":"' + b"\\ud800" * (n // 6) + b'"}',
    "NUL bytes": lambda n: b"\0" * n,
    "NUL escapes": lambda n: b'{"t":"' + b"\\u0000" * (n // 6) + b'"}',
    "no UTF-8": lambda n: b'{"t":"' + b"\xff\xfe\xc3" * (n // 3) + b'"}',
    "base64 in base64": lambda n: json.dumps({"t": nested_base64(n).decode()}).encode(),
    "long numbers": lambda n: json.dumps(list(range(10**12, 10**12 + n // 14))).encode(),
    "one address each": lambda n: json.dumps([f"a{i}@b{i}.dev" for i in range(n // 18)]).encode(),
    "percent of percent": lambda n: json.dumps({"t": "%25" * (n // 3)}).encode(),
    "lines of base64": lambda n: b"QUJDREVGR0hJSktM" * 4 * (n // 65) + b"\n",
}
SMALL = {"one address each": 30_000, "long numbers": 60_000, "empty lines": 20_000, "lines of a brace": 40_000}


def work(redactor: Redactor, data: bytes) -> None:
    lines = data.splitlines(keepends=True)
    with contextlib.suppress(Quarantine):
        for _ in redactor.redact(lambda: iter(lines)).lines():
            pass


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_size_takes_about_twice_the_time(make: Callable[..., Redactor], shape: str) -> None:
    redactor = make()
    size = SMALL.get(shape, 100_000)

    def taken(size: int, mark: int) -> float:
        data = SHAPES[shape](size) + b'\n{"mark":%d}' % mark
        start = time.process_time()
        work(redactor, data)
        return time.process_time() - start

    taken(1_000, 0)
    once, twice = taken(size, 1), taken(2 * size, 2)
    for again in (3, 4):  # another process may have had the caches: only what stays slow counts
        if twice <= MOST * once + SLACK_S:
            break
        # of another size, so that nothing is known of it
        once, twice = max(once, taken(size - again, again)), min(twice, taken(2 * (size - again), again))
    assert twice <= MOST * once + SLACK_S


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", ["lists in lists", "100k keys", "lone surrogates", "percent of percent"])
def test_memory_stays_in_proportion_to_the_record(make: Callable[..., Redactor], shape: str) -> None:
    redactor = make()
    data = SHAPES[shape](100_000)
    work(redactor, b"{}")
    tracemalloc.start()
    try:
        work(redactor, data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= MOST_MEMORY * len(data)
