"""Revoked authorities: which signatures stay good when a key may be somebody else's from a moment on.

1. Whoever has a key can date back what he signs with it, so its own times say nothing of when.
2. A revoked authority is pinned up to the moment only: a certificate is not believed at a proved time that is later.
3. A stamp by a revoked authority is no proved time. What has no other, by a stamp of another authority or by the log,
   could not be checked.
4. What no revoked authority had a part in is not touched.

The list is not signed. It is the word of whoever verifies, as the trusted root is, and comes to him by the same ways; one that
comes with the evidence can only take away. Not checked here: that the list is complete.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.canonical import canonical_json
from attest.errors import CannotVerify
from attest.model.times import rfc3339, rfc3339_seconds
from attest.signing.keys import UNREADABLE
from attest.signing.strict import Fields, base64_text, parse_json
from attest.signing.trust import MAX_CERTIFICATE_BYTES, PinnedAuthority, TrustedRoot, Window

MAX_REVOCATIONS_BYTES: Final = 1024 * 1024
MAX_REVOKED: Final = 1024
"""Rows of one list."""
REVOCATIONS_TYPE: Final = "application/vnd.whereof.revocations+json;version=1"
_MOMENT: Final = re.compile(r"(19[7-9][0-9]|[2-9][0-9]{3})-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """An authority's certificate, and from when on its key may have been somebody else's."""

    certificate: x509.Certificate
    since: datetime


def write_revocations(revoked: tuple[tuple[bytes, datetime], ...]) -> bytes:
    """Give the file that verifiers are handed: certificates (DER) with their moments."""
    rows = [{"certificate": base64_text(der), "since": rfc3339_seconds(since)} for der, since in revoked]
    return canonical_json({"mediaType": REVOCATIONS_TYPE, "revoked": rows})


def add_revocations(there: tuple[Revoked, ...], more: tuple[tuple[bytes, datetime], ...]) -> bytes:
    """Give the file of a list with rows added to it: none is taken away, and none of them stands there twice."""
    rows = tuple((one.certificate.public_bytes(Encoding.DER), one.since) for one in there)
    return write_revocations((*rows, *(one for one in more if one not in rows)))


def parse_revocations(raw: bytes) -> tuple[Revoked, ...]:
    """Read what `write_revocations` gave.

    Raises:
        CannotVerify: `trust.unreadable`: it is not of that form, or names what is no authority; it is never ignored.
    """
    top = parse_json(raw, MAX_REVOCATIONS_BYTES, where="revocations", error=CannotVerify, code="trust.unreadable")
    top.only("mediaType", "revoked")
    if top.text("mediaType") != REVOCATIONS_TYPE:
        raise top.fail("mediaType", "an unknown type of revocations")
    rows = top.objects("revoked")
    if len(rows) > MAX_REVOKED:
        raise top.fail("revoked", f"more than {MAX_REVOKED} rows")
    return tuple(_row(each) for each in rows)


def _row(row: Fields) -> Revoked:
    row.only("certificate", "since")
    text = row.text("since")
    try:
        certificate = x509.load_der_x509_certificate(row.octets("certificate", MAX_CERTIFICATE_BYTES, least=1))
        since = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        authority = _is_authority(certificate)
        _key(certificate)  # of a kind that nobody here reads: then no authority could be told to have it
    except UNREADABLE as err:
        raise row.fail("certificate", "not a certificate, or not a time") from err
    if since is None or not authority:
        raise row.fail("certificate", "not an authority's certificate, or not a time in whole seconds of UTC")
    return Revoked(certificate=certificate, since=since)


def _is_authority(certificate: x509.Certificate) -> bool:
    """Signers' certificates are not revoked by this list: a row about one would be read and do nothing."""
    extensions = certificate.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return True
    except x509.ExtensionNotFound:
        pass
    try:
        uses = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in uses


def without_revoked(
    root: TrustedRoot, revoked: tuple[Revoked, ...], *, known_outside: datetime | None = None
) -> TrustedRoot:
    """Give a root as it is believed once these are revoked; the same one where none is about an authority of it.

    A revocation is about a key: every authority that it stands in the chain of ends, whatever certificate is over it.

    Args:
        root: what is pinned.
        revoked: who is revoked, and from when on.
        known_outside: when somebody outside knew all that will be judged under it; a stamp by an authority that was
            revoked from later on proves its time then, because whoever took the key had no part in it.
    """
    since: dict[bytes, datetime] = {}
    for one in revoked:
        key = _key(one.certificate)
        since[key] = min(one.since, since.get(key, one.since))
    if not since:
        return root
    authorities = tuple(_ended(one, since, known_outside) for one in root.authorities)
    stampers = tuple(_ended(one, since, known_outside) for one in root.timestamp_authorities)
    if (authorities, stampers) == (root.authorities, root.timestamp_authorities):
        return root
    told = sorted(key + rfc3339_seconds(moment).encode() for key, moment in since.items())
    told.append(rfc3339(known_outside).encode() if known_outside else b"")
    digest = hashlib.sha256(root.revocations + b"".join(told)).digest()
    return replace(root, authorities=authorities, timestamp_authorities=stampers, revocations=digest)


def _ended(authority: PinnedAuthority, since: dict[bytes, datetime], outside: datetime | None) -> PinnedAuthority:
    moments = [since[key] for key in map(_key, authority.chain) if key in since]
    if not moments:
        return authority
    first = min([*moments, *([authority.revoked] if authority.revoked else [])])
    last = first - datetime.resolution
    end = last if authority.window.end is None else min(last, authority.window.end)
    doubted = None if outside is not None and outside < first else first
    return replace(authority, window=Window(authority.window.start, end), revoked=doubted)


def _key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
