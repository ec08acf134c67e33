"""What the Sigstore services keep: salts of pseudonyms, identity tokens used up, entries by their leaf hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(512), nullable=False),
        sa.Column("subject", sa.String(512), nullable=False),
        sa.Column("uri", sa.String(512), nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "issuer", "subject", name="pk_actor"),
    )
    op.create_index("uq_actor_uri", "actor", ["tenant", "uri"], unique=True)
    op.create_table(
        "used_token",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_used_token"),
    )
    op.create_table(
        "entry_name",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", "leaf_hash", name="pk_entry_name"),
    )
    grant_working("actor", "used_token", "entry_name")


def downgrade() -> None:
    """Refuse: without the salts nobody could be named any more, and used tokens would be good again."""
    message = "salts and used tokens cannot be migrated away; restore a backup of the earlier version instead"
    raise RuntimeError(message)
