"""An index added to a table that is in use, without a lock that its writers would wait for."""

from __future__ import annotations

from alembic import op


def add_index(name: str, table: str, *columns: str) -> None:
    """Add an index; on PostgreSQL beside those who write, outside a transaction, so that its revision does nothing else.

    A try that was given up leaves an index that is not valid: the next one removes it first.
    """
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, list(columns), if_not_exists=True)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, list(columns), postgresql_concurrently=True)
