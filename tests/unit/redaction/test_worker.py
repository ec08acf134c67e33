"""A redaction in a process of its own: the same bytes, and whatever ends that process is a failure, never an output."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from redaction.child import WorkerLimits
from redaction.config import Limits
from redaction.errors import EngineFailed, LimitExceeded, Quarantine, RedactionError
from redaction.matcher import Matcher
from redaction.redactor import Redactor
from redaction.worker import WorkerRedaction
from tests.support.processes import children

from .conftest import planted, run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: redaction runs in the caller's process")
LINES = tuple(json.dumps({"t": text}).encode() + b"\n" for _, text in planted().values())


@pytest.fixture(autouse=True)
def forkable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork although the test runner may have threads of its own: none of them takes part here."""
    monkeypatch.setattr("redaction.redactor.can_fork", lambda: True)


def lines() -> Iterator[bytes]:
    return iter(LINES)


def test_another_process_gives_the_same_bytes_and_the_same_account(make: Callable[..., Redactor]) -> None:
    here, there = make().redact(lines), make(worker=WorkerLimits()).redact(lines)
    assert isinstance(there, WorkerRedaction)
    assert list(there.lines()) == list(here.lines())
    assert there.report == here.report
    token = there.report.spans[0].token
    assert there.value(token) == here.value(token) is not None
    assert there.blobs == here.blobs


def test_a_process_that_has_many_files_open_redacts(make: Callable[..., Redactor]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    try:
        with ExitStack() as open_files:
            for _ in range(1100):
                open_files.enter_context(Path(os.devnull).open("rb"))
            there = make(worker=WorkerLimits()).redact(lines)
            assert len(list(there.lines())) == len(LINES)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_crash_of_an_engine_is_a_failure(make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch) -> None:
    # the fault is injected: no input is known that crashes the engine
    monkeypatch.setattr(Matcher, "candidates", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(EngineFailed, match="SIGKILL"):
        make(worker=WorkerLimits()).redact(lines)


def test_a_process_that_runs_out_of_memory_is_a_failure(
    make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the fault is injected: bounded input cannot take this much
    monkeypatch.setattr(Matcher, "candidates", lambda *_: bytearray(1 << 30))
    with pytest.raises(EngineFailed, match="MemoryError"):
        make(worker=WorkerLimits(memory_bytes=256 * 1024 * 1024)).redact(lines)


def test_a_process_that_hangs_is_ended(make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch) -> None:
    # the fault is injected: the engines run in linear time
    monkeypatch.setattr(Matcher, "candidates", lambda *_: time.sleep(60))
    before = children()
    with pytest.raises(EngineFailed, match="sign of life"):
        make(worker=WorkerLimits(silence_s=0.2)).redact(lines)
    assert children() <= before


def test_failures_inside_the_process_reach_the_caller_as_they_are(make: Callable[..., Redactor]) -> None:
    with pytest.raises(LimitExceeded) as limit:
        make(worker=WorkerLimits(), limits=Limits(values=2)).redact(lines)
    assert limit.value.limit == "values"
    with pytest.raises(Quarantine) as refused:
        list(make(worker=WorkerLimits(), disabled=frozenset({"phone"})).redact(lines).lines())
    assert refused.value.rule == "phone-number"


def test_a_reader_that_stops_early_leaves_no_process_behind(make: Callable[..., Redactor]) -> None:
    before = children()
    taken = make(worker=WorkerLimits()).redact(lines).lines()
    next(taken)
    assert len(children() - before) == 1
    taken.close()  # type: ignore[attr-defined]
    assert children() <= before


def test_the_process_leaves_no_core_and_is_bounded(make: Callable[..., Redactor]) -> None:
    def told() -> Iterator[bytes]:
        core, space = resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_AS)
        yield json.dumps({"core": core, "bounded": space[0] > 0}).encode()

    [line] = make(worker=WorkerLimits()).redact(told).lines()
    assert json.loads(line) == {"core": [0, 0], "bounded": True}


def test_without_fork_the_redaction_runs_here(make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.redactor.can_fork", lambda: False)
    assert not isinstance(make(worker=WorkerLimits()).redact(lines), WorkerRedaction)


def test_no_error_that_travels_holds_a_value(make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_matcher: Matcher, _number: int, data: bytes) -> None:
        raise ValueError(data.decode())

    # the fault is injected: the real matcher raises nothing that holds its text
    monkeypatch.setattr(Matcher, "spans", crash)
    with pytest.raises(RedactionError) as caught:
        run(make(worker=WorkerLimits()), LINES[0])
    assert planted()["provider"][0] not in str(caught.value) + repr(caught.value.__cause__)
