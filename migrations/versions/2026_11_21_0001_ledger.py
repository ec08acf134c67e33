"""The ledger, its index, and the rows derived from it.

Rules of a migration: add first, remove a release later; never alter a ledger table, in batch or otherwise; a
downgrade that would lose ledger rows raises; long work goes in small steps, never under a lock that writers need.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attest.store.append_only import append_only
from attest.store.grants import grant_ledger, grant_working, make_application_role

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table; the ledger's own get their triggers."""
    _ledger()
    _derived()
    append_only("log")
    append_only("entry", numbered="idx")
    append_only("tree_head")
    append_only("index_row")
    make_application_role()
    grant_ledger("log", "entry", "tree_head", "index_row")
    grant_working("session", "attestation", "subject", "part", "claim")


def downgrade() -> None:
    """Refuse: a ledger is not dropped by a migration."""
    message = "the ledger cannot be migrated away; restore a backup of the earlier version instead"
    raise RuntimeError(message)


def _ledger() -> None:
    op.create_table(
        "log",
        *_log_key(),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("sigstore_key", sa.LargeBinary, nullable=False),
        sa.Column("c2sp_vkey", sa.String(512), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", name="pk_log"),
        sa.UniqueConstraint("origin", name="uq_log_origin"),
    )
    op.create_table(
        "entry",
        *_log_key(),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=True),
        sa.Column("integrated_time", sa.BigInteger, nullable=True),
        sa.Column("set_signature", sa.LargeBinary, nullable=True),
        sa.Column("tree_size", sa.BigInteger, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", "idx", name="pk_entry"),
    )
    op.create_table(
        "tree_head",
        *_log_key(),
        sa.Column("tree_size", sa.BigInteger, nullable=False),
        sa.Column("previous_size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
        sa.Column("live", sa.LargeBinary, nullable=False),
        sa.Column("sigstore_note", sa.Text, nullable=False),
        sa.Column("c2sp_note", sa.Text, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "log", "tree_size", name="pk_tree_head"),
    )
    # The compare-and-swap of the head: only one head may follow another.
    op.create_index("uq_tree_head_previous", "tree_head", ["tenant", "log", "previous_size"], unique=True)
    op.create_table(
        "index_row",
        *_log_key(),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("payload_hash", sa.LargeBinary, nullable=False),
        # By place first: rows are read by ranges of the log, and new ones then go to the end of one tree. By key they would
        # fall all over it, a page for each row of a group as soon as the log is large. Who asks by key asks the segments.
        sa.PrimaryKeyConstraint("tenant", "log", "idx", "key", name="pk_index_row"),
        sqlite_with_rowid=False,
    )


def _derived() -> None:
    op.create_table(
        "session",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("native_id", sa.String(256), nullable=False),
        sa.Column("key_name", sa.String(128), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_session"),
    )
    op.create_index("uq_session_native", "session", ["tenant", "agent", "native_id"], unique=True)
    op.create_table(
        "attestation",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("predicate_type", sa.String(256), nullable=False),
        sa.Column("session", sa.String(40), nullable=True),
        sa.Column("identity", sa.String(1024), nullable=False),
        sa.Column("issuer", sa.String(1024), nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("foreign_bundle", sa.LargeBinary, nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_attestation"),
    )
    op.create_index("uq_attestation_place", "attestation", ["tenant", "log", "idx"], unique=True)
    op.create_table(
        "subject",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(512), nullable=False),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sa.Column("attestation", sa.String(80), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("tenant", "kind", "value", "idx", name="pk_subject"),
    )
    op.create_index("ix_subject_attestation", "subject", ["tenant", "attestation"])
    op.create_table(
        "part",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("attestation", sa.String(80), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("tenant", "attestation", "name", name="pk_part"),
    )
    op.create_table(
        "claim",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("write_key", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(128), nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sa.Column("attestation", sa.String(80), nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("tenant", "write_key", name="pk_claim"),
    )


def _log_key() -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("tenant", sa.String(64), nullable=False), sa.Column("log", sa.String(64), nullable=False)


def _version() -> sa.Column[int]:
    return sa.Column("schema_version", sa.BigInteger, nullable=False)
