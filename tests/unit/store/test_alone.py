"""Promise: a lock by name is one process's at a time, on either database, and who does not wait is told so at once."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

from attest.store.alone import alone
from attest.usecases.instance import Instance


def test_one_holds_a_name_and_the_next_is_told_or_waits(instance: Instance, tmp_path: Path) -> None:
    path, order, waits = tmp_path / "locks" / "one.lock", [], Event()

    def second() -> None:
        waits.set()
        with alone(instance.engine, "one", path):
            order.append("second")

    thread = Thread(target=second)
    with alone(instance.engine, "one", path) as held:
        with alone(instance.engine, "one", path, wait=False) as other:
            pass
        with alone(instance.engine, "two", tmp_path / "two.lock", wait=False) as apart:
            pass
        thread.start()
        waits.wait()
        order.append("first")
    thread.join(30)
    with alone(instance.engine, "one", path, wait=False) as free:
        pass
    assert (held, other, apart, free) == (True, False, True, True)
    assert order == ["first", "second"]
