"""The rows of the search index: working state, made from the log and its parts, and made again at any time."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Text
from sqlmodel import Field

from attest.store.access_tables import big, key, number_key
from attest.store.tables import ROW_SCHEMA, Row


def _text(length: int) -> Column[str]:
    # By bytes on both databases, so that a range of a prefix holds what begins with it.
    of = String(length).with_variant(String(length, collation="C"), "postgresql")
    return Column(of, nullable=False)


class SearchStateRow(Row, table=True):
    """How far a log is indexed: every entry below `indexed_to`."""

    __tablename__ = "search_state"
    tenant: str = Field(sa_column=key())
    log: str = Field(sa_column=key())
    indexed_to: int = Field(sa_column=big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class SearchSessionRow(Row, table=True):
    """One recording of a session, as far as searches sort and narrow by it."""

    __tablename__ = "search_session"
    __table_args__ = (
        Index("uq_search_session_doc", "tenant", "doc", unique=True),
        Index("ix_search_session_at", "tenant", "at"),
        Index("ix_search_session_session", "tenant", "session"),
    )
    tenant: str = Field(sa_column=key())
    attestation: str = Field(sa_column=key(80))
    doc: int = Field(sa_column=big())
    session: str = Field(sa_column=Column(String(40), nullable=False))
    agent: str = Field(sa_column=Column(String(128), nullable=False))
    source: str = Field(sa_column=Column(String(16), nullable=False))
    parts: str = Field(sa_column=Column(String(16), nullable=False))
    at: int = Field(sa_column=big())
    seconds: int | None = Field(sa_column=big(null=True))
    authority: int = Field(sa_column=big())
    whole: int = Field(sa_column=big())
    digest: str = Field(sa_column=Column(String(64), nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class SearchTouchRow(Row, table=True):
    """One thing that a recording shows being touched."""

    __tablename__ = "search_touch"
    __table_args__ = (
        Index("ix_search_touch_name", "tenant", "kind", "name"),
        Index("ix_search_touch_tail", "tenant", "kind", "tail"),
        Index("ix_search_touch_path", "tenant", "path"),
    )
    tenant: str = Field(sa_column=key())
    attestation: str = Field(sa_column=key(80))
    n: int = Field(sa_column=number_key())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    op: str = Field(sa_column=Column(String(16), nullable=False))
    name: str = Field(sa_column=_text(512))
    path: str = Field(sa_column=_text(512))
    tail: str = Field(sa_column=_text(512))
    count: int = Field(sa_column=big())
    basis: str = Field(sa_column=Column(String(16), nullable=False))
    outside: int | None = Field(sa_column=big(null=True))
    first_at: str = Field(sa_column=Column(String(32), nullable=False))


class SearchWordsRow(Row, table=True):
    """The distinct words of a recording, folded and sorted, so that no sentence is in the index."""

    __tablename__ = "search_words"
    tenant: str = Field(sa_column=key())
    doc: int = Field(sa_column=number_key())
    words: str = Field(sa_column=Column(Text, nullable=False))
