"""Section 8: revoked authorities, and what a root is worth without them."""

from __future__ import annotations

# ruff: noqa: ANN401
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import re
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.evidence.standalone.archive import Archive, Bad, expect
from attest.evidence.standalone.certificates import extension_of
from attest.evidence.standalone.json_form import blob_of, list_of, only, read_json, text_of
from attest.evidence.standalone.roots import Root, moment_of

REVOCATIONS = "data/trust/revocations.json"
REVOCATIONS_TYPE = "application/vnd.whereof.revocations+json;version=1"
MAX_REVOCATIONS = 1024 * 1024
MAX_REVOKED = 1024
WHOLE_SECOND = re.compile(r"(19[7-9][0-9]|[2-9][0-9]{3})-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
Revoked = list[tuple[bytes, datetime]]


def read_revoked(raw: bytes) -> Revoked:
    """Give the keys of revoked authorities, each with the moment from which on it may be somebody else's."""
    expect(len(raw) <= MAX_REVOCATIONS, "the revocations are too long")
    top = read_json(raw)
    only(top, "mediaType revoked")
    expect(text_of(top, "mediaType") == REVOCATIONS_TYPE, "an unknown type of revocations")
    rows, found = list_of(top, "revoked"), []
    expect(len(rows) <= MAX_REVOKED, "there are too many revocations")
    for row in rows:
        only(row, "certificate since")
        expect(WHOLE_SECOND.fullmatch(text_of(row, "since")) is not None, "this is not a moment")
        found.append((_authority_key(blob_of(row["certificate"])), moment_of(row["since"])))
    return found


def _authority_key(der: bytes) -> bytes:
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = _key_of(certificate)
    except Exception:  # noqa: BLE001  # whatever it is, it is no certificate
        raise Bad("a revoked certificate does not parse") from None
    constraints = extension_of(certificate, x509.BasicConstraints)
    uses = extension_of(certificate, x509.ExtendedKeyUsage)
    issues = constraints is not None and constraints.value.ca
    expect(issues or (uses is not None and ExtendedKeyUsageOID.TIME_STAMPING in uses.value), "this is no authority")
    return key


def _key_of(certificate: Any) -> bytes:
    found: bytes = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def revoked_in(archive: Archive) -> Revoked:
    """Give the list that came with the evidence, which can only take away."""
    return read_revoked(archive.read(REVOCATIONS, MAX_REVOCATIONS)) if REVOCATIONS in archive.members else []


def revoke(root: Root, revoked: Revoked) -> None:
    """End every authority that a revoked key stands in the chain of; its own stamps prove no time any more."""
    for one in (*root.authorities, *root.stampers) if revoked else ():
        keys = [_key_of(each) for each in one.chain]
        for key, since in revoked:
            if key in keys:
                last = since - timedelta(microseconds=1)
                one.end, one.revoked = last if one.end is None else min(one.end, last), True
