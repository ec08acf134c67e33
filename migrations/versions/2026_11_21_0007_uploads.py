"""Uploads that are on their way, and which objects each tenant handed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(1024), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_upload"),
    )
    op.create_table(
        "upload_block",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("upload", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "upload", "at", name="pk_upload_block"),
    )
    op.create_table(
        "handed_in",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sha256", name="pk_handed_in"),
    )
    grant_working("upload", "upload_block", "handed_in")


def downgrade() -> None:
    """Forget uploads that are on their way; objects stay in the object store, and are handed in anew."""
    op.drop_table("handed_in")
    op.drop_table("upload_block")
    op.drop_table("upload")
