"""What a waiting command line asks for, and how it calls itself; nobody could wait before, so no row is lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device_code", sa.Column("rights", sa.Text, nullable=False, server_default="[]"))
    op.add_column("device_code", sa.Column("asker", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("device_code", "asker")
    op.drop_column("device_code", "rights")
