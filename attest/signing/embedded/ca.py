"""The embedded certificate authority: a root, an intermediate, and leaf certificates of ten minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from attest.errors import Refused
from attest.model.times import rfc3339_seconds
from attest.signing.der import OCTET_STRING, encode
from attest.signing.embedded.sct import sct_list

LEAF_LIFETIME = timedelta(minutes=10)
BACKDATE = timedelta(seconds=2)
"""Tokens have a resolution of one second, so a certificate begins a little before it is made."""
AUTHORITY_LIFETIME = timedelta(days=365 * 30)

OID_ISSUER_V1 = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
"""Fulcio's first issuer extension: the raw string. sigstore-python's `Identity` policy reads this one."""
OID_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
"""Fulcio's second issuer extension: a DER UTF8String."""
_OID_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_UTF8_STRING = 0x0C


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The intermediate that issues leaf certificates, with the CT key that vouches for them."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate
    ct_key: ec.EllipticCurvePrivateKey
    ct_log_id: bytes

    def issue(
        self, public_key: ec.EllipticCurvePublicKey, *, identity: str, issuer: str, now: datetime, timed: bool = True
    ) -> bytes:
        """Give a leaf certificate (DER) that binds a key to an identity URI for `LEAF_LIFETIME`, SCT inside.

        Who may have which identity is decided by the caller, before this.

        `timed` is False for what is signed without a proved time, the log's own statements: no verifier looks at theirs, and
        a wrong clock is not to stop the log.

        Raises:
            Refused: `key.expired`: the authority's own certificate does not hold through that time.
        """
        if timed:
            require_current(self.certificate, now, LEAF_LIFETIME, role="ca")
        builder = _leaf(public_key, identity, issuer, now).issuer_name(self.certificate.subject)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        # The TBS of a certificate signed without the SCT list is exactly the precertificate's TBS (RFC 6962 3.2).
        bare = builder.sign(self.key, hashes.SHA256())
        embedded = sct_list(
            self.ct_key,
            self.ct_log_id,
            tbs=bare.tbs_certificate_bytes,
            issuer_spki=spki(self.certificate.public_key()),  # type: ignore[arg-type]  # our own: ECDSA
            at=now,
        )
        with_sct = builder.add_extension(
            x509.UnrecognizedExtension(_OID_SCT_LIST, encode(OCTET_STRING, embedded)), critical=False
        )
        return with_sct.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def require_current(certificate: x509.Certificate, now: datetime, lifetime: timedelta, *, role: str) -> None:
    """Refuse to sign what no verifier could accept, so late that the certificate ends meanwhile.

    A clock that stands before the certificate is not looked at here: it is wrong, and what is handed in signed goes on.

    Raises:
        Refused: `key.expired`.
    """
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > end - lifetime:
        span = f"{rfc3339_seconds(start)} to {rfc3339_seconds(end)}"
        raise Refused("key.expired", expected=f"a time from {span}", got=rfc3339_seconds(now), where=role)


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    """Give a public key as DER SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _leaf(public_key: ec.EllipticCurvePublicKey, identity: str, issuer: str, now: datetime) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0) - BACKDATE
    raw_issuer = issuer.encode()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LEAF_LIFETIME)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True)
        .add_extension(x509.UnrecognizedExtension(OID_ISSUER_V1, raw_issuer), critical=False)
        .add_extension(x509.UnrecognizedExtension(OID_ISSUER_V2, encode(_UTF8_STRING, raw_issuer)), critical=False)
    )


def make_root(key: ec.EllipticCurvePrivateKey, *, common_name: str, now: datetime) -> x509.Certificate:
    """Give a self-signed root that may have one level of authorities below it."""
    name = _name(common_name)
    return _authority(key.public_key(), name, now, path_length=1).issuer_name(name).sign(key, hashes.SHA256())


def make_intermediate(
    public_key: ec.EllipticCurvePublicKey,
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    *,
    common_name: str,
    now: datetime,
) -> x509.Certificate:
    """Give the authority below the root that issues code-signing leaves, and nothing below itself."""
    return (
        _authority(public_key, _name(common_name), now, path_length=0)
        .issuer_name(root.subject)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _authority(
    public_key: ec.EllipticCurvePublicKey, name: x509.Name, now: datetime, *, path_length: int
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0) - BACKDATE
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage(cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "whereof embedded"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def key_usage(*, digital_signature: bool = False, cert_sign: bool = False) -> x509.KeyUsage:
    """Give a key usage with the named bits set; an authority may also sign revocation lists."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        encipher_only=False,
        decipher_only=False,
    )
