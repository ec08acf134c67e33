"""What lists of recordings are counted by; made from the log, and made again at any time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording_facets",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("idx", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("combination", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("month", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", "idx", name="pk_recording_facets"),
    )
    op.create_index(
        "ix_recording_facets_combination",
        "recording_facets",
        ["tenant", "log", "combination", "month", "idx", "recorded_at"],
    )
    op.create_table(
        "facet_value",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("facet", sa.String(16), nullable=False),
        sa.Column("value", sa.String(512), nullable=False),
        sa.Column("combination", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "facet", "value", "combination", name="pk_facet_value"),
    )
    op.create_index("ix_facet_value_combination", "facet_value", ["tenant", "combination"])
    op.create_table(
        "facet_state",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("indexed_to", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", name="pk_facet_state"),
    )
    grant_working("recording_facets", "facet_value", "facet_state")


def downgrade() -> None:
    """Refuse, as every revision does: an earlier version is run on a backup of its own time."""
    message = "facets cannot be migrated away; run the version before on the newer schema"
    raise RuntimeError(message)
