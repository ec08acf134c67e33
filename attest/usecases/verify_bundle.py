"""Verify one bundle for whoever names everything: artifact, trust root, and the signer as identity or key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.evidence.locate import read_named
from attest.signing.artifact import artifact_from, artifact_of, parse_artifact_digest
from attest.signing.keys import key_from_pem
from attest.signing.revocation import parse_revocations, without_revoked
from attest.signing.timestamp import RevokedStamp
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, ManagedKey, verify_bundle

if TYPE_CHECKING:
    from datetime import datetime

    from attest.signing.artifact import ArtifactDigest
    from attest.signing.trust import TrustedRoot
    from attest.signing.verify import Signer, Verified

MAX_ARTIFACT_IN_MEMORY_BYTES: Final = 64 * 1024 * 1024
"""Larger artifacts are known by their digests alone, which an Ed25519 key that signed content cannot be checked by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """The arguments, as given."""

    artifact: str
    bundle: Path
    trusted_root: Path
    identity: str | None
    issuer: str | None
    key: Path | None
    revocations: Path | None = None
    """Which authorities are revoked, as the operator handed it out."""
    known_outside: datetime | None = None
    """When somebody outside knew it, as whoever asks has checked: stamps by a key revoked from later on count then."""


def verify_one_bundle(request: BundleRequest) -> Verified:
    """Verify and give what holds.

    Raises:
        InvalidInput: `input.usage`, neither identity with issuer nor key, or both; a file that is not there.
        CannotVerify: the trust root or the revocations cannot be read; `evidence.revoked`.
        NotVerified: any check failed, or the bundle does not parse.
    """
    signer = _signer(request)
    root = _root(request)
    artifact = _artifact(request.artifact)
    bundle = read_named(request.bundle)
    try:
        verified = verify_bundle(bundle.data, root, signer, artifact)
    except RevokedStamp:
        raise
    except CannotVerify as err:
        # Whoever asks about one bundle asks whether to rely on it: what this verifier does not know fails.
        raise NotVerified(err.code, err.what, expected=err.expected, got=err.got, where=err.where) from err
    return verified


def _signer(request: BundleRequest) -> Signer:
    by_identity = request.identity is not None and request.issuer is not None
    if by_identity == (request.key is not None) or (request.identity is None) != (request.issuer is None):
        raise InvalidInput("input.usage", "name the signer: --identity with --issuer, or --key")
    if request.key is not None:
        try:
            return ManagedKey(key=key_from_pem(request.key.read_bytes()))
        except (OSError, AttestError) as err:
            raise InvalidInput("input.malformed", "the key cannot be read", where=str(request.key)) from err
    return Identity(san=request.identity or "", issuer=request.issuer or "")


def _root(request: BundleRequest) -> TrustedRoot:
    path = request.trusted_root
    try:
        root = parse_trusted_root(path.read_bytes())
    except (OSError, AttestError) as err:
        raise CannotVerify("trust.unreadable", str(err), where=str(path)) from err
    if request.revocations is None:
        return root
    revoked = parse_revocations(read_named(request.revocations).data)
    return without_revoked(root, revoked, known_outside=request.known_outside)


def _artifact(text: str) -> ArtifactDigest:
    path = Path(text)
    try:
        if text.startswith("sha256:") and not path.exists():
            return parse_artifact_digest(text)
        if path.stat().st_size <= MAX_ARTIFACT_IN_MEMORY_BYTES:
            return artifact_of(path.read_bytes())
        with path.open("rb") as file:
            return artifact_from(file)
    except OSError as err:
        raise InvalidInput("input.not-found", where=text) from err
