"""Migrations of a release that does not exist yet: those of today, and a few more that only add, as its rules demand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from attest.settings import Settings
from attest.store.engine import open_engine
from attest.store.migrate import upgrade
from attest.store.schema import migrations_dir, newest_revision

_ADDS = '''"""A column, and a table of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "{name}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("next_release", sa.String(64), nullable=True))
    op.add_column("attestation", sa.Column("next_number", sa.BigInteger, nullable=False, server_default="7"))
    op.create_table("next_release", sa.Column("tenant", sa.String(64), nullable=False, primary_key=True))
    grant_working("next_release")


def downgrade() -> None:
    message = "run the version before on the newer schema"
    raise RuntimeError(message)
'''
_INDEXES = '''"""An index beside writers."""

from __future__ import annotations

from attest.store.add_index import add_index

revision = "{name}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_subject_next", "subject", "tenant", "value")


def downgrade() -> None:
    message = "run the version before on the newer schema"
    raise RuntimeError(message)
'''


def next_migrations(folder: Path, *, since: str = "") -> tuple[Path, str]:
    """Write them into a folder and give it, with the name of the newest; `since` is what a contracting release names."""
    shutil.copytree(migrations_dir(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = newest_revision()
    for text in (_ADDS, _INDEXES):
        name = f"{int(before[:4]) + 1:04}{since}"
        (folder / "versions" / f"next_{name}.py").write_text(text.format(name=name, before=before))
        before = name
    return folder, before


def migrate_to(
    database_url: str | None,
    home: Path,
    directory: Path,
    *,
    lock_timeout_s: float = 3.0,
    on_busy: Callable[[int, float], None] = lambda _tried, _pause: None,
) -> None:
    """Migrate a database with the migrations of a folder, as its owner."""
    engine = open_engine(Settings(home=home, database_url=database_url))
    try:
        upgrade(engine, directory=directory, lock_timeout_s=lock_timeout_s, on_busy=on_busy)
    finally:
        engine.dispose()
