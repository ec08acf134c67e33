"""Signing by our own DSSE code: the same bytes as through sigstore-python, and the leaf before the log has seen it.

For batches, for large statements, and for statements whose subjects sigstore-python refuses (`gitCommit`). Gives
`LeafParts`, so that the append can be one transaction of the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from attest.clock import Clock, Entropy
from attest.model.ports import LeafParts
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, encode_envelope, pae
from attest.signing.embedded.instance import Instance
from attest.signing.embedded.tsa import request_for
from attest.signing.entry import entry_body

_RENEW_BEFORE_END = timedelta(minutes=1)
SERIAL_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credential:
    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    not_after: datetime


@dataclass(slots=True, kw_only=True)
class DirectSigner:
    """Signs statements as one identity; keeps one short-lived key and renews it in time. Not thread safe."""

    instance: Instance
    identity: str
    """The certificate's SAN: a pseudonym (`actor_uri`), or a workload's URI in clear."""
    clock: Clock
    entropy: Entropy
    _held: _Credential | None = field(default=None, init=False)

    def leaf(self, statement: bytes, payload_type: str = IN_TOTO_PAYLOAD_TYPE) -> LeafParts:
        """Sign, stamp and give the parts of one entry; nothing is appended anywhere."""
        held = self._credential()
        signature = held.key.sign(pae(payload_type, statement), ec.ECDSA(hashes.SHA256()))
        envelope = encode_envelope(statement, signature, payload_type)
        token = self.instance.tsa.respond(
            request_for(signature),
            now=self.clock.now(),
            serial=int.from_bytes(self.entropy.bytes(SERIAL_BYTES), "big"),
        )
        body = entry_body(envelope, held.certificate)
        return LeafParts(body=body, envelope=envelope, certificate=held.certificate, token=token)

    def _credential(self) -> _Credential:
        now = self.clock.now()
        if self._held is None or now > self._held.not_after - _RENEW_BEFORE_END:
            key = ec.generate_private_key(ec.SECP256R1())
            der = self.instance.authority.issue(
                key.public_key(), identity=self.identity, issuer=self.instance.issuer, now=now
            )
            end = x509.load_der_x509_certificate(der).not_valid_after_utc
            self._held = _Credential(key=key, certificate=der, not_after=end)
        return self._held
