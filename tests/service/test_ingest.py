"""Bundles signed elsewhere: checked before they are logged, kept byte for byte, and logged once."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from attest.clock import SystemEntropy
from attest.signing.embedded.direct import DirectSigner
from attest.signing.render import render_bundle
from attest.usecases.fsck import FsckDepth, fsck
from tests.independent import naive
from tests.service.conftest import Recorded, Running
from tests.support.signing import World, make_world

pytestmark = pytest.mark.loopback

OTHER = "https://example.test/predicate/v1"
PLANTED = "gh" + "p_" + "7cY4mR9sL1dK6wQ2hV8nT3bX5jF0gZpA4eUo"


@pytest.fixture(scope="module")
def elsewhere(running: Running) -> World:
    """Give another instance, whose root is pinned in the service under test."""
    world = make_world()
    (running.home / "trust" / "elsewhere.json").write_bytes(world.instance.trusted_root)
    return world


def statement(note: str, predicate_type: str = OTHER, **predicate: object) -> bytes:
    subject = {"name": f"artifact {note}", "digest": {"sha256": hashlib.sha256(note.encode()).hexdigest()}}
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": predicate_type,
        "predicate": {"note": note, **predicate},
    }
    return json.dumps(body).encode()


def bundle(world: World, payload: bytes, payload_type: str = "application/vnd.in-toto+json") -> bytes:
    signer = DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())
    leaf = signer.leaf(payload, payload_type)
    return render_bundle(leaf, world.log.append(leaf))


def post(running: Running, raw: bytes) -> tuple[int, dict]:
    reply = running.signed_in.post("/v1/attestations", content=raw)
    return reply.status_code, reply.json()


def size(running: Running) -> int:
    return running.signed_in.get("/v1/logs/default/health").json()["tree_size"]


def test_bundle_is_logged_once_and_given_back_byte_for_byte(running: Running, elsewhere: World) -> None:
    raw = bundle(elsewhere, statement("once"))
    before = size(running)
    status, receipt = post(running, raw)
    assert status == 201
    assert post(running, raw) == (200, receipt)
    assert size(running) == before + 2
    client = running.signed_in
    assert client.get(f"/v1/attestations/{receipt['attestation']}/bundle").content == raw
    read = client.get(f"/v1/attestations/{receipt['attestation']}").json()
    assert (read["identity"], read["signed_elsewhere"]) == (elsewhere.identity, True)
    assert receipt["bundle_sha256"] == hashlib.sha256(raw).hexdigest()


def test_our_leaf_is_over_the_same_envelope_and_in_our_tree(running: Running, elsewhere: World) -> None:
    raw = bundle(elsewhere, statement("our leaf"))
    _, receipt = post(running, raw)
    entry = running.signed_in.get(f"/v1/entries/{receipt['index']}").json()
    proof = running.signed_in.get(f"/v1/entries/{receipt['index']}/proof").json()
    foreign = json.loads(raw)
    envelope = json.loads(base64.b64decode(entry["envelope"]))
    assert envelope["payload"] == foreign["dsseEnvelope"]["payload"]
    assert envelope["signatures"][0]["sig"] == foreign["dsseEnvelope"]["signatures"][0]["sig"]
    assert entry["certificate"] == foreign["verificationMaterial"]["certificate"]["rawBytes"]
    leaf = naive.leaf_hash(base64.b64decode(entry["body"]))
    hashes = [bytes.fromhex(value) for value in proof["hashes"]]
    assert naive.root_from_path(leaf, receipt["index"], proof["tree_size"], hashes).hex() == proof["root"]


def test_same_statement_in_another_bundle_is_the_same_attestation(running: Running, elsewhere: World) -> None:
    raw = bundle(elsewhere, statement("respelled"))
    _, receipt = post(running, raw)
    respelled = json.dumps(json.loads(raw), indent=1).encode()
    assert post(running, respelled) == (200, receipt)
    assert running.signed_in.get(f"/v1/attestations/{receipt['attestation']}/bundle").content == raw


def test_twenty_posts_at_once_of_one_bundle_give_one_entry(running: Running, elsewhere: World) -> None:
    raw = bundle(elsewhere, statement("twenty at once"))
    before = size(running)
    client = running.signed_in
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: client.post("/v1/attestations", content=raw), range(20)))
    assert sorted(reply.status_code for reply in replies) == [200] * 19 + [201]
    assert len({reply.content for reply in replies}) == 1
    assert size(running) == before + 2


def test_own_bundle_comes_back_as_the_receipt_that_is_there(running: Running, recorded: Recorded) -> None:
    raw = running.signed_in.get(f"/v1/attestations/{recorded.receipt['attestation']}/bundle").content
    assert post(running, raw) == (200, recorded.receipt)


def test_bundle_under_an_unpinned_root_is_not_judged_and_not_logged(running: Running) -> None:
    before = size(running)
    status, problem = post(running, bundle(make_world(), statement("unpinned")))
    assert (status, problem["code"]) == (422, "evidence.untrusted")
    assert size(running) == before


def test_forged_proof_of_our_own_log_is_refused(running: Running, recorded: Recorded) -> None:
    raw = running.signed_in.get(f"/v1/attestations/{recorded.receipt['attestation']}/bundle").content
    forged = json.loads(raw)
    forged["dsseEnvelope"]["payload"] = base64.b64encode(statement("forged")).decode()
    status, problem = post(running, json.dumps(forged).encode())
    assert status == 422
    assert problem["code"].startswith("evidence.")


@pytest.mark.parametrize("place", ["payload", "sig", "hashes", "certificate", "token", "note"])
def test_one_changed_value_anywhere_and_nothing_is_logged(running: Running, elsewhere: World, place: str) -> None:
    value = json.loads(bundle(elsewhere, statement(f"tampered {place}")))
    material = value["verificationMaterial"]
    entry = material["tlogEntries"][0]
    match place:
        case "payload":
            value["dsseEnvelope"]["payload"] = base64.b64encode(statement("other")).decode()
        case "sig":
            value["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(b"0" * 70).decode()
        case "hashes":
            entry["inclusionProof"]["hashes"][0] = base64.b64encode(b"0" * 32).decode()
        case "certificate":
            material["certificate"]["rawBytes"] = base64.b64encode(
                elsewhere.instance.authority.root.public_bytes(Encoding.DER)
            ).decode()
        case "token":
            material["timestampVerificationData"]["rfc3161Timestamps"] = []
            entry.pop("inclusionPromise", None)
            entry.pop("integratedTime", None)
        case "note":
            entry["inclusionProof"]["checkpoint"]["envelope"] = "not a note"
    before = size(running)
    status, problem = post(running, json.dumps(value).encode())
    assert (status, problem["code"].partition(".")[0]) == (422, "evidence")
    assert size(running) == before


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'{"mediaType": 1}', b"\xff\xfe", b'{"a":' * 5000, b"x" * 1000]
)
def test_what_is_no_bundle_is_a_problem(running: Running, raw: bytes) -> None:
    status, problem = post(running, raw)
    assert (status, problem["code"]) == (422, "evidence.malformed")


def test_bundle_beyond_the_limit_is_refused(running: Running) -> None:
    assert post(running, b" " * (4 * 1024 * 1024 + 1))[0] == 413


def test_secret_in_a_payload_is_quarantined_and_its_value_is_not_repeated(running: Running, elsewhere: World) -> None:
    raw = bundle(elsewhere, statement("leaky", key=PLANTED))
    before = size(running)
    reply = running.signed_in.post("/v1/attestations", content=raw)
    assert (reply.status_code, reply.json()["code"]) == (422, "redaction.quarantined")
    assert PLANTED not in reply.text
    assert PLANTED not in running.log.getvalue()
    assert size(running) == before
    for path in running.home.rglob("*"):
        assert not path.is_file() or base64.b64encode(PLANTED.encode())[4:-4] not in path.read_bytes(), path


def _own_statement(running: Running, recorded: Recorded) -> dict:
    return running.signed_in.get(f"/v1/attestations/{recorded.receipt['attestation']}").json()["statement"]


def test_session_statement_is_taken_only_whole_and_closed(
    running: Running, recorded: Recorded, elsewhere: World
) -> None:
    text = json.dumps(_own_statement(running, recorded)).replace(recorded.oid, "ce" * 20)
    told = json.loads(text.replace(recorded.receipt["session"], "ses_01HAAAAAAAAAAAAAAAAAAAAAAA"))
    for name, value in (("mood", "good"), ("capture", {}), ("nonce", "short")):
        wrong = told | {"predicate": told["predicate"] | {name: value}}
        status, problem = post(running, bundle(elsewhere, json.dumps(wrong).encode()))
        assert (status, problem["code"]) == (422, "evidence.statement")
    status, receipt = post(running, bundle(elsewhere, json.dumps(told).encode()))
    assert (status, receipt["session"]) == (201, "ses_01HAAAAAAAAAAAAAAAAAAAAAAA")
    kept = told | {"predicate": told["predicate"] | {"extensions": {"mood": "good"}}}
    assert post(running, bundle(elsewhere, json.dumps(kept).encode()))[0] == 201
    # Its parts are elsewhere: the statement is told of, and no words are made up.
    assert running.signed_in.get(f"/v1/sessions/{receipt['session']}").status_code == 200
    assert running.signed_in.get(f"/v1/sessions/{receipt['session']}/events").status_code == 404
    answer = running.signed_in.get("/v1/commits/" + "ce" * 20).json()
    assert answer["sessions"] == [receipt["session"]]


def test_another_identity_may_not_tell_of_a_session_that_is_logged(
    running: Running, recorded: Recorded, elsewhere: World
) -> None:
    told = _own_statement(running, recorded)
    told["predicate"]["extensions"] = {"about": "another signer"}
    before = size(running)
    status, problem = post(running, bundle(elsewhere, json.dumps(told).encode()))
    assert (status, problem["code"]) == (422, "evidence.identity")
    assert size(running) == before


@pytest.mark.parametrize("name", ["index/v1", "log/v1", "erasure/v1", "session/v2"])
def test_predicates_that_only_we_write_are_not_taken_from_outside(
    running: Running, elsewhere: World, name: str
) -> None:
    status, problem = post(running, bundle(elsewhere, statement(name, "https://whereof.dev/attestation/" + name)))
    assert (status, problem["code"]) == (422, "evidence.unsupported")


def test_other_payload_types_are_not_taken(running: Running, elsewhere: World) -> None:
    status, problem = post(running, bundle(elsewhere, b"{}", "text/plain"))
    assert (status, problem["code"]) == (422, "evidence.unsupported")


def test_root_that_does_not_parse_stops_ingest_and_is_named_as_such(
    running: Running, elsewhere: World, tmp_path: Path
) -> None:
    broken = running.home / "trust" / "zz-broken.json"
    broken.write_bytes(b"{")
    try:
        status, problem = post(running, bundle(elsewhere, statement("broken root")))
    finally:
        broken.unlink()
    assert (status, problem["code"]) == (503, "trust.unreadable")


def test_log_with_bundles_from_elsewhere_still_adds_up(running: Running, recorded: Recorded, elsewhere: World) -> None:
    assert recorded
    assert post(running, bundle(elsewhere, statement("audited")))[0] == 201
    instance = running.app.state.service.instance
    result = fsck(instance, FsckDepth(signatures=True), on_progress=lambda _at, _of: None)
    assert result.problems == ()
    assert result.tree_size > 2
