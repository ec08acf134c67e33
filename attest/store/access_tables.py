"""The rows of who may do what here, and of who read what: working state, but for the log that the last are derived from."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field

from attest.store.tables import ROW_SCHEMA, Row


def key(length: int = 64) -> Column[str]:
    """Give a column of a primary key."""
    return Column(String(length), primary_key=True)


def number_key() -> Column[int]:
    """Give a number of a primary key."""
    return Column(BigInteger, primary_key=True, autoincrement=False)


def big(*, null: bool = False) -> Column[int]:
    """Give a column of seconds or counts."""
    return Column(BigInteger, nullable=null)


class CredentialRow(Row, table=True):
    """A cookie or token made for somebody by name: the digest of the secret, never the secret."""

    __tablename__ = "credential"
    __table_args__ = (Index("uq_credential_id", "tenant", "id", unique=True),)
    tenant: str = Field(sa_column=key())
    digest: str = Field(sa_column=key())
    id: str = Field(sa_column=Column(String(40), nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    name: str = Field(sa_column=Column(String(1024), nullable=False))
    grants: str = Field(sa_column=Column(Text, nullable=False))
    rights: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=big())
    expires_at: int = Field(sa_column=big())
    revoked_at: int | None = Field(sa_column=big(null=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class RoleGrantRow(Row, table=True):
    """A role given to somebody by name."""

    __tablename__ = "role_grant"
    __table_args__ = (Index("ix_role_grant_name", "tenant", "name"),)
    tenant: str = Field(sa_column=key())
    id: str = Field(sa_column=key(40))
    name: str = Field(sa_column=Column(String(1024), nullable=False))
    grants: str = Field(sa_column=Column(Text, nullable=False))
    by: str = Field(sa_column=Column(String(1024), nullable=False))
    created_at: int = Field(sa_column=big())
    revoked_at: int | None = Field(sa_column=big(null=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class EngagementRow(Row, table=True):
    """Leave to read particular sessions for a time; `body` holds its limits as JSON."""

    __tablename__ = "engagement"
    __table_args__ = (Index("ix_engagement_name", "tenant", "name"),)
    tenant: str = Field(sa_column=key())
    id: str = Field(sa_column=key(40))
    name: str = Field(sa_column=Column(String(1024), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    by: str = Field(sa_column=Column(String(1024), nullable=False))
    confirmed_by: str | None = Field(sa_column=Column(String(1024), nullable=True))
    created_at: int = Field(sa_column=big())
    revoked_at: int | None = Field(sa_column=big(null=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class DeviceCodeRow(Row, table=True):
    """A command line that waits for somebody to sign in for it."""

    __tablename__ = "device_code"
    __table_args__ = (Index("uq_device_code_user", "tenant", "user_code", unique=True),)
    tenant: str = Field(sa_column=key())
    digest: str = Field(sa_column=key())
    """Of the token that will be given; nothing opens by it before `credential` stands here."""
    user_code: str = Field(sa_column=Column(String(16), nullable=False))
    rights: str = Field(sa_column=Column(Text, nullable=False))
    asker: str = Field(sa_column=Column(String(64), nullable=False))
    expires_at: int = Field(sa_column=big())
    asked_at: int = Field(sa_column=big())
    credential: str | None = Field(sa_column=Column(String(40), nullable=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class AccessRow(Row, table=True):
    """One record of the access log, for finding it; derived from the entry in the log `access`."""

    __tablename__ = "access_record"
    __table_args__ = (Index("ix_access_record_session", "tenant", "session"),)
    tenant: str = Field(sa_column=key())
    idx: int = Field(sa_column=number_key())
    position: int = Field(sa_column=number_key())
    session: str | None = Field(sa_column=Column(String(40), nullable=True))
    record: str = Field(sa_column=Column(Text, nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class GovernedRow(Row, table=True):
    """The digest of something whose changes are logged, as it was logged last."""

    __tablename__ = "governed"
    tenant: str = Field(sa_column=key())
    what: str = Field(sa_column=key())
    digest: str = Field(sa_column=Column(String(64), nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())
