"""The embedded certificate-transparency signature (RFC 6962 3.2): a compatibility token, not independent evidence.

Sigstore clients demand exactly one SCT in a certificate. The key here belongs to the same operator as the CA, so the
SCT adds no trust of its own.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_V1, _CERTIFICATE_TIMESTAMP, _PRECERT_ENTRY = b"\x00", b"\x00", b"\x00\x01"
_SHA256_ECDSA = b"\x04\x03"
_NO_EXTENSIONS = b"\x00\x00"


def signed_part(tbs: bytes, issuer_spki: bytes, timestamp_ms: int) -> bytes:
    """Give the `digitally-signed` struct for a precertificate: TBS without SCT list, hash of the issuer's key, time."""
    return b"".join(
        (
            _V1,
            _CERTIFICATE_TIMESTAMP,
            timestamp_ms.to_bytes(8, "big"),
            _PRECERT_ENTRY,
            hashlib.sha256(issuer_spki).digest(),
            len(tbs).to_bytes(3, "big"),
            tbs,
            _NO_EXTENSIONS,
        )
    )


def sct_list(key: ec.EllipticCurvePrivateKey, log_id: bytes, *, tbs: bytes, issuer_spki: bytes, at: datetime) -> bytes:
    """Sign one SCT and give it as the TLS-encoded list that goes into the certificate's extension."""
    timestamp_ms = int(at.timestamp()) * 1000
    signature = key.sign(signed_part(tbs, issuer_spki, timestamp_ms), ec.ECDSA(hashes.SHA256()))
    one = b"".join(
        (
            _V1,
            log_id,
            timestamp_ms.to_bytes(8, "big"),
            _NO_EXTENSIONS,
            _SHA256_ECDSA,
            len(signature).to_bytes(2, "big"),
            signature,
        )
    )
    framed = len(one).to_bytes(2, "big") + one
    return len(framed).to_bytes(2, "big") + framed
