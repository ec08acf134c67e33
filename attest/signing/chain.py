"""The signing certificate: its path to a pinned authority, its Sigstore profile, and whom it names.

1. A pinned authority, open at the time, has issued it (web PKI profile: critical SAN where the subject is empty, key
   identifiers, CA constraints, validity of every certificate on the way).
2. The authority's own certificates lead on to its root, each valid at the time.
3. Key usage has digitalSignature; extended key usage has codeSigning; it is no authority itself.
4. Exactly one name, and one issuer extension or two that agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from attest.errors import NotVerified
from attest.signing.der import DerError, DerReader
from attest.signing.keys import UNREADABLE, VerifyingKey, verifying_key
from attest.signing.memo import Memo
from attest.signing.trust import AfterRevocation, PinnedAuthority, TrustedRoot, Window

OID_ISSUER_V1 = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
OID_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
OID_OTHER_NAME = ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
_UTF8_STRING = 0x0C
_CODE = "evidence.certificate"
_PATHS = PolicyBuilder().extension_policies(
    ca_policy=ExtensionPolicy.webpki_defaults_ca().may_be_present(
        x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    ),
    ee_policy=ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    ),
)
"""What every path is held to; whose authority and which time are the question's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCertificate:
    """A parsed signing certificate: what it says, not yet whether it holds."""

    certificate: x509.Certificate
    key: VerifyingKey
    identity: str
    issuer: str | None
    """The OIDC issuer as certified; None where the certificate names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A verified path, and the span of time through which all of it is valid."""

    issuer: x509.Certificate
    authority: str
    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether the path is valid at a moment too."""
        return self.start <= moment <= self.end


def known_certificate(der: bytes, memo: Memo) -> SigningCertificate:
    """Read a signing certificate once for a batch; raises as `parse_certificate` does."""
    key = ("certificate", b"", der)
    return memo.get(key, SigningCertificate) or memo.keep(key, parse_certificate(der))


def parse_certificate(der: bytes) -> SigningCertificate:
    """Read a signing certificate and check its profile (steps 3 and 4).

    Raises:
        NotVerified: `evidence.certificate`: it does not parse or is not a code-signing leaf with one name.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = verifying_key(certificate.public_key())
        extensions = certificate.extensions
        _require_leaf(extensions)
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        issuer = _issuer(extensions)
    except UNREADABLE as err:
        raise NotVerified(
            _CODE, "the signing certificate does not parse, or lacks what Sigstore's profile asks"
        ) from err
    if key is None:
        raise NotVerified(_CODE, "the signing certificate's key is of a kind that is not accepted")
    return SigningCertificate(certificate=certificate, key=key, identity=_name(names), issuer=issuer)


def _require_leaf(extensions: x509.Extensions) -> None:
    if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        raise NotVerified(_CODE, "key usage lacks digitalSignature")
    if ExtendedKeyUsageOID.CODE_SIGNING not in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value:
        raise NotVerified(_CODE, "extended key usage lacks codeSigning")
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return
    if constraints.ca:
        raise NotVerified(_CODE, "the signing certificate is an authority")


def _name(names: x509.SubjectAlternativeName) -> str:
    held = list(names)
    if len(held) == 1:
        match held[0]:
            case x509.RFC822Name(value=value) | x509.UniformResourceIdentifier(value=value):
                return str(value)
            case x509.OtherName(type_id=type_id, value=value) if type_id == OID_OTHER_NAME:
                return _utf8(value)
    raise NotVerified(_CODE, "exactly one e-mail, URI or Sigstore name is required", got=f"{len(held)} names")


def _issuer(extensions: x509.Extensions) -> str | None:
    found = set()
    for extension in extensions:
        if extension.oid == OID_ISSUER_V1:
            found.add(extension.value.public_bytes().decode("utf-8"))
        elif extension.oid == OID_ISSUER_V2:
            found.add(_utf8(extension.value.public_bytes()))
    if len(found) > 1:
        raise NotVerified(_CODE, "the two issuer extensions do not agree")
    return found.pop() if found else None


