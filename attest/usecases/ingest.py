"""Take in a bundle that was signed elsewhere: verify it, scan it again, and log our own leaf over the same envelope.

1. read      the bundle, whole and strictly
2. verify    every check of the strict verifier, under a root that is pinned here
3. inspect   an in-toto statement; one of our own predicates, whole, against its shape
4. scan      the payload through redaction's second scan; a hit quarantines it
5. claim     by its `att_…`; the same signed statement before gives the stored receipt; a session that is logged here
             already may be told of again by the identity that told of it first, and by no other
6. log       envelope and certificate as they came, our own time stamp, the bundle byte for byte: one transaction

Nothing is stored before 6. Who signed is kept as certified, and is for the reader of the answer to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, CannotVerify, InvalidInput, NotVerified, Refused
from attest.ledger.index import KeyKind, index_keys
from attest.model.ports import LeafParts
from attest.model.predicates import PREDICATES
from attest.model.session_predicate import BASE, SESSION_V1
from attest.model.statement import PAYLOAD_TYPE, parse_statement
from attest.signing.bundle import parse_bundle
from attest.signing.dsse import Envelope, encode_envelope
from attest.signing.embedded.tsa import request_for
from attest.signing.entry import entry_body
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations
from attest.store.claims import hold_claim
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.usecases.receipts import attestation_id, receipt_of
from attest.usecases.scan_payload import require_clean

if TYPE_CHECKING:
    from attest.model.receipt import Receipt
    from attest.model.statement import Statement
    from attest.signing.bundle import Bundle
    from attest.signing.trust import TrustedRoot
    from attest.signing.verify import Verified
    from attest.usecases.instance import Instance

MAX_ROOTS: Final = 64
SERIAL_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """The receipt, and whether this call made the entry."""

    receipt: Receipt
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incoming:
    """A bundle that passed every check."""

    raw: bytes
    envelope: bytes
    certificate: bytes
    signature: bytes
    statement: Statement
    verified: Verified
    name: str
    """`att_…`"""


def ingest(raw: bytes, instance: Instance) -> Ingested:
    """Verify, scan and log a bundle; the same signed statement again gives the receipt that is there.

    Raises:
        NotVerified: a check of the evidence failed.
        CannotVerify: it is signed under a root that is not pinned here, or uses something unknown.
        InvalidInput: its predicate is not of its published shape, or is one that only the log itself writes.
        Quarantined: the second scan found something in the payload.
    """
    incoming = _checked(raw, instance)  # 1 to 4
    write_key = incoming.name.removeprefix("att_")
    at = int(instance.clock.now().timestamp())
    with hold_claim(
        instance.engine, instance.scope, write_key, locks=instance.settings.home / "locks", at=at
    ) as done:  # 5
        created = done is None and not _is_logged(instance, incoming.name)
        if created:
            _require_same_signer(incoming, instance)
            _log(incoming, instance, write_key)  # 6
    return Ingested(receipt=receipt_of(instance, incoming.name), created=created)


def pinned_roots(instance: Instance) -> tuple[TrustedRoot, ...]:
    """Read every trust root that is pinned in the instance's trust folder.

    Raises:
        CannotVerify: `trust.unreadable`, one of them does not parse.
    """
    files = sorted(instance.settings.trust_dir.glob("*.json"))[:MAX_ROOTS]
    return tuple(parse_trusted_root(file.read_bytes()) for file in files)


def _checked(raw: bytes, instance: Instance) -> _Incoming:
    bundle = parse_bundle(raw)  # 1
    content = bundle.content
    if not isinstance(content, Envelope) or bundle.certificate is None or bundle.entry is None:
        raise CannotVerify("evidence.unsupported", "only DSSE bundles with a certificate and a log entry are taken")
    if content.payload_type != PAYLOAD_TYPE:
        raise CannotVerify("evidence.unsupported", "not an in-toto statement", expected=PAYLOAD_TYPE)
    verified = verify_bundle(bundle, _root_of(bundle, instance), AnyIdentity(), None)  # 2
    statement = parse_statement(content.payload)
    require_known_predicate(statement)  # 3
    require_clean(content.payload, instance.settings)  # 4
    envelope = encode_envelope(content.payload, content.signature, content.payload_type)
    name = attestation_id(envelope)
    _require_not_lost(bundle, instance, name)
    return _Incoming(
        raw=raw,
        envelope=envelope,
        certificate=bundle.certificate,
        signature=content.signature,
        statement=statement,
        verified=verified,
        name=name,
    )


def _root_of(bundle: Bundle, instance: Instance) -> TrustedRoot:
    log_id = bundle.entry.log_id if bundle.entry else b""
    for root in pinned_roots(instance):
        if root.log(log_id) is not None:
            return root
    raise CannotVerify("evidence.untrusted", got=f"log {log_id.hex()[:64]}")


def require_known_predicate(statement: Statement) -> None:
    """Let through what others may sign here; of our own predicates only those whose whole shape is checked.

    Raises:
        InvalidInput: one of our predicates with anything missing, unknown or out of range.
        CannotVerify: another predicate of ours, which this version does not take from outside.
    """
    known = PREDICATES.get(statement.predicate_type)
    if known is not None and known.from_outside:
        known.require(statement.predicate)
    elif statement.predicate_type.startswith(BASE):
        raise CannotVerify("evidence.unsupported", "a predicate that is not taken from outside", where="/predicateType")


def _is_logged(instance: Instance, name: str) -> bool:
    try:
        receipt_of(instance, name)
    except Absent:
        return False
    return True


def _require_same_signer(incoming: _Incoming, instance: Instance) -> None:
    # Who knows the id of a session could otherwise put a later account of it in the place of the first.
    session = _session_of(incoming.statement)
    if session is None:
        return
    signer = (incoming.verified.identity, incoming.verified.issuer)
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
    if any(row.session == session and (row.identity, row.issuer) != signer for row in rows):
        raise NotVerified(
            "evidence.identity", "this session was recorded by another identity", where="/predicate/session/id"
        )


def _require_not_lost(bundle: Bundle, instance: Instance, name: str) -> None:
    # Our own log's proof of an entry that our store does not hold: the store is older than what was promised.
    own = bundle.entry is not None and bundle.entry.log_id == _log_id(instance)
    if own and not _is_logged(instance, name):
        raise Refused("ledger.rollback", "this bundle proves an entry of our log that the store does not hold")


def _log_id(instance: Instance) -> bytes:
    return instance.services.log.log_id


def _log(incoming: _Incoming, instance: Instance, write_key: str) -> None:
    token = instance.services.tsa.respond(
        request_for(incoming.signature),
        now=instance.clock.now(),
        serial=int.from_bytes(instance.entropy.bytes(SERIAL_BYTES), "big"),
    )
    leaf = LeafParts(
        body=entry_body(incoming.envelope, incoming.certificate),
        envelope=incoming.envelope,
        certificate=incoming.certificate,
        token=token,
    )
    verified = incoming.verified
    if verified.identity is None or verified.issuer is None:
        raise NotVerified("evidence.identity", "no identity is certified")
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=incoming.name,
        statement=incoming.statement,
        session_id=_session_of(incoming.statement),
        identity=verified.identity,
        issuer=verified.issuer,
        recorded_at=int(instance.clock.now().timestamp()),
        foreign_bundle=incoming.raw,
        write_key=write_key,
    )
    submission = Submission(
        leaf=leaf,
        keys=index_keys(incoming.statement.document),
        payload_hash=incoming.statement.digest,
        within=new.write,
    )
    instance.append((submission,))


def _session_of(statement: Statement) -> str | None:
    """Give the session that a `session/v1` statement is about; its shape was checked before."""
    if statement.predicate_type != SESSION_V1:
        return None
    session = statement.predicate["session"]
    if not isinstance(session, dict) or not isinstance(session.get("id"), str):
        raise InvalidInput("input.malformed", where="/predicate/session")
    return str(session["id"])
