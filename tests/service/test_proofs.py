"""What the service says can be checked with nothing of it: bundles, entries, proofs and tiles, against naive code."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_der_x509_certificate

from attest.client import fetch_answer, parse_server
from attest.errors import CannotVerify
from attest.evidence.complete_answer import read_answer
from attest.evidence.trust import PinnedRoot
from attest.ledger.index import KeyKind
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from tests.independent import naive
from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

NOBODY = "0123456789abcdef0123456789abcdef01234567"


def _key(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{value}".encode()).digest()


def _log_key(running: Running) -> bytes:
    """Give the 32 bytes of the log's Ed25519 key, as someone who pinned its vkey has them."""
    vkey = running.app.state.service.instance.services.log.verifier_key
    return base64.b64decode(vkey.split("+", 2)[2])[1:]


def _head(running: Running, note: str) -> tuple[int, bytes]:
    origin = running.app.state.service.instance.services.log.origin
    name, size, root = naive.open_note(note, origin, _log_key(running), spki=False)
    assert name == origin
    return size, root


@pytest.mark.parametrize("kind", ["recorded", "absent"])
def test_naive_code_proves_the_list_complete_from_the_answer_alone(
    running: Running, recorded: Recorded, kind: str
) -> None:
    oid = recorded.oid if kind == "recorded" else NOBODY
    body = running.signed_in.get(f"/v1/commits/{oid}", params={"proof": "complete"}).json()
    proof = body["completeness"]
    size, root = _head(running, proof["checkpoint"])
    assert (size, root.hex()) == (proof["as_of"]["tree_size"], proof["as_of"]["root"])
    assert (body["as_of"]["tree_size"], body["as_of"]["root"]) == (size, root.hex())

    leaf = {name: base64.b64decode(proof["index_leaf"][name]) for name in ("body", "envelope", "certificate")}
    hashes = [bytes.fromhex(value) for value in proof["index_leaf"]["hashes"]]
    assert naive.root_from_path(naive.leaf_hash(leaf["body"]), size - 1, size, hashes) == root
    payload = base64.b64decode(json.loads(leaf["envelope"])["payload"])
    spec = json.loads(leaf["body"])["spec"]
    assert spec["payloadHash"]["value"] == hashlib.sha256(payload).hexdigest()
    assert load_der_x509_certificate(leaf["certificate"])
    statement = json.loads(payload)
    assert statement["predicateType"] == "https://whereof.dev/attestation/index/v1"
    assert statement["predicate"]["range"]["end"] == size

    key = _key("git-commit", oid)
    assert proof["key"] == key.hex()
    live_root = bytes.fromhex(statement["predicate"]["live"]["root"])
    rows = naive.rows_of_log(base64.b64decode(proof["live"]), proof["proofs"], key, size, live_root)
    assert [index for index, _ in rows] == proof["entries"]
    if kind == "absent":
        assert rows == []
    else:
        assert (recorded.receipt["index"], bytes.fromhex(recorded.receipt["payload_sha256"])) in rows


def test_client_fetches_a_complete_answer_that_holds_under_the_pinned_root(
    running: Running, recorded: Recorded
) -> None:
    server = parse_server(running.url, running.token)
    raw = (running.home / "trust" / "trusted_root.json").read_bytes()
    roots = (PinnedRoot(source="trust", root=parse_trusted_root(raw)),)
    answer = read_answer(fetch_answer(server, recorded.oid), running.url, roots)
    rows = answer.rows[KeyKind.GIT_COMMIT, recorded.oid]
    assert recorded.receipt["index"] in [row.index for row in rows]
    assert answer.as_of is not None
    assert recorded.receipt["bundle_sha256"] in [hashlib.sha256(one).hexdigest() for one in answer.bundles]
    assert read_answer(fetch_answer(server, NOBODY), running.url, roots).rows[KeyKind.GIT_COMMIT, NOBODY] == ()
    with pytest.raises(CannotVerify) as refused:
        fetch_answer(parse_server(running.url, "wrong"), recorded.oid)
    assert (refused.value.code, refused.value.got) == ("service.away", "service.unauthenticated")


def test_entry_and_its_proof_lead_to_the_signed_checkpoint(running: Running, recorded: Recorded) -> None:
    index = recorded.receipt["index"]
    entry = running.signed_in.get(f"/v1/entries/{index}").json()
    proof = running.signed_in.get(f"/v1/entries/{index}/proof").json()
    size, root = _head(running, proof["checkpoint"])
    leaf = naive.leaf_hash(base64.b64decode(entry["body"]))
    assert leaf.hex() == entry["leaf_hash"] == proof["leaf_hash"]
    hashes = [bytes.fromhex(value) for value in proof["hashes"]]
    assert naive.root_from_path(leaf, index, size, hashes) == root
    with pytest.raises(AssertionError):
        assert naive.root_from_path(leaf[::-1], index, size, hashes) == root
    key = load_der_public_key(running.app.state.service.instance.services.log.sigstore_key)
    assert key is not None
    assert entry["attestation"] == recorded.receipt["attestation"]


