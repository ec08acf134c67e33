"""Runs migrations on the connection handed in by `attest.store.engine`, or on `WHEREOF_DATABASE_URL` from Alembic's own CLI."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine, text

from attest.store.tables import metadata

LOCK_TIMEOUT_MS = 3000
STATEMENT_TIMEOUT_MS = 600_000
ADVISORY_LOCK = 0x77686572656F66  # "whereof" in ASCII: one migration at a time


def run(connection: Connection) -> None:
    """Migrate one database; on PostgreSQL under an advisory lock and with timeouts."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
        connection.execute(text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(os.environ["WHEREOF_DATABASE_URL"]).begin() as own:
        run(own)
