"""Every kind of bundle that signers make is verified; each is refused when it is about something else."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.signing.artifact import ArtifactDigest, artifact_of
from attest.signing.keys import verifying_key
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, Identity, ManagedKey, Signer, Verified, verify_bundle
from tests.support.bundles import V01, Maker, b64
from tests.support.signing import World, make_world, statement

ARTIFACT = b"an artifact\n"
STATEMENT = statement(ARTIFACT)
ENVELOPE_KINDS = [
    ("dsse", "0.0.1"),
    ("dsse", "0.0.2"),
    ("intoto", "0.0.2"),
    ("hashedrekord-pae", "0.0.1"),
    ("hashedrekord-pae", "0.0.2"),
]
ARTIFACT_KINDS = [("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2")]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def message_of(kind: str) -> bytes:
    return ARTIFACT if kind == "hashedrekord" else STATEMENT


def signer_of(maker: Maker) -> Signer:
    key = verifying_key(maker.key.public_key())
    assert key is not None
    world = maker.world
    return ManagedKey(key=key) if maker.managed else Identity(san=world.identity, issuer=world.instance.issuer)


def check(maker: Maker, bundle: dict[str, Any], artifact: ArtifactDigest | None = None) -> Verified:
    root = parse_trusted_root(maker.world.instance.trusted_root)
    return verify_bundle(json.dumps(bundle).encode(), root, signer_of(maker), artifact or artifact_of(ARTIFACT))


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize("kind, version", [*ENVELOPE_KINDS, *ARTIFACT_KINDS])
def test_every_entry_kind_is_verified(world: World, kind: str, version: str, managed: bool) -> None:
    maker = Maker(world, managed=managed)
    found = check(maker, maker.bundle(kind, version, message_of(kind)))
    assert found.identity == (None if managed else world.identity)
    assert found.payload == (None if kind == "hashedrekord" else STATEMENT)
    assert found.tree_size == 1


@pytest.mark.parametrize("kind, version", [*ENVELOPE_KINDS, *ARTIFACT_KINDS])
def test_entry_about_another_message_is_refused(world: World, kind: str, version: str) -> None:
    maker = Maker(world)
    bundle, other = (maker.bundle(kind, version, message_of(kind) + tail) for tail in (b"", b" "))
    material: Any = bundle["verificationMaterial"]
    material["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]  # type: ignore[index]
    with pytest.raises(NotVerified) as caught:
        check(maker, bundle)
    assert caught.value.code == "evidence.entry"


@pytest.mark.parametrize("kind, version", [*ENVELOPE_KINDS, *ARTIFACT_KINDS])
def test_entry_with_another_key_is_refused(world: World, kind: str, version: str) -> None:
    maker, other = Maker(world), Maker(world)
    bundle = maker.bundle(kind, version, message_of(kind))
    signature = bundle.get("messageSignature") or bundle["dsseEnvelope"]["signatures"][0]  # type: ignore[index]
    raw = b64decode(signature.get("signature") or signature.get("sig"))  # type: ignore[union-attr]
    body = other.body(kind, version, message_of(kind), raw)
    material: Any = bundle["verificationMaterial"]
    material["tlogEntries"] = [maker.entry(body, with_set=False)]
    with pytest.raises(NotVerified) as caught:
        check(maker, bundle)
    assert caught.value.code == "evidence.entry"


@pytest.mark.parametrize("kind, version", [("dsse", "0.0.1"), ("hashedrekord", "0.0.1"), ("intoto", "0.0.2")])
def test_entry_timestamp_alone_gives_the_time(world: World, kind: str, version: str) -> None:
    maker = Maker(world)
    found = check(maker, maker.bundle(kind, version, message_of(kind), with_set=True, with_token=False))
    assert [each.source for each in found.times] == ["log"]


def test_no_proved_time_is_refused_for_a_certificate(world: World) -> None:
    maker = Maker(world)
    with pytest.raises(NotVerified) as caught:
        check(maker, maker.bundle("dsse", "0.0.1", STATEMENT, with_token=False))
    assert caught.value.code == "evidence.timestamp"


def test_unsigned_integrated_time_is_no_time(world: World) -> None:
    maker = Maker(world)
    bundle: Any = maker.bundle("dsse", "0.0.1", STATEMENT, with_set=True, with_token=False)
    del bundle["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"]
    with pytest.raises(NotVerified):
        check(maker, bundle)


def test_managed_key_in_no_log_is_verified_and_says_so(world: World) -> None:
    maker = Maker(world, managed=True)
    bundle: Any = maker.bundle("hashedrekord", "0.0.1", ARTIFACT, with_token=False)
    del bundle["verificationMaterial"]["tlogEntries"]
    found = check(maker, bundle)
    assert (found.log_index, found.root) == (None, None)
    assert any(each.name == "inclusion" and not each.checked for each in found.checks)


def test_managed_key_bundle_is_refused_for_an_identity_and_for_another_key(world: World) -> None:
    maker = Maker(world, managed=True)
    raw = json.dumps(maker.bundle("hashedrekord", "0.0.1", ARTIFACT)).encode()
    root = parse_trusted_root(world.instance.trusted_root)
    for signer in (signer_of(Maker(world)), signer_of(Maker(world, managed=True)), AnyIdentity()):
        with pytest.raises(NotVerified):
            verify_bundle(raw, root, signer, artifact_of(ARTIFACT))


def test_certificate_bundle_is_refused_for_a_key(world: World) -> None:
    maker = Maker(world)
    raw = json.dumps(maker.bundle("dsse", "0.0.1", STATEMENT)).encode()
    key = verifying_key(maker.key.public_key())
    assert key is not None
    with pytest.raises(NotVerified):
        verify_bundle(raw, parse_trusted_root(world.instance.trusted_root), ManagedKey(key=key), None)


def test_every_token_must_fall_inside_the_certificate(world: World) -> None:
    at = make_world().clock.now()
    other = World(instance=world.instance, log=world.log, clock=type(world.clock)(at))
    maker = Maker(other)
    bundle: Any = maker.bundle("dsse", "0.0.1", STATEMENT)
    signature = b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"])
    other.clock.at = at + timedelta(minutes=11)
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamps.append({"signedTimestamp": b64(maker.token(signature))})
    with pytest.raises(NotVerified) as caught:
        check(maker, bundle)
    assert caught.value.code == "evidence.certificate"


@pytest.mark.parametrize("offset, good", [(0, True), (-1, False)])
def test_pinned_windows_are_closed_intervals(offset: int, good: bool) -> None:
    at = make_world().clock.now().replace(microsecond=0)
    world = make_world(at)
    maker = Maker(world)
    bundle = maker.bundle("dsse", "0.0.1", STATEMENT, with_set=True)
    for part in ("tlogs", "certificateAuthorities", "timestampAuthorities"):
        root = json.loads(world.instance.trusted_root)
        window = root[part][0]["publicKey"]["validFor"] if part == "tlogs" else root[part][0]["validFor"]
        window["end"] = (at + timedelta(seconds=offset)).isoformat().replace("+00:00", "Z")
        raw = json.dumps(bundle).encode()
        try:
            verify_bundle(raw, parse_trusted_root(json.dumps(root).encode()), signer_of(maker), artifact_of(ARTIFACT))
            verified = True
        except NotVerified:
            verified = False
        assert verified is good, part


def test_trusted_root_without_a_start_is_unreadable(world: World) -> None:
    root = json.loads(world.instance.trusted_root)
    del root["tlogs"][0]["publicKey"]["validFor"]["start"]
    with pytest.raises(CannotVerify) as caught:
        parse_trusted_root(json.dumps(root).encode())
    assert caught.value.code == "trust.unreadable"


def test_same_named_authority_with_another_key_does_not_disturb(world: World) -> None:
    root = json.loads(world.instance.trusted_root)
    decoy = json.loads(make_world().instance.trusted_root)
    root["certificateAuthorities"][:0] = decoy["certificateAuthorities"]
    maker = Maker(world)
    raw = json.dumps(maker.bundle("dsse", "0.0.1", STATEMENT)).encode()
    verify_bundle(raw, parse_trusted_root(json.dumps(root).encode()), signer_of(maker), artifact_of(ARTIFACT))


def test_outer_index_without_entry_timestamp_must_be_the_proofs(world: World) -> None:
    maker = Maker(world)
    bundle: Any = maker.bundle("dsse", "0.0.1", STATEMENT)
    bundle["verificationMaterial"]["tlogEntries"][0]["logIndex"] = "424242"
    with pytest.raises(NotVerified) as caught:
        check(maker, bundle)
    assert caught.value.code == "evidence.inclusion"


def test_old_bundle_with_promise_only_is_verified_and_says_so(world: World) -> None:
    maker = Maker(world)
    bundle: Any = maker.bundle("intoto", "0.0.2", STATEMENT, with_set=True, with_token=False)
    material = bundle["verificationMaterial"]
    bundle["mediaType"] = V01
    material["x509CertificateChain"] = {"certificates": [material.pop("certificate")]}
    del material["tlogEntries"][0]["inclusionProof"]
    found = check(maker, bundle)
    assert found.root is None
    bundle["mediaType"] = V01.replace("0.1", "0.2")
    with pytest.raises(NotVerified):
        check(maker, bundle)


def test_artifact_signature_needs_the_artifact(world: World) -> None:
    maker = Maker(world)
    raw = json.dumps(maker.bundle("hashedrekord", "0.0.1", ARTIFACT)).encode()
    root = parse_trusted_root(world.instance.trusted_root)
    with pytest.raises(InvalidInput):
        verify_bundle(raw, root, signer_of(maker), None)
    with pytest.raises(AttestError):
        verify_bundle(raw, root, signer_of(maker), artifact_of(ARTIFACT + b"!"))
    verify_bundle(raw, root, signer_of(maker), ArtifactDigest(sha256=artifact_of(ARTIFACT).sha256))


@pytest.mark.parametrize("payload_type", ["https://in-toto.io/Statement/v2", None])
def test_payload_that_is_no_known_statement_is_refused(world: World, payload_type: str | None) -> None:
    maker = Maker(world)
    changed = json.loads(STATEMENT)
    changed["_type"] = payload_type
    with pytest.raises(NotVerified) as caught:
        check(maker, maker.bundle("dsse", "0.0.1", json.dumps(changed).encode()))
    assert caught.value.code == "evidence.statement"


def test_root_that_a_bundle_brings_is_never_used(world: World) -> None:
    maker = Maker(world)
    bundle: Any = maker.bundle("dsse", "0.0.1", STATEMENT, with_set=True)
    material = bundle["verificationMaterial"]
    bundle["mediaType"] = V01.replace("0.1", "0.2")
    authority = world.instance.authority
    chain = [material.pop("certificate"), {"rawBytes": b64(authority.certificate.public_bytes(Encoding.DER))}]
    material["x509CertificateChain"] = {"certificates": chain}
    assert check(maker, bundle).identity == world.identity
    chain.append({"rawBytes": b64(authority.root.public_bytes(Encoding.DER))})
    assert check(maker, bundle).identity == world.identity
    unpinned = replace(parse_trusted_root(world.instance.trusted_root), authorities=())
    with pytest.raises(NotVerified) as caught:
        verify_bundle(json.dumps(bundle).encode(), unpinned, signer_of(maker), artifact_of(ARTIFACT))
    assert caught.value.code == "evidence.certificate"
