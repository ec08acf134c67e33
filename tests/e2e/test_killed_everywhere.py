"""Promise: killed at any call, or cut from power, a log keeps what it acknowledged, and no two of its heads contradict.

The long form of these runs is `make bench-faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.killed_check import Broken, Writers, writers
from tests.support.killed_disk import How, build
from tests.support.killed_runs import Campaign, sqlite_schema
from tests.support.postgres import Postgres


@pytest.fixture(scope="module")
def library(require: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("gcc")
    return build(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="module")
def forks(library: Path) -> Iterator[Writers]:
    with writers(library) as made:
        yield made


@pytest.fixture(scope="module")
def schema(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schema") / "home"
    sqlite_schema(folder)
    return folder


def test_killed_at_any_call_on_sqlite(forks: Writers, library: Path, schema: Path, tmp_path: Path) -> None:
    campaign = Campaign(forks, tmp_path, library, schema=schema, seed=1)
    campaign.run(4)
    assert campaign.ended
    assert campaign.acknowledged == campaign.logged == 12


def test_killed_at_any_call_on_postgresql(
    forks: Writers, library: Path, pg_database: Callable[[], str], tmp_path: Path
) -> None:
    campaign = Campaign(forks, tmp_path, library, database=pg_database, seed=2)
    campaign.run(4)
    assert campaign.ended


def test_server_that_crashes_under_a_writer(
    forks: Writers, library: Path, postgres: Postgres, pg_database: Callable[[], str], tmp_path: Path
) -> None:
    campaign = Campaign(
        forks, tmp_path, library, database=pg_database, seed=3, end_server=postgres.number, begin_server=postgres.again
    )
    campaign.run(2)
    assert campaign.ended


def test_power_cut_at_any_call(forks: Writers, library: Path, schema: Path, tmp_path: Path) -> None:
    campaign = Campaign(forks, tmp_path, library, schema=schema, seed=4)
    campaign.run(4, cut=True)
    assert campaign.ended


@pytest.mark.parametrize("mutant", ["a disk that keeps nothing", "a database that does not wait"])
def test_what_does_not_wait_for_the_disk_is_caught(
    forks: Writers, library: Path, schema: Path, tmp_path: Path, mutant: str
) -> None:
    """The runs above can fail: without fsync they do."""
    lies = mutant == "a disk that keeps nothing"
    campaign = Campaign(
        forks, tmp_path, library, schema=schema, seed=5, mutant=How.LIE if lies else How.COUNT, asynchronous=not lies
    )
    with pytest.raises(Broken):
        campaign.run(10, cut=True)
