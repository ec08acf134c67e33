"""What the serving role may do to each table, on PostgreSQL: a ledger table is read and added to, and nothing else.

The role that runs the migrations owns the tables; the service connects as another one, which is a member of
`whereof_app` and owns nothing. SQLite has no roles: there the file's owner can do everything.
"""

from __future__ import annotations

from typing import Final

from alembic import op

APPLICATION: Final = "whereof_app"
"""The role that holds the grants; it cannot log in. Roles belong to the whole server, so it may be there already."""

_MAKE_ROLE: Final = (
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'whereof_app') "
    "THEN CREATE ROLE whereof_app NOLOGIN; END IF; END $$"
)


def make_application_role() -> None:
    """Make the serving role's group where the server has none; needs CREATEROLE, or someone who made it before."""
    if _here():
        op.execute(_MAKE_ROLE)
        op.execute(f"GRANT SELECT ON alembic_version TO {APPLICATION}")


def grant_ledger(*tables: str) -> None:
    """Let the application read and add rows, no more."""
    _grant("SELECT, INSERT", tables)


def grant_working(*tables: str) -> None:
    """Let the application do with rows what it likes: derived and working state."""
    _grant("SELECT, INSERT, UPDATE, DELETE", tables)


def _grant(what: str, tables: tuple[str, ...]) -> None:
    if _here():
        op.execute(f"GRANT {what} ON {', '.join(tables)} TO {APPLICATION}")


def _here() -> bool:
    return op.get_bind().dialect.name == "postgresql"
