"""Promise: the version before works on the newer schema; one that lacks migrations, or is beyond it, is not worked on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from attest.errors import CannotVerify
from attest.settings import Settings
from attest.store.engine import open_engine
from attest.store.migrate import upgrade
from attest.store.schema import Standing, newest_revision, schema_of
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance
from tests.support.next_release import migrate_to, next_migrations
from tests.support.postgres import Postgres
from tests.unit.store.conftest import open_settings
from tests.unit.store.submissions import submission


@pytest.fixture
def migrate(settings: Settings, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Give a way to migrate the test's database as its owner."""
    url = None
    if settings.database_url:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url(str(make_url(settings.database_url).database))

    def run(directory: Path, **options: object) -> None:
        migrate_to(url, settings.home, directory, **options)  # type: ignore[arg-type]

    return run


def test_this_version_opens_appends_and_checks_on_a_newer_schema(
    instance: Instance, settings: Settings, migrate: Callable[..., None], tmp_path: Path
) -> None:
    instance.append((submission(1),))
    directory, newest = next_migrations(tmp_path / "next")
    migrate(directory)
    # The one that was at work all the while, and one that is started again: a rollback.
    instance.append((submission(2),))
    again = open_settings(settings)
    try:
        schema = schema_of(again.engine)
        assert (schema.standing, schema.found) == (Standing.AHEAD, newest)
        again.append((submission(3),))
        result = fsck(again, FsckDepth(hashes_only=True), on_progress=lambda *_: None)
        assert result.problems == ()
        # Its own migrations leave what is ahead as it is.
        upgrade(again.engine)
        assert schema_of(again.engine).found == newest
    finally:
        again.engine.dispose()


def test_a_schema_for_newer_versions_alone_is_not_worked_on(
    instance: Instance, settings: Settings, migrate: Callable[..., None], tmp_path: Path
) -> None:
    instance.engine.dispose()
    ahead = f"{int(newest_revision()[:4]) + 1:04}"
    directory, newest = next_migrations(tmp_path / "next", since=f"_since_{ahead}")
    migrate(directory)
    with pytest.raises(CannotVerify) as caught:
        open_settings(settings)
    assert (caught.value.code, caught.value.got) == ("store.schema-newer", newest)


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        (None, Standing.BEHIND),
        ("0001", Standing.BEHIND),
        ("9998", Standing.AHEAD),
        ("9998_since_0001", Standing.AHEAD),
        ("9998_since_9997", Standing.BEYOND),
        ("a1b2c3d4e5f6", Standing.BEYOND),
        ("", Standing.BEYOND),
    ],
)
def test_a_revision_tells_by_its_name_who_works_on_it(found: str | None, standing: Standing, tmp_path: Path) -> None:
    engine = open_engine(Settings(home=tmp_path))
    with engine.begin() as connection:
        if found is not None:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (found,))
    assert schema_of(engine).standing is standing
    engine.dispose()


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_lock_that_is_not_had_is_given_up_and_tried_again_while_writers_go_on(
    instance: Instance, migrate: Callable[..., None], tmp_path: Path
) -> None:
    directory, newest = next_migrations(tmp_path / "next")
    waits: list[str | None] = []
    reader = instance.engine.connect()
    reader.exec_driver_sql("SELECT count(*) FROM attestation")  # holds its lock on the table until the end

    def busy(tried: int, _pause: float) -> None:
        waits.append(schema_of(instance.engine).found)
        instance.append((submission(tried),))
        if tried == 2:
            reader.rollback()
            reader.close()

    migrate(directory, lock_timeout_s=0.1, on_busy=busy)
    # Nothing of the step that had to wait stayed; then all came.
    assert waits == [newest_revision(), newest_revision()]
    assert schema_of(instance.engine).found == newest


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_what_was_reached_before_a_lock_was_not_had_stays(
    instance: Instance, migrate: Callable[..., None], tmp_path: Path
) -> None:
    directory, newest = next_migrations(tmp_path / "next")
    reached: list[str | None] = []
    # A writer that takes long: an index made beside writers waits for it, before it is good.
    writer = instance.engine.connect()
    writer.exec_driver_sql("LOCK TABLE subject IN ROW EXCLUSIVE MODE")

    def busy(_tried: int, _pause: float) -> None:
        reached.append(schema_of(instance.engine).found)
        writer.rollback()
        writer.close()

    migrate(directory, lock_timeout_s=0.2, on_busy=busy)
    assert reached == [f"{int(newest) - 1:04}"]
    with instance.engine.connect() as connection:
        valid = connection.exec_driver_sql(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_subject_next'::regclass"
        ).scalar_one()
        connection.rollback()
    assert valid
    assert schema_of(instance.engine).found == newest


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_who_comes_while_another_migrates_waits_without_a_statement(
    instance: Instance, migrate: Callable[..., None], tmp_path: Path
) -> None:
    directory, newest = next_migrations(tmp_path / "next")
    other = instance.engine.connect()
    other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({0x77686572656F66})")
    tries: list[int] = []

    def busy(tried: int, _pause: float) -> None:
        tries.append(tried)
        other.rollback()
        other.close()

    migrate(directory, on_busy=busy)
    assert tries == [1]
    assert schema_of(instance.engine).found == newest
