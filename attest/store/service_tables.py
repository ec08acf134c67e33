"""The rows of what the service keeps for those who ask it: webhooks, answers to writes that may be sent again, uploads."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Text
from sqlmodel import Field

from attest.store.access_tables import big, key
from attest.store.tables import ROW_SCHEMA, Row


class WebhookRow(Row, table=True):
    """One webhook, which is a job of its own: the log is what it works through, `delivered` how far it has come."""

    __tablename__ = "webhook"
    tenant: str = Field(sa_column=key())
    id: str = Field(sa_column=key(40))
    url: str = Field(sa_column=Column(String(2048), nullable=False))
    types: str = Field(sa_column=Column(Text, nullable=False))
    repositories: str = Field(sa_column=Column(Text, nullable=False))
    by: str = Field(sa_column=Column(String(1024), nullable=False))
    created_at: int = Field(sa_column=big())
    ended_at: int | None = Field(sa_column=big(null=True))
    delivered: int = Field(sa_column=big())
    attempts: int = Field(sa_column=big())
    next_at: int = Field(sa_column=big())
    leased_until: int = Field(sa_column=big())
    last: str = Field(sa_column=Column(String(64), nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class IdempotentAnswerRow(Row, table=True):
    """What a write with a key was answered with; without a status it is under way."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_created_at", "tenant", "created_at"),)
    tenant: str = Field(sa_column=key())
    digest: str = Field(sa_column=key())
    request: str = Field(sa_column=Column(String(64), nullable=False))
    status: int | None = Field(sa_column=big(null=True))
    body: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    created_at: int = Field(sa_column=big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class UploadRow(Row, table=True):
    """Bytes that are on their way: how many are to come, of what digest, and how many are here."""

    __tablename__ = "upload"
    tenant: str = Field(sa_column=key())
    id: str = Field(sa_column=key(40))
    sha256: str = Field(sa_column=Column(String(64), nullable=False))
    size: int = Field(sa_column=big())
    taken: int = Field(sa_column=big())
    by: str = Field(sa_column=Column(String(1024), nullable=False))
    expires_at: int = Field(sa_column=big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class UploadBlockRow(Row, table=True):
    """A part of an upload, from an offset on; gone with the upload."""

    __tablename__ = "upload_block"
    tenant: str = Field(sa_column=key())
    upload: str = Field(sa_column=key(40))
    at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class HandedInRow(Row, table=True):
    """An object that this tenant handed in; its bytes are in the object store."""

    __tablename__ = "handed_in"
    tenant: str = Field(sa_column=key())
    sha256: str = Field(sa_column=key())
    size: int = Field(sa_column=big())
    created_at: int = Field(sa_column=big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())
