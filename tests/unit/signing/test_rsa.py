"""RSA, which is in no vector because its keys do not come out of a label: signer, time stamp, log."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from attest.errors import InvalidInput, NotVerified
from attest.signing.artifact import ArtifactDigest, artifact_of
from attest.signing.keys import key_from_pem
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, ManagedKey, verify_bundle
from tests.support.stock import stock_passes
from tools import make_bundle_vectors
from tools.bundle_cases import ARTIFACT, GOOD, STATEMENT, Case
from tools.bundle_keys import Key, stamper
from tools.bundle_world import IDENTITY, ISSUER, Place


class RsaKey(Key):
    """A new RSA key."""

    def __init__(self, bits: int = 2048) -> None:
        super().__init__("rsa")
        self.kind = "rsa"
        self.rsa = rsa.generate_private_key(65537, bits)
        self.private = self.rsa  # type: ignore[assignment]

    def sign(self, message: bytes) -> bytes:
        return self.rsa.sign(message, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("kind", ["hashedrekord", "dsse"])
def test_managed_rsa_key_is_verified_with_the_artifact_and_by_its_digest(kind: str) -> None:
    place = Place(signing=RsaKey(), managed=True)
    message = ARTIFACT if kind == "hashedrekord" else STATEMENT
    case = Case(name="rsa", bundle=place.bundle(kind, "0.0.1", message), root=place.trusted_root(), verdict=GOOD)
    root = parse_trusted_root(make_bundle_vectors.root_bytes(case))
    signer = ManagedKey(key=key_from_pem(place.signing.pem))
    for artifact in (artifact_of(ARTIFACT), ArtifactDigest(sha256=artifact_of(ARTIFACT).sha256)):
        assert verify_bundle(case.raw, root, signer, artifact).identity is None
    with pytest.raises(NotVerified):
        verify_bundle(case.raw, root, ManagedKey(key=key_from_pem(RsaKey().pem)), artifact_of(ARTIFACT))


def test_short_rsa_key_is_not_taken() -> None:
    with pytest.raises(InvalidInput):
        key_from_pem(RsaKey(1024).pem)


def test_time_stamp_by_an_rsa_authority_is_verified_by_both() -> None:
    place = Place()
    place.tsa_key = RsaKey()
    place.tsa = stamper(place.tsa_key, place.tsa_root_key)
    made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    case = Case(name="rsa", bundle=made, root=place.trusted_root(), verdict=GOOD)
    root = parse_trusted_root(make_bundle_vectors.root_bytes(case))
    found = verify_bundle(case.raw, root, Identity(san=IDENTITY, issuer=ISSUER), artifact_of(ARTIFACT))
    assert [each.source for each in found.times] == ["timestamp-authority"]
    assert stock_passes(case)
