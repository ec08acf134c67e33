"""Sigstore trusted roots: which authorities, logs and time-stampers are pinned, and for which time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from attest.errors import CannotVerify, NotVerified
from attest.signing.keys import MAX_KEY_BYTES, UNREADABLE, VerifyingKey, key_from_der, verifying_key
from attest.signing.strict import Fields, parse_json

MAX_TRUSTED_ROOT_BYTES = 4 * 1024 * 1024
MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_CHAIN = 16
"""Most certificates in one authority's chain."""
_ROOT_TYPES = frozenset(
    (
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot.v0.1+json",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    )
)
_CONFIG_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class AfterRevocation(NotVerified):
    """A proved time is not before the moment from which on the authority that had a part in it is revoked."""


@dataclass(frozen=True, slots=True)
class Window:
    """A closed span of time; no end means: still open."""

    start: datetime
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies inside, both ends included."""
        return self.start <= moment and (self.end is None or moment <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """A pinned transparency or certificate-transparency log."""

    base_url: str
    log_id: bytes
    checkpoint_id: bytes
    """First 4 bytes: the hint on checkpoints; equals `log_id` where the root names no other."""
    key: VerifyingKey | None
    """None when the key is of a kind this verifier does not know: nothing can be checked against it."""
    window: Window

    @property
    def name(self) -> str:
        """The base URL without its scheme: what the log calls itself in its checkpoints."""
        return self.base_url.rpartition("://")[2].rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedAuthority:
    """A pinned certificate authority or time-stamp authority, leaf end first."""

    uri: str
    chain: tuple[x509.Certificate, ...]
    window: Window
    revoked: datetime | None = None
    """From when on somebody else may have its key: what it stamps proves no time, and the window ends before that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRoot:
    """All that is pinned."""

    digest: bytes
    """SHA-256 of the bytes it was read from."""
    logs: tuple[LogKey, ...]
    ct_logs: tuple[LogKey, ...]
    authorities: tuple[PinnedAuthority, ...]
    timestamp_authorities: tuple[PinnedAuthority, ...]
    revocations: bytes = b""
    """SHA-256 over the revocations that were applied to it; empty where none was about an authority of it."""

    @property
    def memo_key(self) -> bytes:
        """What tells this root from every other: its bytes, and the revocations applied to it."""
        return self.digest + self.revocations

    def log(self, log_id: bytes) -> LogKey | None:
        """Give the pinned log with this id."""
        return _find(self.logs, log_id)

    def ct_log(self, log_id: bytes) -> LogKey | None:
        """Give the pinned certificate-transparency log with this id."""
        return _find(self.ct_logs, log_id)

    def holds(self, log: LogKey, moment: datetime) -> bool:
        """Say whether a log was pinned at a moment; one key may be pinned for several spans."""
        if log.window.holds(moment):
            return True
        again = (each for each in (*self.logs, *self.ct_logs) if each.log_id == log.log_id and each is not log)
        return any(
            each.base_url == log.base_url and each.key == log.key and each.window.holds(moment) for each in again
        )


def _find(logs: tuple[LogKey, ...], log_id: bytes) -> LogKey | None:
    for log in logs:
        if log.log_id == log_id:
            return log
    return next((log for log in logs if log.key is not None and log.key.key_id == log_id), None)


def parse_trusted_root(raw: bytes) -> TrustedRoot:
    """Read a trusted root, or the one inside a client trust config.

    Raises:
        CannotVerify: `trust.unreadable`: not JSON, an unknown type or field, a certificate that does not parse, an
            empty chain, or a validity without a start.
    """
    top = parse_json(raw, MAX_TRUSTED_ROOT_BYTES, where="trustedRoot", error=CannotVerify, code="trust.unreadable")
    if top.value.get("mediaType") == _CONFIG_TYPE:
        top = top.child("trustedRoot")
    if top.text("mediaType") not in _ROOT_TYPES:
        raise top.fail("mediaType", "an unknown type of trusted root")
    top.only("mediaType", "tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities")
    return TrustedRoot(
        digest=hashlib.sha256(raw).digest(),
        logs=tuple(_log(each) for each in top.objects("tlogs")),
        ct_logs=tuple(_log(each) for each in top.objects("ctlogs")),
        authorities=tuple(_authority(each) for each in top.objects("certificateAuthorities")),
        timestamp_authorities=tuple(_authority(each) for each in top.objects("timestampAuthorities")),
    )


def _log(fields: Fields) -> LogKey:
    fields.only("baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator")
    public = fields.child("publicKey")
    public.only("rawBytes", "keyDetails", "validFor")
    if fields.text("hashAlgorithm") != "SHA2_256":
        raise fields.fail("hashAlgorithm", "an unknown hash")
    log_id = fields.child("logId").octets("keyId", 64, least=4)
    checkpoint = fields.optional_child("checkpointKeyId")
    return LogKey(
        base_url=fields.text("baseUrl"),
        log_id=log_id,
        checkpoint_id=checkpoint.octets("keyId", 64, least=4) if checkpoint else log_id,
        key=key_from_der(public.octets("rawBytes", MAX_KEY_BYTES, least=1), public.text("keyDetails")),
        window=_window(public),
    )


def _authority(fields: Fields) -> PinnedAuthority:
    fields.only("subject", "uri", "certChain", "validFor", "operator")
    certificates = fields.child("certChain").objects("certificates")
    if not 1 <= len(certificates) <= MAX_CHAIN:
        raise fields.fail("certChain", f"between 1 and {MAX_CHAIN} certificates are required")
    return PinnedAuthority(
        uri=fields.optional_text("uri") or "",
        chain=tuple(_certificate(each) for each in certificates),
        window=_window(fields),
    )


def _certificate(fields: Fields) -> x509.Certificate:
    der = fields.octets("rawBytes", MAX_CERTIFICATE_BYTES, least=1)
    try:
        certificate = x509.load_der_x509_certificate(der)
        known = verifying_key(certificate.public_key())
    except UNREADABLE as err:
        raise fields.fail("rawBytes", "not a certificate") from err
    if known is None:
        raise fields.fail("rawBytes", "a certificate with a key of a kind that is not accepted")
    return certificate


def _window(fields: Fields) -> Window:
    span = fields.child("validFor")
    span.only("start", "end")
    return Window(_moment(span, "start"), _moment(span, "end") if span.has("end") else None)


def _moment(fields: Fields, name: str) -> datetime:
    text = fields.text(name)
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as err:
        raise fields.fail(name, "not a time (RFC 3339)") from err
    raise fields.fail(name, "not a time (RFC 3339)")
