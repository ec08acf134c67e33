"""Attestations that are signed and have all their rows, made a few at a time by the instance's own service."""

from __future__ import annotations

import hashlib
import secrets

from attest.ledger.index import index_keys
from attest.model.statement import Statement, build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.store.tables import ClaimRow
from attest.usecases.instance import Instance
from attest.usecases.receipts import attestation_id

PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
REPOSITORY = "git+https://git.example/payments"


def signed_entries(instance: Instance, count: int, oid: str | None = None) -> list[Submission]:
    """Sign some statements about one commit or commits of their own, each with a certificate of its own."""
    return [_one(instance, oid or secrets.token_hex(20)) for _ in range(count)]


def _one(instance: Instance, oid: str) -> Submission:
    subject = commit_subject(REPOSITORY, oid, secrets.token_hex(20), hashlib.sha256(oid.encode()).digest())
    statement = build_statement(PREDICATE, (subject,), {"result": "PASSED", "configuration": [], "passedTests": []})
    identity = f"https://{instance.services.host}/actor/test"
    signer = DirectSigner(instance=instance.services, identity=identity, clock=instance.clock, entropy=instance.entropy)
    leaf = signer.leaf(statement.raw)
    return Submission(
        leaf=leaf,
        keys=index_keys(statement.document),
        payload_hash=statement.digest,
        within=_rows(instance, statement, attestation_id(leaf.envelope), identity),
    )


def _rows(instance: Instance, statement: Statement, name: str, identity: str):
    key = secrets.token_hex(32)
    claim = ClaimRow(tenant=instance.scope.tenant, write_key=key, holder="test", claimed_at=0, attestation=None)
    new = NewAttestation(
        scope=instance.scope, log=instance.log.name, id=name, statement=statement, session_id=None,
        identity=identity, issuer=instance.services.issuer, recorded_at=0, write_key=key,
    )  # fmt: skip

    def write(session, receipt) -> None:
        session.add(claim)
        session.flush()
        new.write(session, receipt)

    return write
