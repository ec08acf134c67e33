"""Attestations of one kind in the order of their log: the newest ones of a kind are read without those of any other."""

from __future__ import annotations

from attest.store.add_index import add_index

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_attestation_kind", "attestation", "tenant", "log", "predicate_type", "idx")


def downgrade() -> None:
    message = "run the version before on the newer schema"
    raise RuntimeError(message)
