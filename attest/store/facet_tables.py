"""The rows that lists of recordings are counted by: working state, made from the log and made again at any time.

Recordings that have all their values in common share a combination: what is counted is how many have each of those.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from attest.store.access_tables import big, key, number_key
from attest.store.tables import ROW_SCHEMA, Row


class RecordingFacetsRow(Row, table=True):
    """One recording of a session, by its place in the log."""

    __tablename__ = "recording_facets"
    __table_args__ = (
        Index("ix_recording_facets_combination", "tenant", "log", "combination", "month", "idx", "recorded_at"),
    )
    tenant: str = Field(sa_column=key())
    log: str = Field(sa_column=key())
    idx: int = Field(sa_column=number_key())
    combination: int = Field(sa_column=big())
    recorded_at: int = Field(sa_column=big())
    month: int = Field(sa_column=big())
    """`202611`, UTC."""
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())


class FacetValueRow(Row, table=True):
    """One value of a combination."""

    __tablename__ = "facet_value"
    __table_args__ = (Index("ix_facet_value_combination", "tenant", "combination"),)
    tenant: str = Field(sa_column=key())
    facet: str = Field(sa_column=key(16))
    value: str = Field(sa_column=key(512))
    combination: int = Field(sa_column=number_key())


class FacetStateRow(Row, table=True):
    """How far a log is counted: every recording below `indexed_to`."""

    __tablename__ = "facet_state"
    tenant: str = Field(sa_column=key())
    log: str = Field(sa_column=key())
    indexed_to: int = Field(sa_column=big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=big())
