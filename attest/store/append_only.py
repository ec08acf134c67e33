# ruff: noqa: S608 - table and column names come from migrations, never from input
"""Triggers that let a ledger table grow and do nothing else, on SQLite and PostgreSQL.

They are a seat belt: whoever owns the database can drop them. What exposes such a change is the Merkle tree.
"""

from __future__ import annotations

from alembic import op


def append_only(table: str, *, sequence: tuple[str, str] | None = None) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and REPLACE on a table.

    `sequence` = (number column, condition tying NEW to its siblings) adds a rule that rows come in order without gaps,
    which is also what stops SQLite's INSERT OR REPLACE, since that does not fire delete triggers by itself.
    """
    if op.get_bind().dialect.name == "postgresql":
        _postgresql(table, sequence)
    else:
        _sqlite(table, sequence)


def _sqlite(table: str, sequence: tuple[str, str] | None) -> None:
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    keys = _primary_key(table)
    same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    if sequence:
        column, siblings = sequence
        op.execute(
            f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} "
            f"WHEN NEW.{column} <> (SELECT COALESCE(MAX({column}) + 1, 0) FROM {table} WHERE {siblings}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} has no gaps'); END"
        )


def _postgresql(table: str, sequence: tuple[str, str] | None) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    for event, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{table}_no_{event.split()[0].lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION {table}_append_only()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    if sequence:
        column, siblings = sequence
        op.execute(
            f"CREATE FUNCTION {table}_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.{column} <> (SELECT COALESCE(MAX({column}) + 1, 0) FROM {table} WHERE {siblings}) "
            f"THEN RAISE EXCEPTION '{table} has no gaps'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_in_order()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_in_order")


def _primary_key(table: str) -> list[str]:
    from sqlalchemy import inspect  # noqa: PLC0415  # only migrations on SQLite need it

    return [str(c) for c in inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"]]
