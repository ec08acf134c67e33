"""The log's keys at work (`LogAuthority`): heads as two notes, entry timestamps, and the log's own statements."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.clock import Clock
from attest.ledger.checkpoint import Checkpoint, c2sp_note, newest_note, sigstore_note
from attest.ledger.cose_receipt import Receipt, make_receipt
from attest.ledger.note import NoteAlgorithm, NoteKey, NoteSigner, encode_vkey
from attest.model.ports import Heads, LeafParts
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, encode_envelope, pae
from attest.signing.embedded.ca import Authority, spki
from attest.signing.embedded.generations import Rolling
from attest.signing.entry import certificate_of, entry_body, set_payload

_ECDSA = ec.ECDSA(hashes.SHA256())
_RENEW_BEFORE_END = timedelta(minutes=1)
"""The service's own certificate is renewed this long before it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ServiceCertificate:
    key: ec.EllipticCurvePrivateKey
    der: bytes
    not_after: datetime


@dataclass(slots=True, kw_only=True)
class LogKeys:
    """Signs for one log. Not for use by several threads at once: a log has one sequencer."""

    origin: str
    note_key: ec.EllipticCurvePrivateKey
    c2sp_key: ed25519.Ed25519PrivateKey
    issuing: Rolling[Authority]
    clock: Clock
    service_identity: str
    issuer: str
    _service: _ServiceCertificate | None = field(default=None, init=False)
    _log_id: bytes | None = field(default=None, init=False)
    """Kept: every entry timestamp names it, and the key never changes."""

    @property
    def log_id(self) -> bytes:
        """SHA-256 of the P-256 key's SPKI: the log id in bundles."""
        if self._log_id is None:
            self._log_id = hashlib.sha256(self.sigstore_key).digest()
        return self._log_id

    @property
    def sigstore_key(self) -> bytes:
        """The P-256 public key as DER SPKI: the trusted root's key of this log."""
        return spki(self.note_key.public_key())

    @property
    def sigstore_key_pem(self) -> bytes:
        """The P-256 public key as PEM."""
        return self.note_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign_anchor(self, note: bytes) -> bytes:
        """Sign a head's note as a blob, for a `hashedrekord` entry of another log."""
        return _ecdsa(self.note_key)(note)

    @property
    def verifier_key(self) -> str:
        """The C2SP vkey of the Ed25519 note key."""
        return encode_vkey(self._c2sp_public())

    def sign_heads(self, size: int, root: bytes) -> Heads:
        """Sign one tree head as both notes."""
        head = Checkpoint(origin=self.origin, size=size, root=root)
        return Heads(
            sigstore=sigstore_note(head, self._note_signer()),
            c2sp=c2sp_note(head, NoteSigner(key=self._c2sp_public(), sign=self.c2sp_key.sign)),
        )

    def sign_newest(self, size: int, root: bytes) -> str:
        """Sign that a head, signed before, is the newest now. For the caller to know: it was read from the store."""
        head = Checkpoint(origin=self.origin, size=size, root=root)
        return newest_note(head, self._note_signer(), at=int(self.clock.now().timestamp()))

    def _note_signer(self) -> NoteSigner:
        public = NoteKey(name=self.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=spki(self.note_key.public_key()))
        return NoteSigner(key=public, sign=_ecdsa(self.note_key))

    def _c2sp_public(self) -> NoteKey:
        raw = self.c2sp_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return NoteKey(name=self.origin, algorithm=NoteAlgorithm.ED25519, public=raw)

    def sign_entry(self, body: bytes, *, index: int, integrated_time: int) -> bytes | None:
        """Sign the SET of one entry, or give None when its certificate had expired by then.

        A SET after expiry would prove a time at which the key was no longer bound to the identity, and every
        verifier would refuse the bundle; without it the token alone gives the time.
        """
        certificate = x509.load_der_x509_certificate(certificate_of(body))
        start, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
        if not start <= integrated_time <= end:
            return None
        return _ecdsa(self.note_key)(
            set_payload(body, index=index, integrated_time=integrated_time, log_id=self.log_id)
        )

    def sign_receipt(self, head: Receipt, path: Sequence[bytes]) -> bytes:
        """Give the COSE receipt of an entry; for the caller to know: the head was signed, and read from the store."""
        signer = self._note_signer()
        return make_receipt(head, path, signer.key, signer.sign)

    def sign_statement(self, statement: bytes) -> LeafParts:
        """Wrap a statement of the log itself by the service identity, without token or SET."""
        service = self._current_service()
        signature = service.key.sign(pae(IN_TOTO_PAYLOAD_TYPE, statement), _ECDSA)
        envelope = encode_envelope(statement, signature)
        return LeafParts(body=entry_body(envelope, service.der), envelope=envelope, certificate=service.der, token=None)

    def _current_service(self) -> _ServiceCertificate:
        now = self.clock.now()
        if self._service is None or now > self._service.not_after - _RENEW_BEFORE_END:
            key = ec.generate_private_key(ec.SECP256R1())
            der = self.issuing.now().issue(
                key.public_key(), identity=self.service_identity, issuer=self.issuer, now=now, timed=False
            )
            end = x509.load_der_x509_certificate(der).not_valid_after_utc
            self._service = _ServiceCertificate(key=key, der=der, not_after=end)
        return self._service


def _ecdsa(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    return lambda message: key.sign(message, _ECDSA)