def _utf8(der: bytes) -> str:
    try:
        reader = DerReader(der)
        text = reader.octets(_UTF8_STRING).decode("utf-8")
        reader.end()
    except DerError as err:
        raise NotVerified(_CODE, "a name in the certificate is not a UTF8String") from err
    return text


def require_readable(certificates: tuple[bytes, ...]) -> None:
    """Refuse what is no certificate behind the signer's own in a bundle. They are never used, roots among them.

    Bundles 0.1 of early signers bring the whole chain, root included; it leads nowhere, because a path ends only at
    what is pinned.

    Raises:
        NotVerified: `evidence.certificate`: one does not parse.
    """
    for der in certificates:
        try:
            x509.load_der_x509_certificate(der)
        except UNREADABLE as err:
            raise NotVerified(_CODE, "a certificate in the bundle does not parse") from err


def verify_path(leaf: x509.Certificate, at: datetime, root: TrustedRoot, memo: Memo) -> Path:
    """Give the path of a certificate to a pinned authority at a time (steps 1 and 2).

    Certificates that came with the bundle are never used.

    Raises:
        NotVerified: `evidence.certificate`: no pinned authority has issued it, or not for this time; `AfterRevocation` where
            only a revocation takes the one that did.
    """
    for position, authority in enumerate(root.authorities):
        path = _path_to(leaf, at, authority) if authority.window.holds(at) else None
        if path is not None and _leads_on(position, path.issuer, root, memo):
            return path
    ended = next((one.revoked for one in root.authorities if _is_revoked_for(leaf, at, one)), None)
    if ended is not None:
        what, expected = "the authority that issued it is revoked", f"a time before {ended.isoformat()}"
        raise AfterRevocation(_CODE, what, expected=expected, got=at.isoformat(), where="certificate")
    raise NotVerified(
        _CODE,
        "no pinned authority issued the signing certificate for this time",
        got=at.isoformat(),
        where="certificate",
    )


def _leads_on(position: int, issuer: x509.Certificate, root: TrustedRoot, memo: Memo) -> bool:
    # The pinned chain is the same for every certificate under it: its own signatures are verified once in a batch.
    chain = root.authorities[position].chain
    first = chain.index(issuer)
    key = ("authority", root.memo_key, b"%d %d" % (position, first))
    held = memo.get(key, bool)
    return memo.keep(key, is_issued_in_turn(list(chain[first:]))) if held is None else held


@lru_cache(maxsize=64)
def _store(chain: tuple[x509.Certificate, ...]) -> Store:
    return Store(list(chain))


def _path_to(leaf: x509.Certificate, at: datetime, authority: PinnedAuthority) -> Path | None:
    try:
        found = _PATHS.store(_store(authority.chain)).time(at).build_client_verifier().verify(leaf, []).chain
    except (VerificationError, x509.UnsupportedGeneralNameType, ValueError):
        return None
    if len(found) < 2 or found[1] not in authority.chain:
        return None
    path = found[:-1] + list(authority.chain[authority.chain.index(found[-1]) :])
    start = max(authority.window.start, *(each.not_valid_before_utc for each in path))
    end = min(each.not_valid_after_utc for each in path)
    if authority.window.end is not None:
        end = min(end, authority.window.end)
    if not start <= at <= end:
        return None
    return Path(issuer=path[1], authority=authority.uri, start=start, end=end)


def _is_revoked_for(leaf: x509.Certificate, at: datetime, authority: PinnedAuthority) -> bool:
    """Say whether a path would lead to an authority but for its revocation."""
    if authority.revoked is None or at < authority.revoked:
        return False
    return _path_to(leaf, at, replace(authority, window=Window(authority.window.start, None))) is not None


def is_issued_in_turn(chain: list[x509.Certificate]) -> bool:
    """Say whether each certificate is issued by the next one, which may issue; the last is taken as pinned."""
    for child, parent in pairwise(chain):
        try:
            child.verify_directly_issued_by(parent)
            constraints = parent.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (*UNREADABLE, InvalidSignature):
            return False
        if not constraints.ca:
            return False
    return True
