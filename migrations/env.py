"""Runs migrations on the connection handed in by `attest.store.migrate`, or on `WHEREOF_DATABASE_URL` from Alembic's own CLI.

Each revision is committed by itself, with the row that names it: what was reached stays when a later one has to wait.
"""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine, text

from attest.errors import CannotVerify
from attest.store.tables import metadata

LOCK_TIMEOUT_MS = 3000
STATEMENT_TIMEOUT_MS = 600_000
ADVISORY_LOCK = 0x77686572656F66  # "whereof" in ASCII: one migration at a time


def run(connection: Connection, lock_timeout_ms: int = LOCK_TIMEOUT_MS) -> None:
    """Migrate one database; on PostgreSQL under an advisory lock, until the connection ends, and with timeouts."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET lock_timeout = {lock_timeout_ms}"))
        connection.execute(text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
        # Asked for, not waited for: an index that is made beside writers waits for everybody who waits in a statement.
        if not connection.execute(text(f"SELECT pg_try_advisory_lock({ADVISORY_LOCK})")).scalar():
            raise CannotVerify("store.busy", "another process migrates this database")
        connection.commit()
    # SQLite's tables are made in transactions too, since `attest.store.engine` begins them itself.
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    run(given, context.config.attributes.get("lock_timeout_ms", LOCK_TIMEOUT_MS))
else:
    with create_engine(os.environ["WHEREOF_DATABASE_URL"]).connect() as own:
        run(own)
