"""Take in what a Rekor v1 client proposes: a signed statement, or a signature over an artifact that is not here.

1. read      the proposal, whole and strictly
2. admit     its certificate was issued by this log's own authority and is valid now: that is who is in the tenant
3. verify    the signature holds
4. inspect   a statement: its predicate against its shape, its session told of by the same signer as before, the payload
             through redaction's second scan; an artifact has only a digest, and nothing to scan
5. claim     the same again leads to the entry that is there
6. log       our own leaf, time stamp and SET in one transaction; a statement with its rows and index keys, an artifact
             with neither

What is refused leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, CannotVerify, NotVerified
from attest.ledger.index import index_keys
from attest.ledger.tree import leaf_hash
from attest.model.ports import LeafParts
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import PAYLOAD_TYPE, parse_statement
from attest.signing.artifact_entry import artifact_body
from attest.signing.chain import SigningCertificate, parse_certificate, verify_path
from attest.signing.dsse import encode_envelope
from attest.signing.embedded.direct import SERIAL_BYTES
from attest.signing.embedded.tsa import request_for
from attest.signing.entry import entry_body
from attest.signing.memo import Memo
from attest.signing.proposal import ProposedArtifact, ProposedEnvelope, parse_proposal
from attest.signing.sct import verify_sct
from attest.store import attestations
from attest.store.claims import hold_claim
from attest.store.database import reading
from attest.store.entry_names import LoggedEntry, ProposedRows, entry_at, index_of, tell_name
from attest.store.foreign import signers_of
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.usecases.ingest_check import require_known_predicate
from attest.usecases.pinned_trust import own_root
from attest.usecases.receipts import attestation_id
from attest.usecases.scan_payload import require_clean

if TYPE_CHECKING:
    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

ARTIFACT_PREFIX: Final = "art_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The entry, and whether this call made it."""

    entry: LoggedEntry
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Admitted:
    """A proposal that passed every check."""

    name: str
    """`att_…` or `art_…`: what it is claimed and found by."""
    body: bytes
    envelope: bytes
    certificate: bytes
    signature: bytes
    keys: tuple[bytes, ...]
    payload_hash: bytes
    attestation: NewAttestation | None
    """None for an artifact."""


def add_entry(raw: bytes, instance: Instance) -> Added:
    """Admit and log one proposal; the same again gives the entry that is there.

    Raises:
        InvalidInput: it does not parse, or its predicate is not of its published shape.
        CannotVerify: another kind of entry, payload or predicate than is taken here.
        NotVerified: the certificate is not of this log's authority or not valid now, or the signature does not hold.
        Quarantined: the second scan found something in the payload.
    """
    proposal = parse_proposal(raw)  # 1
    signer = _admitted(proposal.certificate, instance)  # 2
    if isinstance(proposal, ProposedArtifact):
        admitted = _artifact(proposal, signer)
    else:
        admitted = _statement(proposal, signer, instance)
    at = int(instance.clock.now().timestamp())
    write_key = _write_key(admitted.name)
    with hold_claim(
        instance.engine, instance.scope, write_key, locks=instance.settings.home / "locks", at=at
    ) as done:  # 5
        index = _index_of(instance, admitted) if done is not None or _is_logged(instance, admitted.name) else None
        if index is None:
            receipt = instance.append((_submission(admitted, instance),))[0]  # 6
            return Added(entry=entry_of(instance, receipt.index), created=True)
    return Added(entry=entry_of(instance, index), created=False)


def entry_of(instance: Instance, index: int) -> LoggedEntry:
    """Give an entry of the log by its number.

    Raises:
        Absent: `service.not-found`.
    """
    found = entry_at(instance.engine, instance.scope, instance.log.name, index)
    if found is None:
        raise Absent("service.not-found")
    return found


def entry_by_leaf_hash(instance: Instance, name: bytes) -> LoggedEntry:
    """Give an entry that came in through `add_entry`, or was proposed there again, by its leaf hash.

    Raises:
        Absent: `service.not-found`.
    """
    index = index_of(instance.engine, instance.scope, instance.log.name, name)
    if index is None:
        raise Absent("service.not-found")
    return entry_of(instance, index)


def _admitted(der: bytes, instance: Instance) -> SigningCertificate:
    # The log's own root alone, not what else is pinned: a certificate of another log says nothing about this tenant.
    root = own_root(instance)
    found = parse_certificate(der)
    path = verify_path(found.certificate, instance.clock.now(), root, Memo())
    verify_sct(found.certificate, path.issuer, root)
    if found.issuer is None or found.identity == instance.services.log.service_identity:
        raise NotVerified("evidence.identity", "this identity signs nothing from outside")
    return found


