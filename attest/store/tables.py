"""The rows of the store. They validate nothing and carry no rules: domain values live in `attest.model`.

Ledger tables (`log`, `entry`, `tree_head`, `index_row`, `cosignature`) are append-only: migrations give them triggers,
they are never altered in batch mode, and nothing here updates them. The other tables are derived or working state.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, String, Text
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)

LEDGER_TABLES = ("log", "entry", "tree_head", "index_row", "cosignature")
"""Tables that only ever grow."""

ROW_SCHEMA = 1
"""Version written into every derived row, so that a newer reader knows what an older writer meant."""


def _key(length: int = 64) -> Column[str]:
    return Column(String(length), primary_key=True)


def _number_key() -> Column[int]:
    return Column(BigInteger, primary_key=True, autoincrement=False)


def _blob(*, null: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=null)


def _big(*, null: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=null)


class Row(SQLModel):
    """Base of all rows: one metadata, names by convention."""

    metadata = metadata


class LogRow(Row, table=True):
    """One log: its origin and public keys, fixed for life."""

    __tablename__ = "log"
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    origin: str = Field(sa_column=Column(String(255), nullable=False, unique=True))
    sigstore_key: bytes = Field(sa_column=_blob())
    c2sp_vkey: str = Field(sa_column=Column(String(512), nullable=False))
    created_at: int = Field(sa_column=_big())


class EntryRow(Row, table=True):
    """One leaf with everything a bundle is rendered from; never changed."""

    __tablename__ = "entry"
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    idx: int = Field(sa_column=_number_key())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    leaf_hash: bytes = Field(sa_column=_blob())
    body: bytes = Field(sa_column=_blob())
    envelope: bytes = Field(sa_column=_blob())
    certificate: bytes = Field(sa_column=_blob())
    token: bytes | None = Field(sa_column=_blob(null=True))
    integrated_time: int | None = Field(sa_column=_big(null=True))
    set_signature: bytes | None = Field(sa_column=_blob(null=True))
    tree_size: int = Field(sa_column=_big())
    proof: bytes = Field(sa_column=_blob())


class TreeHeadRow(Row, table=True):
    """One signed head; `previous_size` is unique per log, so two writers cannot both grow the same tree."""

    __tablename__ = "tree_head"
    __table_args__ = (Index("uq_tree_head_previous", "tenant", "log", "previous_size", unique=True),)
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    tree_size: int = Field(sa_column=_number_key())
    previous_size: int = Field(sa_column=_big())
    root: bytes = Field(sa_column=_blob())
    edge: bytes = Field(sa_column=_blob())
    live: bytes = Field(sa_column=_blob())
    sigstore_note: str = Field(sa_column=Column(Text, nullable=False))
    c2sp_note: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: int = Field(sa_column=_big())


class CosignatureRow(Row, table=True):
    """One cosignature of a witness on one head, verified when it came."""

    __tablename__ = "cosignature"
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    tree_size: int = Field(sa_column=_number_key())
    vkey: str = Field(sa_column=_key(512))
    at: int = Field(sa_column=_number_key())
    line: str = Field(sa_column=Column(Text, nullable=False))


class IndexRow(Row, table=True):
    """One committed row of the verifiable index: this key is spoken of by that entry."""

    __tablename__ = "index_row"
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    idx: int = Field(sa_column=_number_key())
    key: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    payload_hash: bytes = Field(sa_column=_blob())


class SessionRow(Row, table=True):
    """The id given once to a session of an agent; one row per (tenant, agent, native id)."""

    __tablename__ = "session"
    __table_args__ = (Index("uq_session_native", "tenant", "agent", "native_id", unique=True),)
    tenant: str = Field(sa_column=_key())
    id: str = Field(sa_column=_key(40))
    agent: str = Field(sa_column=Column(String(64), nullable=False))
    native_id: str = Field(sa_column=Column(String(256), nullable=False))
    key_name: str = Field(sa_column=Column(String(128), nullable=False))
    created_at: int = Field(sa_column=_big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class AttestationRow(Row, table=True):
    """What a logged statement says, for finding it; derived from the entry and rebuilt from it at any time."""

    __tablename__ = "attestation"
    __table_args__ = (
        Index("uq_attestation_place", "tenant", "log", "idx", unique=True),
        Index("ix_attestation_kind", "tenant", "log", "predicate_type", "idx"),
    )
    tenant: str = Field(sa_column=_key())
    id: str = Field(sa_column=_key(80))
    log: str = Field(sa_column=Column(String(64), nullable=False))
    idx: int = Field(sa_column=_big())
    predicate_type: str = Field(sa_column=Column(String(256), nullable=False))
    session: str | None = Field(sa_column=Column(String(40), nullable=True))
    identity: str = Field(sa_column=Column(String(1024), nullable=False))
    issuer: str = Field(sa_column=Column(String(1024), nullable=False))
    recorded_at: int = Field(sa_column=_big())
    foreign_bundle: bytes | None = Field(sa_column=_blob(null=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class SubjectRow(Row, table=True):
    """One thing an attestation is about, in clear, for lookups and prefixes: commit, session, repository."""

    __tablename__ = "subject"
    __table_args__ = (Index("ix_subject_attestation", "tenant", "attestation"),)
    tenant: str = Field(sa_column=_key())
    kind: str = Field(sa_column=_key(16))
    value: str = Field(sa_column=_key(512))
    idx: int = Field(sa_column=_number_key())
    attestation: str = Field(sa_column=Column(String(80), nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class PartRow(Row, table=True):
    """One part of an attestation's session: where its ciphertext is and what it is committed to."""

    __tablename__ = "part"
    tenant: str = Field(sa_column=_key())
    attestation: str = Field(sa_column=_key(80))
    name: str = Field(sa_column=_key(128))
    position: int = Field(sa_column=_big())
    commitment: bytes = Field(sa_column=_blob())
    ciphertext: str = Field(sa_column=Column(String(64), nullable=False))
    size: int = Field(sa_column=_big())
    key_id: str = Field(sa_column=Column(String(64), nullable=False))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class ClaimRow(Row, table=True):
    """A write key held before signing, so that the same recording twice gives one entry."""

    __tablename__ = "claim"
    tenant: str = Field(sa_column=_key())
    write_key: str = Field(sa_column=_key())
    holder: str = Field(sa_column=Column(String(128), nullable=False))
    claimed_at: int = Field(sa_column=_big())
    attestation: str | None = Field(sa_column=Column(String(80), nullable=True))
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class ActorRow(Row, table=True):
    """Who stands behind a pseudonym: the salt and the name. Erasing the row leaves nothing that points to the person."""

    __tablename__ = "actor"
    __table_args__ = (Index("uq_actor_uri", "tenant", "uri", unique=True),)
    tenant: str = Field(sa_column=_key())
    issuer: str = Field(sa_column=_key(512))
    subject: str = Field(sa_column=_key(512))
    uri: str = Field(sa_column=Column(String(512), nullable=False))
    salt: bytes = Field(sa_column=_blob())
    created_at: int = Field(sa_column=_big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class UsedTokenRow(Row, table=True):
    """An identity token that a certificate was made for, kept until it could not be used again anyway."""

    __tablename__ = "used_token"
    tenant: str = Field(sa_column=_key())
    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    expires_at: int = Field(sa_column=_big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())


class EntryNameRow(Row, table=True):
    """The entry behind a leaf hash, for those that Rekor clients may ask for by it; derived from the entry."""

    __tablename__ = "entry_name"
    tenant: str = Field(sa_column=_key())
    log: str = Field(sa_column=_key())
    leaf_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    idx: int = Field(sa_column=_big())
    schema_version: int = Field(default=ROW_SCHEMA, sa_column=_big())
