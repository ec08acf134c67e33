"""The time-stamp authority and the TUF repository over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import time

import pytest
from cryptography import x509
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response

from attest.ledger.note import decode_vkey
from attest.signing.der import BOOLEAN, NULL, OCTET_STRING, SEQUENCE, encode, encode_integer, encode_oid
from attest.signing.embedded.tsa import POLICY_OID
from attest.signing.embedded.tuf import repository_files
from tests.service.conftest import Start
from tests.service.sigstore_services import World, artifact_entry, issuer_files

pytestmark = pytest.mark.loopback
QUERY = "application/timestamp-query"
DIGEST = hashlib.sha256(b"pond").digest()


def ask(world: World, body: bytes, kind: str = QUERY) -> tuple[int, bytes]:
    reply = world.http.post(f"{world.base}/api/v1/timestamp", content=body, headers={"Content-Type": kind})
    return reply.status_code, reply.content


def query(
    *, policy: str = "", nonce: bytes = b"", digest: bytes = DIGEST, oid: str = "2.16.840.1.101.3.4.2.1"
) -> bytes:
    imprint = encode(SEQUENCE, encode(SEQUENCE, encode_oid(oid), encode(NULL)), encode(OCTET_STRING, digest))
    asked = encode_oid(policy) if policy else b""
    return encode(SEQUENCE, encode_integer(1), imprint, asked, nonce, encode(BOOLEAN, b"\xff"))


def test_independent_client_gets_a_stamp_that_it_verifies(sigstore_world: World) -> None:
    request = TimestampRequestBuilder().data(b"pond").nonce(nonce=True).cert_request(cert_request=True).build()
    status, raw = ask(sigstore_world, request.as_bytes())
    assert status == 201
    stamped = decode_timestamp_response(raw)
    assert stamped.tst_info.nonce == request.nonce
    assert stamped.tst_info.policy.dotted_string == POLICY_OID
    assert abs(stamped.tst_info.gen_time.timestamp() - time.time()) < 60
    chain = sigstore_world.http.get(f"{sigstore_world.base}/api/v1/timestamp/certchain").content
    leaf, root = x509.load_pem_x509_certificates(chain)
    verifier = VerifierBuilder.from_request(request).tsa_certificate(leaf).add_root_certificate(root).build()
    assert verifier.verify_message(stamped, b"pond")


def test_certificate_is_left_out_unless_it_is_asked_for(sigstore_world: World) -> None:
    request = TimestampRequestBuilder().data(b"pond").cert_request(cert_request=False).build()
    with_it, without = (
        decode_timestamp_response(ask(sigstore_world, body)[1]) for body in (query(), request.as_bytes())
    )
    assert with_it.signed_data.certificates
    assert not without.signed_data.certificates


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (query(policy="1.2.3.4"), QUERY, 400),
        (query(policy=POLICY_OID), QUERY, 201),
        (query(nonce=b"\x02\x01\xff"), QUERY, 400),
        (query(nonce=encode_integer(1 << 300)), QUERY, 400),
        (query(digest=b"short"), QUERY, 400),
        (query(digest=b"x" * 20, oid="1.3.14.3.2.26"), QUERY, 400),
        (query() + b"\x00", QUERY, 400),
        (b"", QUERY, 400),
        (b"x" * 5000, QUERY, 413),
        (query(), "text/plain", 415),
        (json.dumps({"artifactHash": "", "hashAlgorithm": "sha256"}).encode(), "application/json", 400),
        (b'{"artifactHash": 1}', "application/json", 400),
    ],
)
def test_stamps_are_given_for_what_is_well_asked_alone(
    sigstore_world: World, body: bytes, kind: str, status: int
) -> None:
    assert ask(sigstore_world, body, kind)[0] == status


def test_json_form_of_a_request_gives_the_same_kind_of_stamp(sigstore_world: World) -> None:
    asked = {"artifactHash": base64.b64encode(DIGEST).decode(), "hashAlgorithm": "sha256", "nonce": 7}
    status, raw = ask(sigstore_world, json.dumps(asked).encode(), "application/json")
    stamped = decode_timestamp_response(raw)
    assert (status, stamped.tst_info.nonce, stamped.tst_info.message_imprint.message) == (201, 7, DIGEST)


def test_repository_gives_one_root_and_the_addresses_of_this_log(sigstore_world: World) -> None:
    world, http = sigstore_world, sigstore_world.http
    stamp = http.get(f"{world.base}/tuf/timestamp.json").json()
    version = stamp["signed"]["meta"]["snapshot.json"]["version"]
    snapshot = http.get(f"{world.base}/tuf/{version}.snapshot.json").json()
    targets = http.get(f"{world.base}/tuf/{snapshot['signed']['meta']['targets.json']['version']}.targets.json").json()
    found = targets["signed"]["targets"]
    digest = found["signing_config.v0.2.json"]["hashes"]["sha256"]
    config = http.get(f"{world.base}/tuf/targets/{digest}.signing_config.v0.2.json").json()
    assert config["caUrls"][0]["url"] == world.base
    services = world.running.app.state.service.instance.services
    digest = found["trusted_root.json"]["hashes"]["sha256"]
    assert http.get(f"{world.base}/tuf/targets/{digest}.trusted_root.json").content == services.trusted_root


def test_every_process_makes_the_same_repository_for_an_hour_and_serves_it_for_a_day(sigstore_world: World) -> None:
    from datetime import UTC, datetime

    world, http = sigstore_world, sigstore_world.http
    services = world.running.app.state.service.instance.services
    hour = int(time.time()) // 3600 * 3600
    earlier = hour - 2 * 3600
    made = repository_files(services, base_url=world.base, at=datetime.fromtimestamp(earlier, UTC))
    assert http.get(f"{world.base}/tuf/{earlier}.snapshot.json").content == made[f"{earlier}.snapshot.json"]
    for name in (f"{hour - 48 * 3600}", f"{hour + 7200}", f"{earlier + 1}", "1", "99999999999999"):
        assert http.get(f"{world.base}/tuf/{name}.snapshot.json").status_code == 404
    for path in ("2.root.json", "../tuf/1.root.json", "targets/", "targets/x.trusted_root.json", ""):
        assert http.get(f"{world.base}/tuf/{path}x").status_code == 404


def test_service_behind_a_known_head_certifies_and_stamps_for_nobody(sigstore_world: World, start: Start) -> None:
    running = start(issuer_files(sigstore_world.people, sigstore_world.workloads))
    world = World(running, sigstore_world.people, sigstore_world.workloads, running.client())
    instance = running.app.state.service.instance
    keys, who = instance.services.log, world.certified()
    ahead = keys.sign_heads(99, b"r" * 32).c2sp
    instance.guard.heads.keep("handed-in-1", ahead, decode_vkey(keys.verifier_key))
    size, token = world.stored_size(), world.people.token()
    for reply in (
        world.certify(token),
        world.propose(artifact_entry(who)),
        world.http.post(f"{world.base}/api/v1/timestamp", content=query(), headers={"Content-Type": QUERY}),
    ):
        assert reply.status_code == 503
        assert "ledger.rollback" in reply.json()["message"]
    assert world.stored_size() == size
    assert world.http.get(f"{world.base}/tuf/timestamp.json").status_code == 200
