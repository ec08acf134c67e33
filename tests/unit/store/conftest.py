"""Each promise of the store is kept on both databases: SQLite, and PostgreSQL served by a role that owns nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from attest.usecases.instance import Instance, open_instance
from tests.support.postgres import TEMPLATE, Postgres


def open_settings(settings: Settings) -> Instance:
    return open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, home: Path) -> Settings:
    """Give the settings of an instance that does not exist yet, on either database."""
    if request.param == "sqlite":
        return Settings(home=home / "whereof")
    server: Callable[[], str] = request.getfixturevalue("pg_database")
    return Settings(home=home / "whereof", database_url=server())


@pytest.fixture
def instance(settings: Settings) -> Iterator[Instance]:
    made = open_settings(settings)
    yield made
    made.engine.dispose()


@pytest.fixture
def as_owner(instance: Instance, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to run a statement as whoever owns the database: what a thief of its disk could do."""
    from attest.store.database import writing

    def run(statement: str) -> None:
        if instance.engine.dialect.name == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            server.run(statement, str(instance.engine.url.database))
            return
        with writing(instance.engine) as session:
            session.connection().exec_driver_sql(statement)

    return run


@dataclass(frozen=True)
class Backup:
    """Copies of an instance's database, taken and put back while nobody is connected."""

    instance: Instance
    server: Postgres | None
    folder: Path

    def take(self) -> None:
        """Keep what the database holds now."""
        self.instance.engine.dispose()
        if self.server is not None:
            self.server.run(f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}")
            return
        self.folder.mkdir()
        for path in self._files():
            shutil.copy(path, self.folder)

    def restore(self) -> None:
        """Put back what was kept."""
        self.lose()
        if self.server is not None:
            self.server.run(f"DROP DATABASE {self._name}")
            self.server.run(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_kept")
            return
        for path in self.folder.iterdir():
            shutil.copy(path, self.instance.settings.home)

    def lose(self) -> None:
        """Take everything out of the database but its schema."""
        self.instance.engine.dispose()
        if self.server is not None:
            self.server.run(f"DROP DATABASE {self._name}")
            self.server.run(f"CREATE DATABASE {self._name} TEMPLATE {TEMPLATE}")
            return
        for path in self._files():
            path.unlink()

    @property
    def _name(self) -> str:
        return str(self.instance.engine.url.database)

    def _files(self) -> list[Path]:
        return list(self.instance.settings.home.glob("whereof.db*"))


@pytest.fixture
def backup(instance: Instance, request: pytest.FixtureRequest, tmp_path: Path) -> Backup:
    server = request.getfixturevalue("postgres") if instance.engine.dialect.name == "postgresql" else None
    return Backup(instance, server, tmp_path / "backup")
