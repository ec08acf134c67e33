"""The commit that a build server had certified: read strictly, and none where the certificate names none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import NotVerified
from attest.signing.claims import OID_SOURCE_DIGEST, certified_commit
from attest.signing.der import encode

OID = "a" * 40


def certificate(value: bytes | None) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 2, tzinfo=UTC))
    )
    if value is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(OID_SOURCE_DIGEST, value), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_certified_commit_is_read() -> None:
    assert certified_commit(certificate(encode(0x0C, OID.encode()))) == OID
    assert certified_commit(certificate(None)) is None
    assert certified_commit(None) is None


@pytest.mark.parametrize("value", [OID.encode(), encode(0x0C, OID.encode()) + b"\0", encode(0x04, OID.encode())])
def test_commit_in_another_form_is_refused(value: bytes) -> None:
    with pytest.raises(NotVerified):
        certified_commit(certificate(value))
