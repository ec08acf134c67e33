"""Signing through the stock sigstore-python `Signer`: the only file that imports sigstore.

The three ports below stand where sigstore-python's Fulcio, Rekor and time-stamp clients stand. `Signer` calls, in
this order: `fulcio.signing_cert.post`, then (per statement) `rekor._build_dsse_request`, `tsa.request_timestamp` and
`rekor.create_entry`. The underscored method is of our own class; a test pins that `Signer` still calls it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimeStampResponse, decode_timestamp_response
from sigstore.dsse import Envelope, Statement
from sigstore.errors import Error as SigstoreError
from sigstore.models import ClientTrustConfig, TransparencyLogEntry
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken
from sigstore.sign import ExpiredCertificate, SigningContext  # type: ignore[attr-defined]  # `Signer` raises it
from sigstore_models.rekor.v1 import TransparencyLogEntry as EntryModel

from attest.clock import Clock, Entropy, SystemEntropy
from attest.errors import CannotVerify, InvalidInput, Refused
from attest.model.ports import LeafParts, LogReceipt, TransparencyLog
from attest.signing.dsse import parse_envelope
from attest.signing.embedded.direct import SERIAL_BYTES
from attest.signing.embedded.instance import Instance
from attest.signing.embedded.tsa import request_for
from attest.signing.entry import entry_body
from attest.signing.render import render_bundle, render_log_entry

MAX_STATEMENT_BYTES = 1024 * 1024
"""Largest statement that is signed, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBundle:
    """A signed and logged statement: the bundle as handed out, and the parts it is rendered from."""

    bundle_json: bytes
    leaf: LeafParts
    receipt: LogReceipt


@dataclass(frozen=True, slots=True)
class _IssuedCertificate:
    cert: x509.Certificate
    chain: list[x509.Certificate]


@dataclass(frozen=True, slots=True)
class _CertificatePort:
    """Stands for the Fulcio client: checks token and proof of possession, then issues."""

    instance: Instance
    clock: Clock

    @property
    def signing_cert(self) -> _CertificatePort:
        """The endpoint that `Signer` posts to: this object itself."""
        return self

    def post(self, req: x509.CertificateSigningRequest, identity: IdentityToken) -> _IssuedCertificate:
        """Issue for the token's subject, when this instance signed the token and the request proves its key."""
        now = self.clock.now()
        subject = self.instance.tokens.subject_of(str(identity), now=now)
        key = req.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not req.is_signature_valid:
            raise InvalidInput("input.malformed", "the certificate request does not prove its key")
        authority = self.instance.authority
        der = authority.issue(key, identity=subject, issuer=self.instance.issuer, now=now)
        return _IssuedCertificate(x509.load_der_x509_certificate(der), [authority.certificate, authority.root])


@dataclass(slots=True)
class _TimestampPort:
    """Stands for the time-stamp client, and remembers the token of the last signature."""

    instance: Instance
    clock: Clock
    entropy: Entropy
    url: str = "embedded time-stamp authority"
    _issued: tuple[bytes, bytes] | None = field(default=None, init=False)

    def request_timestamp(self, signature: bytes) -> TimeStampResponse:
        """Stamp a signature."""
        serial = int.from_bytes(self.entropy.bytes(SERIAL_BYTES), "big")
        token = self.instance.tsa.respond(request_for(signature), now=self.clock.now(), serial=serial)
        self._issued = (signature, token)
        return decode_timestamp_response(token)

    def take(self, signature: bytes) -> bytes:
        """Give the token just issued for a signature, once; `Signer` only warns when there is none."""
        issued, self._issued = self._issued, None
        if issued is None or issued[0] != signature:
            raise Refused("evidence.timestamp", "no token was issued for this signature, so nothing is logged")
        return issued[1]


@dataclass(frozen=True, slots=True)
class _Proposed:
    envelope: bytes
    certificate: bytes


@dataclass(slots=True)
class _LogPort:
    """Stands for the Rekor client: the append to our own log."""

    log: TransparencyLog
    stamps: _TimestampPort
    appended: tuple[LeafParts, LogReceipt] | None = field(default=None, init=False)

    def _build_dsse_request(self, envelope: Envelope, certificate: x509.Certificate) -> _Proposed:
        return _Proposed(envelope.to_json().encode(), certificate.public_bytes(Encoding.DER))

    def create_entry(self, request: _Proposed) -> TransparencyLogEntry:
        """Append, when our own time-stamp port issued a token for exactly this signature."""
        token = self.stamps.take(parse_envelope(request.envelope).signature)
        leaf = LeafParts(
            body=entry_body(request.envelope, request.certificate),
            envelope=request.envelope,
            certificate=request.certificate,
            token=token,
        )
        receipt = self.log.append(leaf)
        self.appended = (leaf, receipt)
        return TransparencyLogEntry(EntryModel.from_json(json.dumps(render_log_entry(leaf, receipt))))


@dataclass(slots=True, kw_only=True)
class EmbeddedSigner:
    """Signs in-toto statements as one identity through sigstore-python, into a log of ours. Not thread safe."""

    instance: Instance
    log: TransparencyLog
    clock: Clock
    identity: str
    """The certificate's SAN: a pseudonym (`actor_uri`), or a workload's URI in clear."""
    entropy: Entropy = field(default_factory=SystemEntropy)

    def sign(self, statement: bytes) -> SignedBundle:
        """Sign one statement, append it, and give its bundle; when this returns, the entry is committed.

        Raises:
            InvalidInput: `input.too-large`, or `input.malformed`: sigstore-python does not take the statement (a
                subject without a SHA-2/SHA-3 digest goes through `DirectSigner`).
            Refused: `evidence.timestamp`: the token is missing; nothing was logged.
            CannotVerify: `program.clock`: the clock jumped meanwhile; nothing was logged.
        """
        if len(statement) > MAX_STATEMENT_BYTES:
            raise InvalidInput("input.too-large", expected=f"<= {MAX_STATEMENT_BYTES} bytes", where="statement")
        try:
            checked = Statement(statement)
        except SigstoreError as err:
            raise InvalidInput("input.malformed", "not a statement that sigstore-python signs") from err
        stamps = _TimestampPort(self.instance, self.clock, self.entropy)
        port = _LogPort(self.log, stamps)
        try:
            token = IdentityToken(self.instance.tokens.issue(self.identity, now=self.clock.now()))
            with self._context(port, stamps).signer(token) as signer:
                signer.sign_dsse(checked)
        except (ExpiredCertificate, ExpiredIdentity, IdentityError) as err:
            # Token and certificate are of this moment: what finds them too old or too young looked at another clock.
            raise CannotVerify("program.clock", got=type(err).__name__) from err
        if port.appended is None:
            raise Refused("store.refused", "sigstore-python did not log the statement")
        leaf, receipt = port.appended
        return SignedBundle(bundle_json=render_bundle(leaf, receipt), leaf=leaf, receipt=receipt)

    def _context(self, port: _LogPort, stamps: _TimestampPort) -> SigningContext:
        config = ClientTrustConfig.from_json(self.instance.trust_config("https://embedded.invalid").decode())
        # The ports are not sigstore-python's client classes, only what its `Signer` calls on them.
        return SigningContext(
            fulcio=_CertificatePort(self.instance, self.clock),  # type: ignore[arg-type]
            rekor=port,  # type: ignore[arg-type]
            trusted_root=config.trusted_root,
            tsa_clients=[stamps],  # type: ignore[list-item]
        )
