"""Revoked authorities: which signatures stay good when a key may have been somebody else's from a moment on.

1. Whoever has a key can date back what he signs with it: the operator's own clocks prove nothing about such a bundle.
2. A bundle that no revoked authority had a part in is not touched.
3. One that somebody outside knew before the moment stays good.
4. Any other cannot be judged; what says itself that it is of later is refused by the trusted root, whose window ends there.

Not checked here: the outside time itself, which is for the caller to have proved; that the list is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from attest.canonical import canonical_json
from attest.errors import CannotVerify
from attest.model.times import rfc3339_seconds
from attest.signing.bundle import Bundle
from attest.signing.keys import UNREADABLE
from attest.signing.memo import Memo
from attest.signing.strict import base64_text, parse_json
from attest.signing.token_shape import read_token
from attest.signing.trust import MAX_CERTIFICATE_BYTES

MAX_REVOCATIONS_BYTES: Final = 1024 * 1024
REVOCATIONS_TYPE: Final = "application/vnd.whereof.revocations+json;version=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """An authority's certificate, and from when on its key may have been somebody else's."""

    certificate: x509.Certificate
    since: datetime


def write_revocations(revoked: tuple[tuple[bytes, datetime], ...]) -> bytes:
    """Give the file that verifiers are handed: certificates (DER) with their moments."""
    rows = [{"certificate": base64_text(der), "since": rfc3339_seconds(since)} for der, since in revoked]
    return canonical_json({"mediaType": REVOCATIONS_TYPE, "revoked": rows})


def parse_revocations(raw: bytes) -> tuple[Revoked, ...]:
    """Read what `write_revocations` gave.

    Raises:
        CannotVerify: `trust.unreadable`: it is not of that form; it is never ignored.
    """
    top = parse_json(raw, MAX_REVOCATIONS_BYTES, where="revocations", error=CannotVerify, code="trust.unreadable")
    top.only("mediaType", "revoked")
    if top.text("mediaType") != REVOCATIONS_TYPE:
        raise top.fail("mediaType", "an unknown type of revocations")
    found = []
    for row in top.objects("revoked"):
        row.only("certificate", "since")
        try:
            certificate = x509.load_der_x509_certificate(row.octets("certificate", MAX_CERTIFICATE_BYTES, least=1))
            since = datetime.strptime(row.text("since"), "%Y-%m-%dT%H:%M:%S%z")
        except UNREADABLE as err:
            raise row.fail("certificate", "not a certificate, or not a time") from err
        found.append(Revoked(certificate=certificate, since=since))
    return tuple(found)


def require_unrevoked(bundle: Bundle, revoked: tuple[Revoked, ...], outside: datetime | None) -> Revoked | None:
    """Let a verified bundle stand: no revoked authority had a part in it, or it was known outside before; gives the earliest.

    Args:
        bundle: one that `verify_bundle` took.
        revoked: which authorities are revoked.
        outside: when somebody outside this operator knew the bundle or a log head over it; None where nobody is known to.

    Raises:
        CannotVerify: `evidence.revoked`: a revoked authority had a part in it, and no outside time is before the moment.
    """
    touched = [one for one in revoked if _issued(one.certificate, bundle) or _stamped(one.certificate, bundle)]
    first = min(touched, key=lambda one: one.since, default=None)
    if first is None or (outside is not None and outside < first.since):
        return first
    got = "no outside time" if outside is None else f"an outside time of {outside.isoformat()}"
    expected = f"an outside time before {rfc3339_seconds(first.since)}"
    raise CannotVerify("evidence.revoked", expected=expected, got=got)


def _issued(authority: x509.Certificate, bundle: Bundle) -> bool:
    if bundle.certificate is None:
        return False
    try:
        x509.load_der_x509_certificate(bundle.certificate).verify_directly_issued_by(authority)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _stamped(authority: x509.Certificate, bundle: Bundle) -> bool:
    issuer = authority.issuer.public_bytes()
    tokens = (read_token(raw, Memo()) for raw in bundle.tokens)
    return any(token.serial == authority.serial_number and token.issuer == issuer for token in tokens)
