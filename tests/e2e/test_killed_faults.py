"""Promise: when disk, database, line or clock fail, nothing acknowledged is lost and no head is signed from memory."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.errors import CannotVerify
from attest.settings import Settings
from attest.store.log_store import LogStore
from attest.usecases.instance import open_instance
from tests.support.killed_check import History, Writers, writers
from tests.support.killed_disk import How, Kind, build
from tests.support.killed_proxy import Break, breaking_line
from tests.support.killed_runs import sqlite_schema
from tests.support.killed_writer import Job, Outcome, log_number
from tests.support.postgres import Postgres
from tests.support.signing import SettableClock

WRITES = Kind.WRITE | Kind.MAKE | Kind.CUT | Kind.NAME


@pytest.fixture(scope="module")
def forks(require: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writers]:
    require("gcc")
    with writers(build(tmp_path_factory.mktemp("shim"))) as made:
        yield made


@pytest.fixture
def history(tmp_path: Path) -> History:
    home = tmp_path / "home"
    sqlite_schema(home)
    return History(home)


@pytest.fixture
def job(forks: Writers, history: History) -> Callable[..., Outcome]:
    """Give a way to let a process write, and remember what it was answered."""

    def run(numbers: list[int], writers: int = 1, **how: int | bool) -> Outcome:
        made = Job(home=str(history.home), database_url=history.database_url, numbers=numbers, writers=writers, **how)  # type: ignore[arg-type]
        outcome = forks(made)
        assert outcome.status == 0
        history.told(outcome)
        return outcome

    return run


def everything_is_logged_in_the_end(job: Callable[..., Outcome], history: History, count: int) -> None:
    outcome = job(list(range(count)))
    assert outcome.errors == []
    assert history.acknowledged.keys() == set(range(count))
    history.check(signatures=True)
    assert history.count() == count


@pytest.mark.parametrize("place", [1, 20])
def test_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(
    job: Callable[..., Outcome], history: History, place: int
) -> None:
    job([0])
    full = job([1, 2, 3], opened=True, how=int(How.FAIL_ON), kinds=int(WRITES), place=place, failure=errno.ENOSPC)
    assert full.errors
    assert set(full.errors) <= {"store.full", "store.away"}
    everything_is_logged_in_the_end(job, history, 4)


def test_failed_sync_of_the_database_ends_all_writing_of_the_process(
    job: Callable[..., Outcome], history: History
) -> None:
    job([0])
    once = job([1, 2, 3], opened=True, how=int(How.FAIL_ONCE), kinds=int(Kind.SYNC), place=1, failure=errno.EIO)
    assert once.place.endswith("whereof.db-wal")
    assert once.errors == ["store.stopped"] * 3
    assert once.acknowledged == []
    everything_is_logged_in_the_end(job, history, 4)


def test_failed_sync_of_a_published_file_is_told_and_the_entry_is_kept(
    job: Callable[..., Outcome], history: History
) -> None:
    job([0])
    seen = 0
    for place in range(4, 10):
        number = [place]
        once = job(number, opened=True, how=int(How.FAIL_ONCE), kinds=int(Kind.SYNC), place=place, failure=errno.EIO)
        if "logs/" in once.place:
            seen += 1
            assert once.errors == ["store.away"], once.place
            assert once.acknowledged == []
        else:
            # SQLite's own: told, unless all was logged and it was only tidying up.
            assert once.errors == ([] if once.acknowledged else ["store.stopped"]), once.place
    assert seen
    assert job([0, *range(4, 10)]).errors == []
    history.check(signatures=True)
    assert history.count() == 7


def test_slow_disk_makes_groups_and_no_errors(job: Callable[..., Outcome], history: History) -> None:
    slow = job(list(range(12)), writers=6, opened=True, how=int(How.SLOW), kinds=int(Kind.SYNC), failure=15)
    assert slow.errors == []
    history.check()
    assert len(history.bodies) < 2 + 2 * 12, "each entry had a group of its own"
    everything_is_logged_in_the_end(job, history, 12)


def test_two_processes_that_sequence_the_same_log_share_it(job: Callable[..., Outcome], history: History) -> None:
    job([0])
    other: list[Outcome] = []
    thread = Thread(target=lambda: other.append(job(list(range(1, 11)), writers=2)))
    instance = open_instance(history.settings, clock=SystemClock(), entropy=SystemEntropy())
    thread.start()
    mine = Outcome(acknowledged=[log_number(instance, number) for number in range(6, 16)])
    thread.join(60)
    instance.engine.dispose()
    history.told(mine)
    assert other[0].errors == []
    everything_is_logged_in_the_end(job, history, 16)


def test_clock_that_goes_back_changes_no_order(history: History) -> None:
    instance = open_instance(history.settings, clock=SystemClock(), entropy=SystemEntropy())
    clock = SettableClock()
    log = LogStore(
        instance.engine,
        instance.scope,
        instance.log.name,
        authority=instance.services.log,
        clock=clock,
        directory=history.settings.logs_dir,
    )
    told = []
    for number, minutes in enumerate((0, -1, -60, -1440, 1)):
        clock.at = datetime.now(UTC) + timedelta(minutes=minutes)
        told.append(log_number(replace(instance, append=log.append), number))
    instance.engine.dispose()
    history.told(Outcome(acknowledged=told))
    history.check(signatures=True)
    assert [receipt["index"] for receipt in told] == [2, 4, 6, 8, 10]


@pytest.fixture
def remote(postgres: Postgres, pg_database: Callable[[], str], history: History) -> History:
    """The same on PostgreSQL."""
    history.database_url = pg_database()
    return history


@pytest.mark.parametrize("how", ["unheard", "unanswered"])
def test_line_lost_at_commit_is_told_and_nothing_is_signed_from_memory(
    job: Callable[..., Outcome], remote: History, postgres: Postgres, how: Break
) -> None:
    job([0])
    before = len(_bodies(remote))
    assert remote.database_url is not None
    with (
        tempfile.TemporaryDirectory(prefix="whereof-line-") as name,  # a socket's path is short
        breaking_line(postgres.folder, Path(name), how) as line,
    ):
        url = remote.database_url.replace(str(postgres.folder), name)
        instance = open_instance(
            Settings(home=remote.home, database_url=url), clock=SystemClock(), entropy=SystemEntropy()
        )
        line.armed = 3  # the lock of the claim, its row, and the reading of the chain come before the log's own
        with pytest.raises(CannotVerify) as caught:
            log_number(instance, 1)
        assert caught.value.code == "store.lost"
        assert line.broken == 1
        log_number(instance, 2)
        again = log_number(instance, 1)
        instance.engine.dispose()
    remote.told(Outcome(acknowledged=[again]))
    assert again["index"] == (before if how == "unanswered" else before + 2)
    everything_is_logged_in_the_end(job, remote, 3)


def test_database_restarted_under_load_loses_nothing(
    job: Callable[..., Outcome], remote: History, postgres: Postgres
) -> None:
    job([0])
    hit = job(list(range(1, 9)), writers=3, opened=True, how=int(How.KILL), place=60, victim=postgres.number())
    postgres.again()
    assert hit.place
    assert hit.errors
    assert set(hit.errors) == {"store.lost"}
    everything_is_logged_in_the_end(job, remote, 9)


def _bodies(history: History) -> list[bytes]:
    history.check()
    return history.bodies
