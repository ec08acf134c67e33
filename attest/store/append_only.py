# ruff: noqa: S608 - table and column names come from migrations, never from input
"""Triggers that let a ledger table grow and do nothing else, on SQLite and PostgreSQL.

They are a seat belt: whoever owns the database can drop them. What exposes such a change is the Merkle tree.
"""

from __future__ import annotations

from alembic import op


def append_only(table: str, *, numbered: str | None = None) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and REPLACE on a table.

    `numbered` names a column that counts the rows of each (tenant, log) from 0: then they come without gaps, which is
    also what stops SQLite's INSERT OR REPLACE, since that does not fire delete triggers by itself.
    """
    if op.get_bind().dialect.name == "postgresql":
        _postgresql(table, numbered)
    else:
        _sqlite(table, numbered)


def _sqlite(table: str, numbered: str | None) -> None:
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    if not numbered:
        same = " AND ".join(f"{key} = NEW.{key}" for key in _primary_key(table))
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    else:
        next_number = (
            f"SELECT COALESCE(MAX({numbered}) + 1, 0) FROM {table} WHERE tenant = NEW.tenant AND log = NEW.log"
        )
        op.execute(
            f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} WHEN NEW.{numbered} <> ({next_number}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} has no gaps'); END"
        )


def _postgresql(table: str, numbered: str | None) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for event, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{table}_no_{event.split()[0].lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION {table}_append_only()"
        )
        # Plain triggers do not fire in a session that says it replays a replica's work.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    if numbered:
        _postgresql_in_order(table, numbered)


def _postgresql_in_order(table: str, numbered: str) -> None:
    """One look at each statement's rows, not one at each row: a group commit is one statement."""
    before = (
        f"SELECT max({numbered}) + 1 FROM {table} WHERE tenant = a.tenant AND log = a.log AND {numbered} < a.lowest"
    )
    op.execute(
        f"CREATE FUNCTION {table}_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT 1 FROM (SELECT tenant, log, min({numbered}) AS lowest, max({numbered}) AS highest, "
        f"count(*) AS rows FROM added GROUP BY tenant, log) a "
        f"WHERE a.highest - a.lowest + 1 <> a.rows OR a.lowest <> COALESCE(({before}), 0)) "
        f"THEN RAISE EXCEPTION '{table} has no gaps' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_in_order AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_in_order()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_in_order")


def _primary_key(table: str) -> list[str]:
    from sqlalchemy import inspect  # noqa: PLC0415  # only migrations on SQLite need it

    return [str(c) for c in inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"]]
