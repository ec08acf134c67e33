"""Who may do what: credentials, roles given, engagements, waiting command lines; who read what; what changes are logged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("rights", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_credential"),
    )
    op.create_table(
        "role_grant",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("by", sa.String(1024), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_role_grant"),
    )
    op.create_table(
        "engagement",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("by", sa.String(1024), nullable=False),
        sa.Column("confirmed_by", sa.String(1024), nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_engagement"),
    )
    op.create_table(
        "device_code",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_code", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("credential", sa.String(40), nullable=True),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_device_code"),
    )
    op.create_table(
        "access_record",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("session", sa.String(40), nullable=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "idx", "position", name="pk_access_record"),
    )
    op.create_table(
        "governed",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "what", name="pk_governed"),
    )
    op.create_index("uq_credential_id", "credential", ["tenant", "id"], unique=True)
    op.create_index("ix_role_grant_name", "role_grant", ["tenant", "name"])
    op.create_index("ix_engagement_name", "engagement", ["tenant", "name"])
    op.create_index("uq_device_code_user", "device_code", ["tenant", "user_code"], unique=True)
    op.create_index("ix_access_record_session", "access_record", ["tenant", "session"])
    grant_working("credential", "role_grant", "engagement", "device_code", "access_record", "governed")


def downgrade() -> None:
    """Refuse: roles that were taken back would be forgotten, and given again by nobody."""
    message = "roles and engagements cannot be migrated away; restore a backup of the earlier version instead"
    raise RuntimeError(message)
