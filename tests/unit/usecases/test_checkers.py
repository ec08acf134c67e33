"""Promise: bundles checked in other processes come out as they would here, whatever becomes of those processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from attest.clock import SystemEntropy
from attest.errors import AttestError
from attest.model.statement import build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.signing.render import render_bundle
from attest.usecases.checkers import FEWEST, Checkers
from attest.usecases.ingest_check import Checked, check_here
from attest.usecases.pinned_trust import Trust
from tests.support.processes import children
from tests.support.signing import make_world

COUNT = 2 * FEWEST


@pytest.fixture(scope="module")
def signed() -> tuple[list[bytes], Trust]:
    world = make_world()
    signer = DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())
    bundles = []
    for number in range(COUNT):
        subject = commit_subject("git+https://forge.example.test/pond", f"{number:040x}", "ab" * 20, b"\7" * 32)
        leaf = signer.leaf(build_statement("https://example.test/predicate/v1", (subject,), {"n": number}).raw)
        bundles.append(render_bundle(leaf, world.log.append(leaf)))
    bundles[3] = b"{"
    bundles[COUNT - 1] = bundles[COUNT - 1].replace(b'"logIndex":"', b'"logIndex":"9', 1)
    return bundles, Trust(roots=(world.instance.trusted_root,))


@pytest.fixture
def checkers() -> Iterator[Checkers]:
    made = Checkers(2)
    yield made
    made.close()


def told(found: Iterable[Checked]) -> list[object]:
    return [(type(one), str(one), one.hint) if isinstance(one, AttestError) else one for one in found]


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("the processes did not begin")


def checks(process: int) -> bool:
    """Tell a process that checks from the one that multiprocessing keeps beside them."""
    return b"spawn_main" in (Path("/proc") / str(process) / "cmdline").read_bytes()


def test_same_comes_out_of_other_processes_as_out_of_this_one(
    checkers: Checkers, signed: tuple[list[bytes], Trust]
) -> None:
    before = children()
    here = told(check_here(*signed))
    assert sum(isinstance(one, tuple) for one in here) == 2
    assert told(checkers(*signed)) == here  # while the processes begin, it is done in place
    wait_until(lambda: checkers.ready)
    assert told(checkers(*signed)) == here
    begun = {process for process in children() - before if checks(process)}
    assert begun
    for process in begun:
        os.kill(process, signal.SIGKILL)
    assert told(checkers(*signed)) == here


def test_few_bundles_begin_no_process(checkers: Checkers, signed: tuple[list[bytes], Trust]) -> None:
    before = children()
    bundles, trust = signed
    assert told(checkers(bundles[:5], trust)) == told(check_here(bundles[:5], trust))
    assert children() == before


def test_closed_one_still_checks_and_begins_nothing(signed: tuple[list[bytes], Trust]) -> None:
    closed = Checkers(2)
    closed.close()
    before = children()
    assert told(closed(*signed)) == told(check_here(*signed))
    assert children() == before
