"""The access log in `fsck`: the log checked as any log is, and each row by which a record is found held against its entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.access_predicate import BESIDE, purpose_digest, signed_part
from attest.signing.chain import parse_certificate
from attest.signing.dsse import parse_envelope
from attest.store.access_records import records_of_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.statement import Statement
    from attest.store.tables import EntryRow
    from attest.usecases.instance import Instance


def signer_problems(instance: Instance, row: EntryRow) -> Iterator[str]:
    """Check the signature of one entry, and that it is the access log's own.

    Raises:
        NotVerified: envelope or certificate is malformed.
    """
    certificate, envelope = parse_certificate(row.certificate), parse_envelope(row.envelope)
    if certificate.identity != instance.services.log.service_identity:
        yield "somebody else than the access log signed it"
    if not certificate.key.is_signature_of(envelope.signature, envelope.pae()):
        yield "its signature does not hold"


def record_problems(instance: Instance, index: int, statement: Statement) -> Iterator[str]:
    """Compare the rows of one `access/v1` entry with what was signed; words of a purpose may be gone, never others."""
    signed = statement.predicate.get("records")
    signed = signed if isinstance(signed, list) else []
    rows = records_of_entry(instance.engine, instance.scope, index)
    if [signed_part(record) for _, record in rows] != signed:
        yield "the rows of its records are not those that were signed"
        return
    for session, record in rows:
        if session != record.get("session"):
            yield "a row names another session than its record"
        told = record.get(BESIDE)
        if told is not None and not _is_told(told, record.get("purpose")):
            yield "the words of a purpose are not those that were given"


def _is_told(told: object, digest: object) -> bool:
    if not isinstance(told, dict):
        return False
    text, salt = told.get("text"), told.get("salt")
    if not isinstance(text, str) or not isinstance(salt, str):
        return False
    try:
        return purpose_digest(bytes.fromhex(salt), text) == digest
    except ValueError:
        return False