def test_proof_for_every_smaller_tree_leads_to_the_root_of_its_leaves(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    size = recorded.receipt["tree_size"]
    leaves = [naive.leaf_hash(base64.b64decode(client.get(f"/v1/entries/{i}").json()["body"])) for i in range(size)]
    for smaller in range(1, size + 1):
        for index in range(smaller):
            proof = client.get(f"/v1/entries/{index}/proof", params={"tree_size": smaller}).json()
            root = naive.mth(leaves[:smaller])
            assert proof["root"] == root.hex()
            hashes = [bytes.fromhex(value) for value in proof["hashes"]]
            assert naive.root_from_path(leaves[index], index, smaller, hashes) == root
    assert client.get(f"/v1/entries/{size - 1}/proof", params={"tree_size": size - 1}).status_code == 404
    assert client.get("/v1/entries/0/proof", params={"tree_size": 10**9}).status_code == 404
    assert client.get(f"/v1/entries/{10**6}").status_code == 404


def test_tiles_served_are_the_files_and_naive_code_rebuilds_the_tree_from_them(
    running: Running, recorded: Recorded, tmp_path: object
) -> None:
    client = running.client()
    note = client.get("/logs/default/checkpoint").text
    size, root = _head(running, note)
    folder = running.home / "logs" / "default"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "tile" in path.parts:
            reply = client.get(f"/logs/default/{path.relative_to(folder).as_posix()}")
            assert reply.status_code == 200
            assert reply.content == path.read_bytes()
            assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    entries = naive.read_log(folder, size)
    assert naive.mth([naive.leaf_hash(entry) for entry in entries]) == root


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/..%2f..%2fcheckpoint",
        "tile/0/%2e%2e/%2e%2e/checkpoint",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/02",
        "tile/0/x000/000",
        "tile/0/0",
        "tile/8/000",
        "tile/00/000",
        "tile/entries/000.p/1/",
        "tile/entries/000%2ep/1",
        "tile/0/٠٠٠",
        "tile/0/000.p/1%00",
        ".publish.lock",
        "tile",
    ],
)
def test_only_the_one_spelling_of_a_tile_is_served(running: Running, path: str) -> None:
    assert running.client().get(f"/logs/default/{path}").status_code == 404


def test_bundle_is_byte_for_byte_what_the_receipt_names_and_verifies(running: Running, recorded: Recorded) -> None:
    name = recorded.receipt["attestation"]
    client = running.signed_in
    exact = client.get(f"/v1/attestations/{name}/bundle")
    assert hashlib.sha256(exact.content).hexdigest() == recorded.receipt["bundle_sha256"]
    media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    for accept in (media_type, "text/html,application/xhtml+xml,*/*;q=0.8"):
        asked = client.get(f"/v1/attestations/{name}", headers={"Accept": accept})
        assert asked.content == exact.content
        assert asked.headers["content-type"] == media_type
        assert asked.headers["vary"] == "Accept"
    read = client.get(f"/v1/attestations/{name}", headers={"Accept": "application/json"}).json()
    assert read["receipt"] == recorded.receipt
    assert read["signed_elsewhere"] is False
    assert client.get(f"/v1/attestations/{name}", headers={"Accept": "image/png"}).status_code == 406
    root = parse_trusted_root((running.home / "trust" / "trusted_root.json").read_bytes())
    verified = verify_bundle(exact.content, root, AnyIdentity(), None)
    assert verified.identity == read["identity"]


@pytest.mark.parametrize("kind", ["session", "repository", "predicate-type"])
def test_other_keys_are_proved_by_the_index_too(running: Running, recorded: Recorded, kind: str) -> None:
    asked = {
        "session": recorded.receipt["session"],
        "repository": "git+https://Ada@FORGE.example.test/ada/pond.git",
        "predicate-type": recorded.receipt["predicate_type"],
    }[kind]
    proof = running.signed_in.get("/v1/index", params={"kind": kind, "value": asked}).json()
    assert recorded.receipt["index"] in proof["entries"]
    assert proof["key"] in recorded.receipt["index_keys"]
    statement = json.loads(base64.b64decode(json.loads(base64.b64decode(proof["index_leaf"]["envelope"]))["payload"]))
    live_root = bytes.fromhex(statement["predicate"]["live"]["root"])
    size = proof["as_of"]["tree_size"]
    key = bytes.fromhex(proof["key"])
    rows = naive.rows_of_log(base64.b64decode(proof["live"]), proof["proofs"], key, size, live_root)
    assert [index for index, _ in rows] == proof["entries"]
    assert running.signed_in.get("/v1/index", params={"kind": "author", "value": "ada"}).status_code == 400
