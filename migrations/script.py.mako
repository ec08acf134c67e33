"""${message}

Rules of a migration: add first, remove a release later; never alter a ledger table, in batch or otherwise; a
downgrade that would lose ledger rows raises; long work goes in small steps, never under a lock that writers need.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
