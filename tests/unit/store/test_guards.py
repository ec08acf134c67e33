"""Promise: nothing is written to a database that may forget, nor served from one that could be changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attest.errors import Refused
from attest.settings import Settings
from attest.store.engine import open_engine
from attest.store.guards import PROBE, require_append_only, require_durable
from attest.store.tables import LEDGER_TABLES, metadata
from attest.usecases.instance import Instance
from tests.support.postgres import SERVING, Postgres
from tests.unit.store.conftest import open_settings


def test_database_as_it_is_made_is_durable_and_append_only(instance: Instance) -> None:
    before = counts(instance)
    require_durable(instance.engine)
    require_append_only(instance.engine)
    assert counts(instance) == before
    assert PROBE not in "".join(map(str, before))


def counts(instance: Instance) -> dict[str, int]:
    with instance.engine.connect() as connection:
        found = {t: connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar_one() for t in metadata.tables}
        connection.rollback()
    return found


@pytest.mark.parametrize("table", LEDGER_TABLES)
@pytest.mark.parametrize("event", ["update", "delete"])
def test_trigger_that_was_dropped_is_missed(
    instance: Instance, as_owner: Callable[[str], None], table: str, event: str
) -> None:
    if instance.engine.dialect.name == "postgresql":
        # The serving role may not even try: it is given the right that its triggers then have to refuse.
        as_owner(f"GRANT {event} ON {table} TO whereof_app")
        require_append_only(instance.engine)
        as_owner(f"DROP TRIGGER {table}_no_update ON {table}")
    else:
        as_owner(f"DROP TRIGGER {table}_no_{event}")
    refused(instance, table)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["log", "tree_head", "index_row", "cosignature"])
def test_replacing_is_tried_too(instance: Instance, as_owner: Callable[[str], None], table: str) -> None:
    as_owner(f"DROP TRIGGER {table}_no_replace")
    require_append_only(instance.engine)  # with `recursive_triggers`, replacing is deleting
    with instance.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA recursive_triggers=OFF")
    refused(instance, table)


def test_gap_is_tried_too(instance: Instance, as_owner: Callable[[str], None]) -> None:
    drop = {"sqlite": "DROP TRIGGER entry_in_order", "postgresql": "DROP TRIGGER entry_in_order ON entry"}
    as_owner(drop[instance.engine.dialect.name])
    refused(instance, "entry")


def refused(instance: Instance, table: str) -> None:
    before = counts(instance)
    with pytest.raises(Refused) as caught:
        require_append_only(instance.engine)
    assert (caught.value.code, caught.value.where) == ("store.not-append-only", table)
    assert counts(instance) == before


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_role_that_could_switch_the_guards_off_is_not_served_as(instance: Instance, postgres: Postgres) -> None:
    name = str(instance.engine.url.database)
    postgres.run("CREATE ROLE owning NOLOGIN; CREATE ROLE member LOGIN IN ROLE owning, whereof_app")
    postgres.run("ALTER TABLE entry OWNER TO owning", name)
    for user, what in (("member", "owns"), ("whereof_super", "superuser")):
        settings = Settings(home=instance.settings.home, database_url=postgres.url(name, user))
        with pytest.raises(Refused, match=what) as caught:
            open_settings(settings)
        assert caught.value.code == "store.not-append-only"


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_session_that_plays_a_replica_does_not_get_past_the_triggers(instance: Instance, postgres: Postgres) -> None:
    import psycopg

    name = str(instance.engine.url.database)
    for statement in ("UPDATE entry SET idx = idx", "DELETE FROM tree_head", "TRUNCATE index_row"):
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            postgres.run(f"SET session_replication_role = replica; {statement}", name)


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_role_that_does_not_wait_for_the_disk_is_refused(instance: Instance, postgres: Postgres) -> None:
    name = str(instance.engine.url.database)
    instance.engine.dispose()
    postgres.run(f"ALTER ROLE {SERVING} IN DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(Refused) as caught:
        open_settings(instance.settings)
    assert (caught.value.code, caught.value.where) == ("store.not-durable", "synchronous_commit")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_file_that_is_not_flushed_is_refused(settings: Settings) -> None:
    engine = open_engine(settings)
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA synchronous=OFF")
    with pytest.raises(Refused) as caught:
        require_durable(engine)
    assert (caught.value.code, caught.value.where) == ("store.not-durable", "synchronous")


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_serving_role_has_a_grant_on_every_table_and_no_more_on_the_ledger(instance: Instance) -> None:
    with instance.engine.connect() as connection:
        for table in metadata.tables:
            may = {
                right: connection.exec_driver_sql(
                    f"SELECT has_table_privilege(current_user, '{table}', '{right}')"
                ).scalar_one()
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
            }
            working = table not in LEDGER_TABLES
            expected = {"SELECT": True, "INSERT": True, "UPDATE": working, "DELETE": working}
            assert may == expected | {"TRUNCATE": False, "TRIGGER": False}, table
        connection.rollback()
