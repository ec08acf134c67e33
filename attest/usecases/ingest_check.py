"""The part of an ingest that looks at one bundle alone: read, verify, inspect. Nothing is stored, nothing is asked of the store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.model.predicates import PREDICATES
from attest.model.session_predicate import BASE, SESSION_V1
from attest.model.statement import PAYLOAD_TYPE, parse_statement
from attest.signing.bundle_shape import read_bundle
from attest.signing.dsse import Envelope, encode_envelope
from attest.signing.entry import body_of
from attest.signing.memo import Memo
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.usecases.receipts import attestation_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attest.model.statement import Statement
    from attest.signing.trust import TrustedRoot
    from attest.usecases.pinned_trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A bundle whose own checks all passed; its payload was not scanned yet."""

    raw: bytes
    envelope: bytes
    body: bytes
    """The leaf of our own log over it."""
    certificate: bytes
    signature: bytes
    statement: Statement
    identity: str
    issuer: str
    log_id: bytes
    """Of the log that the bundle's entry is in."""
    name: str
    """`att_…`"""

    @property
    def payload(self) -> bytes:
        """What was signed."""
        return self.statement.raw

    @property
    def write_key(self) -> str:
        """The key under which it is claimed: it was signed elsewhere, so its own digest."""
        return self.name.removeprefix("att_")

    @property
    def session(self) -> str | None:
        """The session that a `session/v1` statement is about; its shape was checked before."""
        if self.statement.predicate_type != SESSION_V1:
            return None
        session = self.statement.predicate["session"]
        if not isinstance(session, dict) or not isinstance(session.get("id"), str):
            raise InvalidInput("input.malformed", where="/predicate/session")
        return str(session["id"])


Checked = Incoming | AttestError
"""A bundle that passed, or why it did not."""


class Check(Protocol):
    """Checks many bundles under what is pinned, all of which parses; gives what came of each, in order and as it comes."""

    def __call__(self, raws: Sequence[bytes], trust: Trust) -> Iterable[Checked]: ...


def check_here(raws: Sequence[bytes], trust: Trust) -> tuple[Checked, ...]:
    """Check bundles one after the other; gives what came of each. What is pinned and did not change is parsed once."""
    parsed, memo = trust.parsed(), Memo()
    return tuple(_checked(raw, parsed, memo) for raw in raws)


def _checked(raw: bytes, roots: tuple[TrustedRoot, ...], memo: Memo) -> Checked:
    try:
        return check_bundle(raw, roots, memo)
    except AttestError as err:
        return err


def check_bundle(raw: bytes, roots: tuple[TrustedRoot, ...], memo: Memo) -> Incoming:
    """Read a bundle strictly, verify all of it under a pinned root, and inspect its statement.

    Who signed is not judged, and the payload is not scanned: both are the caller's.

    Raises:
        NotVerified: a check of the evidence failed; of what a revoked authority had a part in, also a time after its moment.
        CannotVerify: it is signed under a root that is not pinned here, or uses something unknown; `evidence.revoked`, only
            a revoked authority says when.
        InvalidInput: its predicate is not of its published shape.
    """
    bundle = read_bundle(raw, memo)
    content, entry = bundle.content, bundle.entry
    if not isinstance(content, Envelope) or bundle.certificate is None or entry is None:
        raise CannotVerify("evidence.unsupported", "only DSSE bundles with a certificate and a log entry are taken")
    if content.payload_type != PAYLOAD_TYPE:
        raise CannotVerify("evidence.unsupported", "not an in-toto statement", expected=PAYLOAD_TYPE)
    verified = verify_bundle(bundle, _root_for(entry.log_id, roots), AnyIdentity(), None, memo=memo)
    statement = parse_statement(content.payload)
    require_known_predicate(statement)
    if verified.identity is None or verified.issuer is None:
        raise NotVerified("evidence.identity", "no identity is certified")
    envelope = encode_envelope(content.payload, content.signature, content.payload_type)
    return Incoming(
        raw=raw,
        envelope=envelope,
        body=body_of(hashlib.sha256(envelope).hexdigest(), content, bundle.certificate),
        certificate=bundle.certificate,
        signature=content.signature,
        statement=statement,
        identity=verified.identity,
        issuer=verified.issuer,
        log_id=entry.log_id,
        name=attestation_name(content),
    )


def _root_for(log_id: bytes, roots: tuple[TrustedRoot, ...]) -> TrustedRoot:
    for root in roots:
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
