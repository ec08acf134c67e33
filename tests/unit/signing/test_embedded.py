"""The embedded Sigstore: keys are made once, tokens and stamps are checked, names stay pseudonyms."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import rfc3161_client
from cryptography import x509
from sigstore.models import Bundle as StockBundle
from sigstore.oidc import IdentityToken

from attest.clock import SystemEntropy
from attest.errors import AttestError, InvalidInput, NotVerified, Refused
from attest.ledger.checkpoint import open_c2sp_note, open_sigstore_note
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.model.ports import LeafParts, LogReceipt
from attest.signing.artifact import artifact_of
from attest.signing.dsse import encode_envelope, pae, parse_envelope
from attest.signing.embedded.actor import actor_uri, is_disclosed
from attest.signing.embedded.ca import spki
from attest.signing.embedded.direct import DirectSigner
from attest.signing.embedded.instance import open_instance
from attest.signing.embedded.tsa import POLICY_OID, parse_request
from attest.signing.entry import certificate_of
from attest.signing.render import render_bundle
from attest.signing.sigstore import EmbeddedSigner, _LogPort, _TimestampPort
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from tests.support.signing import MemoryKeyRing, SettableClock, World, make_world, statement

ARTIFACT = b"an artifact\n"


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def direct(world: World) -> DirectSigner:
    return DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())


def embedded(world: World) -> EmbeddedSigner:
    return EmbeddedSigner(instance=world.instance, log=world.log, clock=world.clock, identity=world.identity)


def verified_identity(world: World, raw: bytes) -> str | None:
    who = Identity(san=world.identity, issuer=world.instance.issuer)
    return verify_bundle(raw, parse_trusted_root(world.instance.trusted_root), who, artifact_of(ARTIFACT)).identity


def test_instance_is_the_same_after_restart() -> None:
    ring, clock = MemoryKeyRing(), SettableClock()
    first = open_instance(ring, clock, SystemEntropy())
    second = open_instance(ring, clock, SystemEntropy(), origin="another.example/logs/x")
    assert second.trusted_root == first.trusted_root
    assert second.log.origin == first.log.origin == f"{first.host}/logs/default"


def test_origin_is_taken_at_first_start() -> None:
    instance = open_instance(MemoryKeyRing(), SettableClock(), SystemEntropy(), origin="log.example/logs/x")
    assert instance.log.origin == "log.example/logs/x"
    assert json.loads(instance.trusted_root)["tlogs"][0]["baseUrl"] == "https://log.example/logs/x"


def test_lost_key_stops_the_instance_instead_of_making_a_new_one() -> None:
    ring = MemoryKeyRing()
    open_instance(ring, SettableClock(), SystemEntropy())
    del ring.secrets["sigstore/log.key"]
    with pytest.raises(Refused) as caught:
        open_instance(ring, SettableClock(), SystemEntropy())
    assert caught.value.code == "key.missing"


def test_directly_signed_leaf_is_verified_like_the_stock_signers(world: World) -> None:
    leaf = direct(world).leaf(statement(ARTIFACT))
    raw = render_bundle(leaf, world.log.append(leaf))
    assert verified_identity(world, raw) == world.identity
    StockBundle.from_json(raw)


def test_bundle_from_the_log_is_the_bundle_of_the_stock_signer(world: World) -> None:
    signed = embedded(world).sign(statement(ARTIFACT))
    stock = json.loads(StockBundle.from_json(signed.bundle_json).to_json())
    assert json.loads(signed.bundle_json) == stock
    assert render_bundle(signed.leaf, signed.receipt) == signed.bundle_json


def test_no_entry_timestamp_after_the_certificate_expired() -> None:
    at = make_world().clock.now()
    world = make_world(at)
    leaf = direct(world).leaf(statement(ARTIFACT))
    world.clock.at = at + timedelta(hours=3)
    receipt = world.log.append(leaf)
    assert (receipt.integrated_time, receipt.set_signature) == (None, None)
    assert verified_identity(world, render_bundle(leaf, receipt)) == world.identity


def test_proof_at_a_later_tree_size_is_verified(world: World) -> None:
    signed = embedded(world).sign(statement(ARTIFACT))
    for _ in range(5):
        world.log.append(direct(world).leaf(statement(b"later")))
    old = signed.receipt
    later = world.log.receipt(old.index, old.integrated_time, old.set_signature)
    assert later.tree_size == old.tree_size + 5
    assert verified_identity(world, render_bundle(signed.leaf, later)) == world.identity


def test_entry_without_our_token_is_never_logged(world: World) -> None:
    stamps = _TimestampPort(world.instance, world.clock, SystemEntropy())
    port, before = _LogPort(world.log, stamps), len(world.log.leaves)
    leaf = direct(world).leaf(statement(ARTIFACT))
    certificate = x509.load_der_x509_certificate(leaf.certificate)

    class Envelope:
        def to_json(self) -> str:
            return leaf.envelope.decode()

    with pytest.raises(Refused):
        port.create_entry(port._build_dsse_request(Envelope(), certificate))  # type: ignore[arg-type]
    stamps.request_timestamp(b"another signature")
    with pytest.raises(Refused):
        port.create_entry(port._build_dsse_request(Envelope(), certificate))  # type: ignore[arg-type]
    assert len(world.log.leaves) == before


def test_stock_signer_still_calls_our_ports_in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    # A spy, not a fake: the order in which sigstore-python calls our own methods is the contract pinned here.
    for owner, name in (
        (_LogPort, "_build_dsse_request"),
        (_TimestampPort, "request_timestamp"),
        (_LogPort, "create_entry"),
    ):
        original = getattr(owner, name)

        def spy(
            self: object, *args: object, _name: str = name, _original: object = original, **named: object
        ) -> object:
            calls.append(_name)
            return _original(self, *args, **named)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, spy)
    embedded(world).sign(statement(ARTIFACT))
    assert calls == ["_build_dsse_request", "request_timestamp", "create_entry"]


def test_statement_that_the_stock_client_refuses_is_refused_before_anything_is_logged(world: World) -> None:
    raw = json.loads(statement(ARTIFACT))
    raw["subject"][0]["digest"] = {"gitCommit": "0" * 40}
    before = len(world.log.leaves)
    with pytest.raises(InvalidInput):
        embedded(world).sign(json.dumps(raw).encode())
    assert len(world.log.leaves) == before


def test_both_notes_of_a_head_open_under_their_keys(world: World) -> None:
    heads = world.instance.log.sign_heads(3, hashlib.sha256(b"root").digest())
    origin = world.instance.log.origin
    p256 = NoteKey(
        name=origin, algorithm=NoteAlgorithm.ECDSA_P256, public=spki(world.instance.log.note_key.public_key())
    )
    assert open_sigstore_note(heads.sigstore, p256).size == 3
    assert open_c2sp_note(heads.c2sp, decode_vkey(world.instance.log.verifier_key))[0].origin == origin
    assert heads.sigstore.startswith(f"{origin} - 1\n")


def test_log_statements_carry_the_service_identity_and_no_token(world: World) -> None:
    first, second = (world.instance.log.sign_statement(statement(b"log")) for _ in range(2))
    assert first.token is None
    assert first.certificate == second.certificate == certificate_of(first.body), "the certificate is kept"
    names = x509.load_der_x509_certificate(first.certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert list(names.value) == [x509.UniformResourceIdentifier(f"{world.instance.issuer}/service/log")]


def test_log_statements_are_never_bundles(world: World) -> None:
    leaf = world.instance.log.sign_statement(statement(b"log"))
    with pytest.raises(ValueError, match="never handed out"):
        render_bundle(leaf, world.log.append(leaf))


def test_first_entry_is_never_a_bundle(world: World) -> None:
    leaf = direct(world).leaf(statement(ARTIFACT))
    receipt = world.log.append(leaf)
    zero = LogReceipt(**{name: getattr(receipt, name) for name in receipt.__slots__ if name != "index"}, index=0)
    with pytest.raises(ValueError, match="never handed out"):
        render_bundle(leaf, zero)


def test_identity_token_is_accepted_by_the_stock_client_and_by_us(world: World) -> None:
    tokens, now = world.instance.tokens, world.clock.now()
    token = tokens.issue(world.identity, now=now)
    assert IdentityToken(token).identity == world.identity
    assert tokens.subject_of(token, now=now) == world.identity
    assert tokens.issuer == f"https://{world.instance.host}"


def test_identity_token_is_refused_when_changed_expired_or_foreign(world: World) -> None:
    tokens, now = world.instance.tokens, world.clock.now()
    token = tokens.issue(world.identity, now=now)
    head, claims, signature = token.split(".")
    foreign = make_world().instance.tokens.issue(world.identity, now=now)
    for bad in (
        f"{head}.{claims}.{signature[::-1]}",
        f"{head}.{claims}",
        foreign,
        "a.b.c",
        f"{head}.{head}.{signature}",
    ):
        with pytest.raises(NotVerified):
            tokens.subject_of(bad, now=now)
    with pytest.raises(NotVerified):
        tokens.subject_of(token, now=now + timedelta(hours=1))


def test_stamp_answers_a_request_of_another_client(world: World) -> None:
    request = rfc3161_client.TimestampRequestBuilder().data(b"message").nonce(nonce=True).build()
    answer = world.instance.tsa.respond(parse_request(request.as_bytes()), now=world.clock.now(), serial=1 << 127)
    found = rfc3161_client.decode_timestamp_response(answer)
    verifier = (
        rfc3161_client.VerifierBuilder.from_request(request)
        .tsa_certificate(world.instance.tsa.certificate)
        .add_root_certificate(world.instance.tsa.root)
        .build()
    )
    assert verifier.verify_message(found, b"message")
    assert found.tst_info.policy.dotted_string == POLICY_OID
    assert not POLICY_OID.startswith("1.3.6.1.4.1.57264"), "never an OID of Sigstore's own arc"


@pytest.mark.parametrize("raw", [b"", b"0\x00", b"\x30\x80", b"\x30\x03\x02\x01\x01", b"0" * 5000], ids=range(5))
def test_malformed_stamp_request_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_request(raw)


def test_pseudonym_hides_the_name_until_the_salt_is_disclosed() -> None:
    salt = b"s" * 16
    uri = actor_uri("x.whereof.invalid", salt, issuer="https://idp.test", subject="ada")
    assert is_disclosed(uri, "x.whereof.invalid", salt, issuer="https://idp.test", subject="ada")
    for other in (("https://idp.test", "adb"), ("https://idp.tes", "tada")):
        assert not is_disclosed(uri, "x.whereof.invalid", salt, issuer=other[0], subject=other[1])
    assert not is_disclosed(uri, "x.whereof.invalid", b"t" * 16, issuer="https://idp.test", subject="ada")
    with pytest.raises(ValueError, match="salt"):
        actor_uri("x.whereof.invalid", b"short", issuer="https://idp.test", subject="ada")


def test_envelope_round_trip_and_pae() -> None:
    parsed = parse_envelope(encode_envelope(b"{}", b"sig", "text/é"))
    assert (parsed.payload, parsed.signature, parsed.payload_type) == (b"{}", b"sig", "text/é")
    assert pae("text/é", b"{}") == "DSSEv1 7 text/é 2 {}".encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"payload":"e30=","payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}]}',
        b'{"payload":"e30","payloadType":"t","signatures":[{"sig":"AA=="}]}',
        b'{"payload":"e31=","payloadType":"t","signatures":[{"sig":"AA=="}]}',
        b'{"payload":"e30=\\n","payloadType":"t","signatures":[{"sig":"AA=="}]}',
        b'{"payload":"e30=","payloadType":"t","signatures":[{"sig":""}]}',
        b'{"payload":"e30=","payloadType":"t","signatures":[]}',
        b'{"payload":"e30=","payloadType":1,"signatures":[{"sig":"AA=="}]}',
        b'{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}],"x":1}',
        b'{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}],"x":NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"\xff":1}',
    ],
    ids=range(15),
)
def test_malformed_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        parse_envelope(raw)
    assert caught.value.code == "evidence.malformed"
    assert isinstance(caught.value, AttestError)


def test_leaf_parts_are_all_that_a_bundle_needs(world: World) -> None:
    leaf = direct(world).leaf(statement(ARTIFACT))
    receipt = world.log.append(leaf)
    again = LeafParts(body=leaf.body, envelope=leaf.envelope, certificate=leaf.certificate, token=leaf.token)
    assert render_bundle(leaf, receipt) == render_bundle(again, receipt)
