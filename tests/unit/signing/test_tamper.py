"""Whatever is changed in a bundle, sigstore-python and our verifier refuse it both; unchanged, both accept it."""

from __future__ import annotations

import copy
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sigstore.errors import Error as SigstoreError
from sigstore.models import Bundle as StockBundle
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier, policy

from attest.errors import CannotVerify, NotVerified
from attest.signing.artifact import artifact_of
from attest.signing.memo import Memo
from attest.signing.sigstore import EmbeddedSigner
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from tests.support.bundles import Maker, b64
from tests.support.signing import World, make_world, statement

ARTIFACT = b"an artifact\n"
Tamper = Callable[[Any, Any, World], None]


@dataclass
class Signed:
    world: World
    bundle: Any
    other: Any
    """Another good bundle of the same instance and signer."""
    foreign: Any
    """A good bundle of another instance."""


@pytest.fixture(scope="module")
def signed() -> Signed:
    world, elsewhere = make_world(), make_world()

    def sign(where: World, artifact: bytes) -> Any:
        signer = EmbeddedSigner(instance=where.instance, log=where.log, clock=where.clock, identity=where.identity)
        for filler in range(3):
            signer.sign(statement(b"filler %d" % filler))
        return json.loads(signer.sign(statement(artifact)).bundle_json)

    return Signed(world, sign(world, ARTIFACT), sign(world, b"other"), sign(elsewhere, ARTIFACT))


def stock_accepts(world: World, raw: bytes) -> bool:
    config = ClientTrustConfig.from_json(world.instance.trust_config("https://x.invalid").decode())
    who = policy.Identity(identity=world.identity, issuer=world.instance.issuer)
    try:
        kind, _ = Verifier(trusted_root=config.trusted_root).verify_dsse(StockBundle.from_json(raw), who)
    except (SigstoreError, ValueError):
        return False
    return kind == "application/vnd.in-toto+json"


def we_accept(world: World, raw: bytes, memo: Memo | None = None) -> bool:
    who = Identity(san=world.identity, issuer=world.instance.issuer)
    root = parse_trusted_root(world.instance.trusted_root)
    try:
        verify_bundle(raw, root, who, artifact_of(ARTIFACT), memo=memo)
    except (NotVerified, CannotVerify):
        return False
    return True


def flip(text: str, at: int = 0) -> str:
    raw = bytearray(b64decode(text))
    raw[at] ^= 1
    return b64(bytes(raw))


def entry(bundle: Any) -> Any:
    return bundle["verificationMaterial"]["tlogEntries"][0]


def proof(bundle: Any) -> Any:
    return entry(bundle)["inclusionProof"]


def envelope(bundle: Any) -> Any:
    return bundle["dsseEnvelope"]


def payload(b: Any, o: Any, w: World) -> None:
    envelope(b)["payload"] = flip(envelope(b)["payload"], 40)


def payload_of_another(b: Any, o: Any, w: World) -> None:
    envelope(b)["payload"] = envelope(o)["payload"]


def payload_type(b: Any, o: Any, w: World) -> None:
    envelope(b)["payloadType"] = "text/plain"


def signature(b: Any, o: Any, w: World) -> None:
    envelope(b)["signatures"][0]["sig"] = flip(envelope(b)["signatures"][0]["sig"], -1)


def signature_of_another(b: Any, o: Any, w: World) -> None:
    envelope(b)["signatures"] = envelope(o)["signatures"]


def certificate_of_another(b: Any, o: Any, w: World) -> None:
    b["verificationMaterial"]["certificate"] = o["verificationMaterial"]["certificate"]


def certificate_bit(b: Any, o: Any, w: World) -> None:
    held = b["verificationMaterial"]["certificate"]
    held["rawBytes"] = flip(held["rawBytes"], -1)


def certificate_sct(b: Any, o: Any, w: World) -> None:
    """Another SCT inside, signed over nothing of ours, in a certificate that the authority did sign."""
    authority = copy.copy(w.instance.authority)
    object.__setattr__(authority, "ct_key", make_world().instance.authority.ct_key)
    maker = Maker(w)
    maker.certificate = authority.issue(
        maker.key.public_key(), identity=w.identity, issuer=w.instance.issuer, now=w.clock.now()
    )
    b.clear()
    b.update(maker.bundle("dsse", "0.0.1", statement(ARTIFACT)))


