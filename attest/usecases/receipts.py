"""Receipts and bundles, rendered from what the log's own transaction stored: the same bytes whenever they are asked for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.model.receipt import Receipt
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.render import render_bundle
from attest.store import attestations

if TYPE_CHECKING:
    from attest.ledger.index import Keying
    from attest.signing.dsse import Envelope
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance


def attestation_id(envelope: bytes) -> str:
    """Give the id of a signed statement: `att_` and SHA-256 over its pre-authentication encoding and signature."""
    return attestation_name(parse_envelope(envelope))


def attestation_name(envelope: Envelope) -> str:
    """Give the same for an envelope that was read already."""
    return "att_" + hashlib.sha256(envelope.pae() + envelope.signature).hexdigest()


def bundle_of(stored: StoredAttestation) -> bytes:
    """Give the exact Sigstore bundle of a logged attestation; one signed elsewhere is given back byte for byte."""
    return stored.foreign_bundle or render_bundle(stored.leaf, stored.receipt)


def receipt_of(instance: Instance, attestation: str) -> Receipt:
    """Give the receipt of a logged attestation.

    Raises:
        Absent: `service.not-found`, there is none of that id in this tenant.
    """
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    if stored is None:
        raise Absent("service.not-found", where=attestation)
    return receipt_from(stored, instance.services.log.origin, instance.log.keying)


def receipt_from(stored: StoredAttestation, log: str, keying: Keying) -> Receipt:
    """Give the receipt of an entry of the log of that origin, which makes its index keys so."""
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    return Receipt(
        attestation=stored.id,
        session=stored.session,
        predicate_type=statement.predicate_type,
        log=log,
        index=stored.receipt.index,
        tree_size=stored.receipt.tree_size,
        root=stored.receipt.root,
        integrated_time=stored.receipt.integrated_time,
        commits=tuple(s.git_commit for s in statement.subjects if s.git_commit),
        payload_sha256=statement.digest,
        bundle_sha256=hashlib.sha256(bundle_of(stored)).digest(),
        index_keys=keying.keys(statement.document),
    )
