"""${message}

Rules, checked by `tools.lint_migrations` and explained in docs/runbooks/upgrade.md:
- The version before runs on what this makes. So it adds: tables, columns that are nullable or have a server default,
  indexes of tables in use by `attest.store.add_index`, alone in its revision.
- What takes away comes a release after the last version that needs it. It says `phase = "contract"`, and its revision, and
  every later one, says for whom it is: "0012_since_0009" for versions that know 0009.
- A ledger table is never altered, in batch or otherwise. Rows are not changed here: the program does, in small steps.
- A new table needs its grants (`attest.store.grants`). No step holds a lock for long that writers need.
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
    """Refuse: the version before is run on the newer schema."""
    message = "run the version before on the newer schema"
    raise RuntimeError(message)
