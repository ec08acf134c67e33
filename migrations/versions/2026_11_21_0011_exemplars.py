"""Sessions that their runners let be shared, and the collections that they are in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exemplar",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("session", sa.String(40), nullable=False),
        sa.Column("attestation", sa.String(80), nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("consented_at", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger, nullable=True),
        sa.Column("collection", sa.String(16), nullable=True),
        sa.Column("why", sa.LargeBinary, nullable=True),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_exemplar"),
    )
    op.create_index("ix_exemplar_session", "exemplar", ["tenant", "session"])
    grant_working("exemplar")


def downgrade() -> None:
    """Refuse: a consent that was withdrawn would be forgotten, and the log alone would know."""
    message = "consents cannot be migrated away; run the version before on the newer schema"
    raise RuntimeError(message)
