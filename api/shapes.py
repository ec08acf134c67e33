"""From domain values to the bodies of the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api import schemas
from attest.model.reached import Reached
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope

if TYPE_CHECKING:
    from attest.model.receipt import Receipt
    from attest.model.scope import AsOf
    from attest.model.statement import Statement
    from attest.store.attestations import StoredAttestation


def receipt_body(receipt: Receipt, state: Reached = Reached.PUBLISHED) -> schemas.Receipt:
    """Give a receipt's body; `state` is how far its entry has come."""
    return schemas.Receipt(
        attestation=receipt.attestation,
        session=receipt.session,
        predicate_type=receipt.predicate_type,
        log=receipt.log,
        index=receipt.index,
        tree_size=receipt.tree_size,
        root=receipt.root.hex(),
        integrated_time=receipt.integrated_time,
        commits=receipt.commits,
        payload_sha256=receipt.payload_sha256.hex(),
        bundle_sha256=receipt.bundle_sha256.hex(),
        index_keys=tuple(key.hex() for key in receipt.index_keys),
        state=state,
    )


def as_of_body(as_of: AsOf) -> schemas.AsOf:
    """Give the body of a log's state."""
    return schemas.AsOf(log=as_of.log, tree_size=as_of.tree_size, root=as_of.root.hex())


def statement_of(stored: StoredAttestation) -> Statement:
    """Read the signed statement of an attestation."""
    return parse_statement(parse_envelope(stored.leaf.envelope).payload)


def recording_body(stored: StoredAttestation) -> schemas.Recording:
    """Give one recording as lists show it; from the signed statement, which holds no free text."""
    statement = statement_of(stored)
    facts = mapping(statement.predicate.get("facts"))
    models = facts.get("models")
    agent = mapping(facts.get("agent")).get("value")
    return schemas.Recording(
        session=stored.session or "",
        attestation=stored.id,
        index=stored.receipt.index,
        recorded_at=datetime.fromtimestamp(stored.recorded_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        identity=stored.identity,
        issuer=stored.issuer,
        commits=tuple(s.git_commit for s in statement.subjects if s.git_commit),
        agent=agent if isinstance(agent, str) else None,
        models=tuple(str(mapping(m).get("value", "")) for m in models) if isinstance(models, list) else (),
    )


def listed_body(stored: StoredAttestation) -> schemas.Listed:
    """Give one attestation as lists show it."""
    return schemas.Listed(
        attestation=stored.id,
        index=stored.receipt.index,
        predicate_type=stored.predicate_type,
        session=stored.session,
        recorded_at=datetime.fromtimestamp(stored.recorded_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        identity=stored.identity,
        issuer=stored.issuer,
        commits=tuple(s.git_commit for s in statement_of(stored).subjects if s.git_commit),
    )


def mapping(value: object) -> Mapping[str, object]:
    """Give a JSON object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
