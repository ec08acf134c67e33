"""The certificate's embedded SCT (RFC 6962 3.2), against a pinned certificate-transparency log."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.certificate_transparency import (
    LogEntryType,
    SignatureAlgorithm,
    SignedCertificateTimestamp,
)

from attest.errors import NotVerified
from attest.signing.keys import UNREADABLE
from attest.signing.trust import LogKey, TrustedRoot

_CODE = "evidence.certificate"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def verify_sct(leaf: x509.Certificate, issuer: x509.Certificate, root: TrustedRoot) -> LogKey:
    """Check that exactly one SCT is embedded and that a pinned log signed it for this certificate and issuer.

    The issuer must come from the verified path: two authorities may carry one name. Not checked: that the
    certificate is in the log.

    Raises:
        NotVerified: `evidence.certificate`.
    """
    try:
        stamps = list(leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value)
    except UNREADABLE as err:
        raise NotVerified(_CODE, "the certificate holds no readable SCT") from err
    if len(stamps) != 1:
        raise NotVerified(_CODE, "the certificate must hold one SCT", expected="1", got=str(len(stamps)))
    stamp = stamps[0]
    log = root.ct_log(stamp.log_id)
    if log is None or log.key is None:
        raise NotVerified(_CODE, "the SCT is by a log that is not pinned", got=stamp.log_id.hex())
    if not root.holds(log, stamp.timestamp.replace(tzinfo=UTC)):
        raise NotVerified(_CODE, "the SCT's time is outside the log's pinned validity")
    if not _is_known(stamp) or not log.key.is_signature_of(stamp.signature, _signed(stamp, leaf, issuer)):
        raise NotVerified(_CODE, "the SCT's signature does not hold")
    return log


def _is_known(stamp: SignedCertificateTimestamp) -> bool:
    return (
        stamp.entry_type is LogEntryType.PRE_CERTIFICATE
        and isinstance(stamp.signature_hash_algorithm, hashes.SHA256)
        and stamp.signature_algorithm in (SignatureAlgorithm.ECDSA, SignatureAlgorithm.RSA)
    )


def _signed(stamp: SignedCertificateTimestamp, leaf: x509.Certificate, issuer: x509.Certificate) -> bytes:
    tbs = leaf.tbs_precertificate_bytes
    milliseconds = (stamp.timestamp.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
    return b"".join(
        (
            b"\x00\x00",  # version 1, certificate_timestamp
            milliseconds.to_bytes(8, "big"),
            b"\x00\x01",  # precert_entry
            _issuer_hash(issuer),
            len(tbs).to_bytes(3, "big"),
            tbs,
            len(stamp.extension_bytes).to_bytes(2, "big"),
            stamp.extension_bytes,
        )
    )


@lru_cache(maxsize=64)
def _issuer_hash(issuer: x509.Certificate) -> bytes:
    # Remembered: few authorities issue all certificates.
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise NotVerified(_CODE, "the issuer's key is of a kind that SCTs are not made over")
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
