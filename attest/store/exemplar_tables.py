"""The rows of what is shared as an example, and of how it is told from what is not: working state beside the log."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String
from sqlmodel import Field

from attest.store.access_tables import big, key
from attest.store.tables import ROW_SCHEMA, Row


class ExemplarRow(Row, table=True):
    """One consent, and where the session stands since; it names nobody. `why` is sealed under the session's key."""

    __tablename__ = "exemplar"
    __table_args__ = (Index("ix_exemplar_session", "tenant", "session"),)
    tenant: str = Field(sa_column=key())
    id: str = Field(sa_column=key(40))
    session: str = Field(sa_column=Column(String(40), nullable=False))
    attestation: str = Field(sa_column=Column(String(80), nullable=False))
    reach: str = Field(sa_column=Column(String(16), nullable=False))
    by: str = Field(sa_column=Column(String(64), nullable=False))
    consented_at: int = Field(sa_column=big())
    withdrawn_at: int | None = Field(sa_column=big(null=True))
    collection: str | None = Field(sa_column=Column(String(16), nullable=True))
    why: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())
