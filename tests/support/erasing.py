"""Looking for a word in all that an instance keeps: every table, every file, every part that still opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect, text

from attest.errors import AttestError
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.read_parts import open_parts
from tests.support.postgres import SUPERUSER, Postgres


def tables_with(instance: Instance, word: str) -> set[str]:
    """Give the tables, SQLite's shadow tables included, in whose rows the word stands in any case."""
    found = set()
    with instance.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            if table == "search_text":  # has no content of its own; its pages are looked at as bytes of the file
                continue
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                if any(_in(word, value) for value in row):
                    found.add(table)
    return found


def files_with(*folders: Path, word: str) -> set[str]:
    """Give the files below some folders whose names or bytes hold the word."""
    paths = (path for folder in folders for path in folder.rglob("*"))
    return {path.name for path in paths if _in(word, str(path)) or (path.is_file() and _in(word, path.read_bytes()))}


def relations_with(server: Postgres, database: str, word: str) -> set[str]:
    """Give the relations of a database in whose bytes on disk the word stands, and `wal` where its write-ahead log has it."""
    import psycopg

    server.run("CHECKPOINT")
    target = f"host={server.folder} user={SUPERUSER} dbname={database}"
    with psycopg.connect(target, autocommit=True) as connection:
        query = (
            "SELECT pg_relation_filenode(oid)::text, relname FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL"
        )
        names = dict(connection.execute(query).fetchall())
        (oid,) = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone() or (0,)
    data = server.folder / "data"
    found = files_with(data / "base" / str(oid), word=word)
    wal = files_with(data / "pg_wal", word=word)
    return {names.get(name.partition(".")[0].partition("_")[0], name) for name in found} | ({"wal"} if wal else set())


def parts_with(instance: Instance, word: str) -> set[str]:
    """Give the names of the parts that open and hold the word."""
    return {name for name, data in _parts(instance) if _in(word, data)}


def _parts(instance: Instance) -> Iterator[tuple[str, bytes]]:
    rows = attestations.newest(instance.engine, instance.scope, before=None, limit=100).rows
    for row in rows:
        try:
            yield from open_parts(instance, row.id).items()
        except AttestError:
            continue


def _in(word: str, value: object) -> bool:
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return word.lower().encode() in data.lower()
