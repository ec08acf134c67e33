"""The nominations of the second scan are each thread's own: two scans at once never fail one another."""

from __future__ import annotations

import threading

from redaction.canary import canary_batch
from redaction.second_places import places


def test_threads_that_scan_at_once_do_not_share_a_scratch_space() -> None:
    text = b"x" * 400_000 + b"\n"
    begin, failed = threading.Barrier(4), []

    def scan() -> None:
        begin.wait()
        try:
            for _ in range(20):
                places().nominated(text + canary_batch(), len(text))
        except Exception as err:  # noqa: BLE001 - whatever it is, the test names it
            failed.append(type(err).__name__)

    threads = [threading.Thread(target=scan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_one_thread_compiles_them_once() -> None:
    assert places() is places()
