"""Cosignatures of witnesses, as they came: with the head they are on, for as long as the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.append_only import append_only
from attest.store.grants import grant_ledger

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, which grows and does nothing else."""
    op.create_table(
        "cosignature",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("tree_size", sa.BigInteger, nullable=False),
        sa.Column("vkey", sa.String(512), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", "tree_size", "vkey", "at", name="pk_cosignature"),
    )
    append_only("cosignature")
    grant_ledger("cosignature")


def downgrade() -> None:
    """Refuse: what a witness said is not dropped by a migration."""
    message = "the ledger cannot be migrated away; restore a backup of the earlier version instead"
    raise RuntimeError(message)