def _statement(proposal: ProposedEnvelope, signer: SigningCertificate, instance: Instance) -> _Admitted:
    content = proposal.envelope
    if content.payload_type != PAYLOAD_TYPE:
        raise CannotVerify("evidence.unsupported", "not an in-toto statement", expected=PAYLOAD_TYPE)
    if not signer.key.is_signature_of(content.signature, content.pae()):  # 3
        raise NotVerified("evidence.signature", "the signature does not hold over the payload")
    statement = parse_statement(content.payload)  # 4
    require_known_predicate(statement)
    require_clean(content.payload, instance.settings)
    session = _session_of(statement)
    _require_same_signer(instance, session, signer)
    # As we write envelopes ourselves: what a client put around payload and signature is neither signed nor scanned.
    envelope = encode_envelope(content.payload, content.signature, content.payload_type)
    name = attestation_id(envelope)
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=name,
        statement=statement,
        session_id=session,
        identity=signer.identity,
        issuer=str(signer.issuer),
        recorded_at=int(instance.clock.now().timestamp()),
        write_key=_write_key(name),
    )
    return _Admitted(
        name=name,
        body=entry_body(envelope, proposal.certificate),
        envelope=envelope,
        certificate=proposal.certificate,
        signature=content.signature,
        keys=index_keys(statement.document),
        payload_hash=statement.digest,
        attestation=new,
    )


def _artifact(proposal: ProposedArtifact, signer: SigningCertificate) -> _Admitted:
    if not signer.key.is_signature_of_digest(proposal.signature, proposal.digest):  # 3
        raise NotVerified("evidence.signature", "the signature does not hold over the artifact")
    body = artifact_body(proposal.digest, proposal.signature, proposal.certificate)
    name = ARTIFACT_PREFIX + leaf_hash(body).hex()
    return _Admitted(
        name=name,
        body=body,
        envelope=b"",
        certificate=proposal.certificate,
        signature=proposal.signature,
        keys=(),
        payload_hash=proposal.digest,
        attestation=None,
    )


def _submission(admitted: _Admitted, instance: Instance) -> Submission:
    token = instance.services.tsa.respond(
        request_for(admitted.signature),
        now=instance.clock.now(),
        serial=int.from_bytes(instance.entropy.bytes(SERIAL_BYTES), "big"),
    )

    rows = ProposedRows(
        scope=instance.scope,
        log=instance.log.name,
        leaf_hash=leaf_hash(admitted.body),
        name=admitted.name,
        write_key=_write_key(admitted.name),
        attestation=admitted.attestation,
    )
    return Submission(
        leaf=LeafParts(body=admitted.body, envelope=admitted.envelope, certificate=admitted.certificate, token=token),
        keys=admitted.keys,
        payload_hash=admitted.payload_hash,
        within=rows.write,
    )


def _is_logged(instance: Instance, name: str) -> bool:
    return attestations.by_id(instance.engine, instance.scope, name) is not None


def _index_of(instance: Instance, admitted: _Admitted) -> int:
    stored = attestations.by_id(instance.engine, instance.scope, admitted.name)
    if stored is None:
        return entry_by_leaf_hash(instance, leaf_hash(admitted.body)).receipt.index
    # It may have come in another way, with the leaf hash of another envelope around the same statement.
    name, index = leaf_hash(stored.leaf.body), stored.receipt.index
    tell_name(instance.engine, instance.scope, instance.log.name, name, index=index)
    return index


def _write_key(name: str) -> str:
    # One statement has one key whichever way it came; artifacts have a space of names of their own.
    if name.startswith(ARTIFACT_PREFIX):
        return hashlib.sha256(name.encode()).hexdigest()
    return name.removeprefix("att_")


def _session_of(statement: Statement) -> str | None:
    session = statement.predicate.get("session") if statement.predicate_type == SESSION_V1 else None
    return str(session["id"]) if isinstance(session, dict) else None


def _require_same_signer(instance: Instance, session: str | None, signer: SigningCertificate) -> None:
    # Who knows the id of a session could otherwise put a later account of it in the place of the first.
    if session is None:
        return
    with reading(instance.engine) as transaction:
        told = signers_of(transaction, instance.scope, {session}).get(session)
    if told and told != {(signer.identity, signer.issuer)}:
        what, where = "this session was recorded by another identity", "/predicate/session/id"
        raise NotVerified("evidence.identity", what, where=where)
