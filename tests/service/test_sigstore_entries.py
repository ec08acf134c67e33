"""The log as a Rekor: what it takes, what it answers, and what it keeps out."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from attest.ledger.checkpoint import open_sigstore_note
from attest.ledger.note import NoteAlgorithm, NoteKey
from attest.ledger.proof import verify_consistency, verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.signing.embedded import ca
from attest.signing.entry import pem_of, set_payload
from attest.signing.revocation import write_revocations
from attest.usecases.fsck import FsckDepth, fsck
from tests.service.conftest import Running, Start, transcript
from tests.service.sigstore_services import (
    STATEMENT,
    Certified,
    World,
    artifact_entry,
    issuer_files,
    statement_entry,
    the_entry,
)
from tests.support.identities import p256, pem_of_key
from tests.support.revoked import der

pytestmark = pytest.mark.loopback

PLANTED = "gh" + "p_" + "7cY4mR9sL1dK6wQ2hV8nT3bX5jF0gZpA4eUo"


def require_proved(world: World, uuid: str, entry: dict[str, Any]) -> bytes:
    """Check SET, inclusion and checkpoint of an answer; gives the leaf."""
    body = base64.b64decode(entry["body"])
    proof, log = entry["verification"]["inclusionProof"], world.running.app.state.service.instance.services.log
    root = bytes.fromhex(proof["rootHash"])
    assert uuid[16:] == leaf_hash(body).hex()
    verify_inclusion(
        leaf_hash(body), proof["logIndex"], proof["treeSize"], tuple(map(bytes.fromhex, proof["hashes"])), root
    )
    key = NoteKey(name=log.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=log.sigstore_key)
    head = open_sigstore_note(proof["checkpoint"], key)
    assert (head.size, head.root) == (proof["treeSize"], root)
    public = load_pem_public_key(world.http.get(f"{world.base}/api/v1/log/publicKey").content)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(
        base64.b64decode(entry["verification"]["signedEntryTimestamp"]),
        set_payload(
            body,
            index=entry["logIndex"],
            integrated_time=entry["integratedTime"],
            log_id=bytes.fromhex(entry["logID"]),
        ),
        ec.ECDSA(hashes.SHA256()),
    )
    return body


def kinds(world: World, first: int) -> list[str]:
    client = world.running.signed_in
    return [client.get(f"/v1/entries/{at}").json()["kind"] for at in range(first, first + 2)]


def test_statement_is_logged_like_every_other_with_index_leaf_and_rows(sigstore_world: World) -> None:
    who = sigstore_world.certified()
    commit = "c" * 40
    subject = {"name": f"git+https://forge.example.test/ada/pond@{commit}", "digest": {"sha256": "cd" * 32}}
    subject |= {"uri": subject["name"], "annotations": {"gitCommit": commit}}
    reply = sigstore_world.propose(statement_entry(who, STATEMENT | {"subject": [subject]}))
    assert reply.status_code == 201, reply.text
    uuid, entry = the_entry(reply)
    body = json.loads(require_proved(sigstore_world, uuid, entry))
    assert (body["kind"], body["apiVersion"]) == ("dsse", "0.0.1")
    assert kinds(sigstore_world, entry["logIndex"]) == ["attestation", "index"]
    signed_in = sigstore_world.running.signed_in
    name = signed_in.get(f"/v1/entries/{entry['logIndex']}").json()["attestation"]
    kept = signed_in.get(f"/v1/attestations/{name}").json()
    assert (kept["identity"], kept["issuer"]) == (who.san, sigstore_world.people.name)
    assert kept["receipt"]["commits"] == [commit]


def test_artifact_is_logged_without_rows_and_fsck_knows_it(sigstore_world: World) -> None:
    uuid, entry = the_entry(sigstore_world.propose(artifact_entry(sigstore_world.certified(), b"a lock gate")))
    body = json.loads(require_proved(sigstore_world, uuid, entry))
    assert (body["kind"], body["apiVersion"]) == ("hashedrekord", "0.0.1")
    assert kinds(sigstore_world, entry["logIndex"]) == ["artifact", "index"]
    told = sigstore_world.running.signed_in.get(f"/v1/entries/{entry['logIndex']}").json()
    assert (told["attestation"], told["envelope"]) == (None, "")
    found = fsck(
        sigstore_world.running.app.state.service.instance, FsckDepth(signatures=True), on_progress=lambda *_: None
    )
    assert found.problems == ()
    assert "signatures over artifacts" in " ".join(found.checked)


@pytest.mark.parametrize("make", [statement_entry, artifact_entry])
def test_entry_is_found_by_number_and_leaf_hash_and_the_same_again_is_sent_there(
    sigstore_world: World, make: Any
) -> None:
    proposal = make(sigstore_world.certified())
    first = sigstore_world.propose(proposal)
    uuid, entry = the_entry(first)
    entries = f"{sigstore_world.base}/api/v1/log/entries"
    for address in (f"{entries}?logIndex={entry['logIndex']}", f"{entries}/{uuid}", f"{entries}/{uuid[16:]}"):
        assert sigstore_world.http.get(address).json() == first.json()
    size = sigstore_world.stored_size()
    again = sigstore_world.propose(proposal)
    assert again.status_code == 409
    assert sigstore_world.http.get(sigstore_world.running.url + again.headers["location"]).json() == first.json()
    assert sigstore_world.stored_size() == size


def test_reading_what_is_not_there_is_refused(sigstore_world: World) -> None:
    entries = f"{sigstore_world.base}/api/v1/log/entries"
    uuid, _ = the_entry(sigstore_world.propose(artifact_entry(sigstore_world.certified(), b"reed")))
    asked = {
        f"{entries}?logIndex=999999": 404,
        f"{entries}?logIndex=-1": 400,
        entries: 400,
        f"{entries}/{'0' * 64}": 404,
        f"{entries}/{'0' * 16}{uuid[16:]}": 404,
        f"{entries}/zz": 400,
        f"{sigstore_world.base}/api/v1/log/proof?firstSize=5&lastSize=2": 404,
        f"{sigstore_world.base}/api/v1/log/proof?lastSize=999999": 404,
        f"{sigstore_world.running.url}/logs/other/api/v1/log": 404,
    }
    for address, status in asked.items():
        reply = sigstore_world.http.get(address)
        assert (address, reply.status_code, reply.json()["code"]) == (address, status, status)


def test_log_proves_that_it_only_grew(sigstore_world: World) -> None:
    before = sigstore_world.http.get(f"{sigstore_world.base}/api/v1/log").json()
    assert sigstore_world.propose(artifact_entry(sigstore_world.certified(), b"sluice")).status_code == 201
    after = sigstore_world.http.get(f"{sigstore_world.base}/api/v1/log").json()
    sizes = {"firstSize": before["treeSize"], "lastSize": after["treeSize"]}
    proof = sigstore_world.http.get(f"{sigstore_world.base}/api/v1/log/proof", params=sizes).json()
    roots = [bytes.fromhex(each["rootHash"]) for each in (before, after)]
    assert proof["rootHash"] == after["rootHash"]
    assert after["treeSize"] > before["treeSize"]
    verify_consistency(
        before["treeSize"], roots[0], after["treeSize"], roots[1], tuple(map(bytes.fromhex, proof["hashes"]))
    )


def changed_payload(who: Certified) -> dict[str, Any]:
    entry = statement_entry(who)
    envelope = json.loads(entry["spec"]["proposedContent"]["envelope"])
    envelope["payload"] = base64.b64encode(json.dumps(STATEMENT | {"predicate": {"depth": 4}}).encode()).decode()
    entry["spec"]["proposedContent"]["envelope"] = json.dumps(envelope)
    return entry


def with_key(who: Certified) -> dict[str, Any]:
    return artifact_entry(who, verifier=pem_of_key(who.key).encode())


def expired(who: Certified, world: World) -> Certified:
    authority, now = world.running.app.state.service.instance.services.authority, datetime.now(UTC)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ca, "LEAF_LIFETIME", timedelta(seconds=1))
        der = authority.issue(who.key.public_key(), identity=who.san, issuer=world.people.name, now=now)
    while datetime.now(UTC) < now + timedelta(seconds=2):
        time.sleep(0.1)
    return Certified(who.key, der)


BAD: dict[str, Any] = {
    "another artifact's signature": (lambda who: artifact_entry(who, signature=who.sign(b"other")), 422),
    "a signature by another key": (
        lambda who: artifact_entry(who, signature=Certified(p256(), b"").sign(b"pond")),
        422,
    ),
    "a signature that is none": (lambda who: artifact_entry(who, signature=b"\x30\x00"), 422),
    "another hash": (lambda who: artifact_entry(who, algorithm="sha512", digest="ab" * 64), 400),
    "a digest in capitals": (lambda who: artifact_entry(who, digest="AB" * 32), 400),
    "a bare key": (with_key, 400),
    "a changed payload": (changed_payload, 422),
    "a payload of another type": (lambda who: statement_entry(who, payload_type="text/plain"), 422),
    "a payload that is no statement": (lambda who: statement_entry(who, b'{"hello": 1}'), 422),
    "a predicate of the log's own": (
        lambda who: statement_entry(who, STATEMENT | {"predicateType": "https://whereof.dev/attestation/index/v1"}),
        422,
    ),
    "a predicate of ours out of shape": (
        lambda who: statement_entry(who, STATEMENT | {"predicateType": "https://whereof.dev/attestation/session/v1"}),
        422,
    ),
    "a secret in the payload": (
        lambda who: statement_entry(who, STATEMENT | {"predicate": {"note": f"key={PLANTED}"}}),
        422,
    ),
    "another kind": (lambda who: artifact_entry(who) | {"kind": "rekord"}, 422),
    "another version": (lambda who: artifact_entry(who) | {"apiVersion": "0.0.2"}, 422),
    "an unknown field": (lambda who: artifact_entry(who) | {"more": 1}, 400),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_hold_is_not_logged(sigstore_world: World, name: str) -> None:
    make, status = BAD[name]
    size = sigstore_world.stored_size()
    reply = sigstore_world.propose(make(sigstore_world.certified()))
    assert reply.status_code == status, reply.text
    assert reply.json()["code"] == status
    assert sigstore_world.stored_size() == size


def test_certificate_that_has_ended_is_not_admitted(sigstore_world: World) -> None:
    who = expired(sigstore_world.certified(), sigstore_world)
    reply = sigstore_world.propose(artifact_entry(who))
    assert reply.status_code == 422
    assert "evidence.certificate" in reply.json()["message"]


def test_certificate_by_an_authority_that_is_revoked_is_not_admitted(sigstore_world: World) -> None:
    running = sigstore_world.running
    authority, proposal = (
        running.app.state.service.instance.services.authority,
        artifact_entry(sigstore_world.certified()),
    )
    listed = running.home / "trust" / "revocations.json"
    listed.write_bytes(write_revocations(((der(authority.certificate), datetime.now(UTC) - timedelta(hours=1)),)))
    try:
        reply = sigstore_world.propose(proposal)
    finally:
        listed.unlink()
    assert reply.status_code == 422
    assert "the authority that issued it is revoked" in reply.json()["message"]


def test_log_service_identity_signs_nothing_from_outside(sigstore_world: World) -> None:
    services, key = sigstore_world.running.app.state.service.instance.services, p256()
    der = services.authority.issue(
        key.public_key(), identity=services.log.service_identity, issuer=services.issuer, now=datetime.now(UTC)
    )
    assert sigstore_world.propose(statement_entry(Certified(key, der))).status_code == 422


def test_proposal_too_large_is_turned_away_unread(sigstore_world: World) -> None:
    reply = sigstore_world.http.post(f"{sigstore_world.base}/api/v1/log/entries", content=b"x" * (5 * 1024 * 1024))
    assert reply.status_code == 413


def test_client_of_another_tenant_can_use_neither_authority_nor_log(sigstore_world: World, start: Start) -> None:
    files = issuer_files(sigstore_world.people, sigstore_world.workloads)
    other_issuers = json.loads(files["oidc-issuers.json"])
    other_issuers["issuers"] = other_issuers["issuers"][1:]
    running = start({**files, "oidc-issuers.json": json.dumps(other_issuers).encode()})
    other = World(running, sigstore_world.people, sigstore_world.workloads, running.client())
    size = other.stored_size()
    who = sigstore_world.certified()
    for proposal in (artifact_entry(who), statement_entry(who)):
        reply = other.propose(proposal)
        assert reply.status_code == 422
        assert "evidence.certificate" in reply.json()["message"]
    assert other.stored_size() == size
    assert other.certify(sigstore_world.people.token()).status_code == 401


def test_session_of_one_identity_is_not_told_of_by_another(sigstore_world: World) -> None:
    running: Running = sigstore_world.running
    reply = running.signed_in.post(
        "/v1/sessions", content=transcript("mend the sluice"), headers={"Content-Type": "application/octet-stream"}
    )
    assert reply.status_code == 201, reply.text
    bundle = running.signed_in.get(f"/v1/attestations/{reply.json()['attestation']}/bundle").json()
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    again = sigstore_world.propose(statement_entry(sigstore_world.certified(), payload))
    assert again.status_code == 422
    assert "another identity" in again.json()["message"]


def test_certificate_in_the_entry_is_the_one_that_signed(sigstore_world: World) -> None:
    one, other = sigstore_world.certified(), sigstore_world.certified(sub="bob")
    assert sigstore_world.propose(artifact_entry(one, verifier=pem_of(other.certificate))).status_code == 422


def test_address_that_asks_too_often_is_told_to_wait(start: Start) -> None:
    running = start(sigstore_burst=3, sigstore_per_s=0.001)
    client = running.client()
    replies = [client.get("/logs/default/api/v1/log") for _ in range(4)]
    assert [each.status_code for each in replies] == [200, 200, 200, 429]
    assert replies[-1].headers["retry-after"]
    assert client.post("/api/v2/signingCert", content=b"{}").status_code == 429
    assert client.get("/healthz").status_code == 200


def test_private_log_takes_entries_and_shows_none_without_a_token(sigstore_world: World, start: Start) -> None:
    running = start(issuer_files(sigstore_world.people, sigstore_world.workloads))
    service = running.app.state.service
    settings = replace(service.instance.settings, log_private=True)
    running.app.state.service = replace(service, instance=replace(service.instance, settings=settings))
    world = World(running, sigstore_world.people, sigstore_world.workloads, running.client())
    reply = world.propose(artifact_entry(world.certified()))
    assert reply.status_code == 201
    uuid, _ = the_entry(reply)
    for path in ("", "/proof?lastSize=2", "/entries?logIndex=2", f"/entries/{uuid}"):
        assert world.http.get(f"{world.base}/api/v1/log{path}").status_code == 401
        assert running.signed_in.get(f"{world.base}/api/v1/log{path}").status_code == 200