def token_of_another(b: Any, o: Any, w: World) -> None:
    data = "timestampVerificationData"
    b["verificationMaterial"][data] = o["verificationMaterial"][data]


def token_bit(b: Any, o: Any, w: World) -> None:
    stamp = b["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
    stamp["signedTimestamp"] = flip(stamp["signedTimestamp"], -1)


def promise(b: Any, o: Any, w: World) -> None:
    held = entry(b)["inclusionPromise"]
    held["signedEntryTimestamp"] = flip(held["signedEntryTimestamp"], -1)


def integrated_time(b: Any, o: Any, w: World) -> None:
    entry(b)["integratedTime"] = str(int(entry(b)["integratedTime"]) + 1)


def outer_index(b: Any, o: Any, w: World) -> None:
    entry(b)["logIndex"] = str(int(entry(b)["logIndex"]) + 1)


def proof_hash(b: Any, o: Any, w: World) -> None:
    proof(b)["hashes"][0] = flip(proof(b)["hashes"][0])


def proof_shorter(b: Any, o: Any, w: World) -> None:
    proof(b)["hashes"].pop()


def proof_index(b: Any, o: Any, w: World) -> None:
    proof(b)["logIndex"] = str(int(proof(b)["logIndex"]) - 1)


def tree_size(b: Any, o: Any, w: World) -> None:
    """The same path length, another size: the checkpoint says otherwise."""
    proof(b)["treeSize"] = str(int(proof(b)["treeSize"]) + 2)


def tree_root(b: Any, o: Any, w: World) -> None:
    proof(b)["rootHash"] = flip(proof(b)["rootHash"])


def note_origin(b: Any, o: Any, w: World) -> None:
    note = proof(b)["checkpoint"]
    note["envelope"] = "x" + note["envelope"]


def note_hint(b: Any, o: Any, w: World) -> None:
    head, _, line = proof(b)["checkpoint"]["envelope"].rstrip("\n").rpartition(" ")
    proof(b)["checkpoint"]["envelope"] = f"{head} {flip(line)}\n"


def note_signature(b: Any, o: Any, w: World) -> None:
    head, _, line = proof(b)["checkpoint"]["envelope"].rstrip("\n").rpartition(" ")
    proof(b)["checkpoint"]["envelope"] = f"{head} {flip(line, -1)}\n"


def note_of_another(b: Any, o: Any, w: World) -> None:
    proof(b)["checkpoint"] = proof(o)["checkpoint"]


def no_checkpoint(b: Any, o: Any, w: World) -> None:
    del proof(b)["checkpoint"]


def no_proof(b: Any, o: Any, w: World) -> None:
    del entry(b)["inclusionProof"]


def body_of_another(b: Any, o: Any, w: World) -> None:
    entry(b)["canonicalizedBody"] = entry(o)["canonicalizedBody"]


def entry_of_another(b: Any, o: Any, w: World) -> None:
    b["verificationMaterial"]["tlogEntries"] = o["verificationMaterial"]["tlogEntries"]


def two_entries(b: Any, o: Any, w: World) -> None:
    b["verificationMaterial"]["tlogEntries"] *= 2


def no_entries(b: Any, o: Any, w: World) -> None:
    b["verificationMaterial"]["tlogEntries"] = []


def two_signatures(b: Any, o: Any, w: World) -> None:
    envelope(b)["signatures"] *= 2


def no_signatures(b: Any, o: Any, w: World) -> None:
    envelope(b)["signatures"] = []


def empty_signature(b: Any, o: Any, w: World) -> None:
    envelope(b)["signatures"][0]["sig"] = ""


def same_token_twice(b: Any, o: Any, w: World) -> None:
    b["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] *= 2


def no_times(b: Any, o: Any, w: World) -> None:
    del b["verificationMaterial"]["timestampVerificationData"]
    del entry(b)["inclusionPromise"]


def unknown_field(b: Any, o: Any, w: World) -> None:
    b["extra"] = True


def unknown_version(b: Any, o: Any, w: World) -> None:
    b["mediaType"] = b["mediaType"].replace("v0.3", "v9.9")


TAMPERS: list[Tamper] = [
    *(payload, payload_of_another, payload_type, signature, signature_of_another),
    *(certificate_of_another, certificate_bit, certificate_sct),
    *(promise, integrated_time, outer_index, proof_hash, proof_shorter, proof_index, tree_root),
    *(note_origin, note_hint, note_signature, note_of_another, no_checkpoint, no_proof),
    *(body_of_another, entry_of_another, two_entries, no_entries, two_signatures, no_signatures),
    *(tree_size, empty_signature, same_token_twice, no_times, unknown_field, unknown_version),
]


def foreign_token_beside_a_promise(b: Any, o: Any, w: World) -> None:
    raw = b64decode(envelope(b)["signatures"][0]["sig"])
    stamp = {"signedTimestamp": b64(Maker(make_world()).token(raw))}
    b["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}


def unsigned_outer_index(b: Any, o: Any, w: World) -> None:
    del entry(b)["inclusionPromise"]
    del entry(b)["integratedTime"]
    entry(b)["logIndex"] = "424242"


def test_untouched_bundle_is_accepted_by_both(signed: Signed) -> None:
    raw = json.dumps(signed.bundle).encode()
    assert stock_accepts(signed.world, raw)
    assert we_accept(signed.world, raw)


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda each: each.__name__)
def test_changed_bundle_is_refused_by_both(signed: Signed, tamper: Tamper) -> None:
    bundle, memo = copy.deepcopy(signed.bundle), Memo()
    assert we_accept(signed.world, json.dumps(bundle).encode(), memo)
    tamper(bundle, signed.other, signed.world)
    raw = json.dumps(bundle).encode()
    assert not we_accept(signed.world, raw)
    assert not we_accept(signed.world, raw, memo), "a memo must not change an outcome"
    assert not stock_accepts(signed.world, raw)


@pytest.mark.parametrize(
    "tamper",
    [foreign_token_beside_a_promise, token_of_another, token_bit, unsigned_outer_index],
    ids=lambda each: each.__name__,
)
def test_we_refuse_what_the_stock_verifier_lets_pass(signed: Signed, tamper: Tamper) -> None:
    bundle = copy.deepcopy(signed.bundle)
    tamper(bundle, signed.other, signed.world)
    raw = json.dumps(bundle).encode()
    assert stock_accepts(signed.world, raw), "sigstore-python refuses it now: move it to TAMPERS"
    assert not we_accept(signed.world, raw)


def test_bundle_of_another_instance_is_refused_by_both(signed: Signed) -> None:
    raw = json.dumps(signed.foreign).encode()
    assert not stock_accepts(signed.world, raw)
    assert not we_accept(signed.world, raw)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + "x", str.upper], ids=["cut", "longer", "case"]
)
def test_identity_matches_whole(signed: Signed, change: Callable[[str], str]) -> None:
    raw = json.dumps(signed.bundle).encode()
    root = parse_trusted_root(signed.world.instance.trusted_root)
    for who in (
        Identity(san=change(signed.world.identity), issuer=signed.world.instance.issuer),
        Identity(san=signed.world.identity, issuer=change(signed.world.instance.issuer)),
    ):
        with pytest.raises(NotVerified) as caught:
            verify_bundle(raw, root, who, None)
        assert caught.value.code == "evidence.identity"


def test_every_flipped_byte_of_the_token_is_refused(signed: Signed) -> None:
    """Steps through the token: each bit of it is under a hash, a signature, or the strict form."""
    bundle = copy.deepcopy(signed.bundle)
    stamp = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
    original = stamp["signedTimestamp"]
    accepted = []
    for at in range(0, len(b64decode(original)), 7):
        stamp["signedTimestamp"] = flip(original, at)
        if we_accept(signed.world, json.dumps(bundle).encode()):
            accepted.append(at)
    # The one part outside signature and hash: the digest algorithm list, a hint that nothing rests on.
    assert len(accepted) <= 3, accepted
