"""The search index: what recordings touched, and their words; made from the log, and made again at any time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.grants import grant_working

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("search_state", "search_session", "search_touch", "search_words")


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "search_state",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("indexed_to", sa.BigInteger, nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", name="pk_search_state"),
    )
    op.create_table(
        "search_session",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("attestation", sa.String(80), nullable=False),
        sa.Column("doc", sa.BigInteger, nullable=False),
        sa.Column("session", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(128), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("parts", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.BigInteger, nullable=True),
        sa.Column("authority", sa.BigInteger, nullable=False),
        sa.Column("whole", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("schema_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "attestation", name="pk_search_session"),
    )
    op.create_table(
        "search_touch",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("attestation", sa.String(80), nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("op", sa.String(16), nullable=False),
        sa.Column("name", _text(512), nullable=False),
        sa.Column("path", _text(512), nullable=False),
        sa.Column("tail", _text(512), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("outside", sa.BigInteger, nullable=True),
        sa.Column("first_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "attestation", "n", name="pk_search_touch"),
    )
    op.create_table(
        "search_words",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("doc", sa.BigInteger, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "doc", name="pk_search_words"),
    )
    op.create_index("uq_search_session_doc", "search_session", ["tenant", "doc"], unique=True)
    op.create_index("ix_search_session_at", "search_session", ["tenant", "at"])
    op.create_index("ix_search_session_session", "search_session", ["tenant", "session"])
    op.create_index("ix_search_touch_name", "search_touch", ["tenant", "kind", "name"])
    op.create_index("ix_search_touch_tail", "search_touch", ["tenant", "kind", "tail"])
    op.create_index("ix_search_touch_path", "search_touch", ["tenant", "path"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_search_words_words ON search_words "
            "USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        )
    else:
        # Without content of its own: the words are in `search_words`, and go when that row goes.
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5(words, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    grant_working(*TABLES)


def downgrade() -> None:
    """Refuse, as every revision does: an earlier version is run on a backup of its own time."""
    message = "the search index cannot be migrated away; restore a backup of the earlier version instead"
    raise RuntimeError(message)
