"""The certificate authority over HTTP: whom it certifies, under which name, and everyone it turns away."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey

from attest.signing.chain import OID_ISSUER_V1, OID_ISSUER_V2
from attest.signing.embedded.actor import is_disclosed
from attest.store.actors import salt_of
from tests.service.sigstore_services import CI, Certified, World, leaf_of
from tests.support.identities import KID, TestIssuer, bare_request, csr_request, p256, pem_of_key

pytestmark = pytest.mark.loopback


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(people: TestIssuer) -> str:
    return f"{segment({'alg': 'none'})}.{segment(people.claims())}."


def confused(people: TestIssuer) -> str:
    """Give a token that is signed with the issuer's public key as if it were a shared secret."""
    signed = f"{segment({'alg': 'HS256', 'kid': KID})}.{segment(people.claims())}"
    mac = hmac.new(people.key.as_pem(private=False), signed.encode(), sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def twice_named(people: TestIssuer) -> str:
    raw = json.dumps(people.claims())[:-1] + ', "sub": "eve"}'
    header = {"alg": "ES256", "kid": KID}
    from joserfc import jws

    return jws.serialize_compact(header, raw, people.key)


def changed(people: TestIssuer) -> str:
    head, _, signature = people.token().split(".")
    return f"{head}.{segment(people.claims(sub='eve'))}.{signature}"


REFUSED: dict[str, Callable[[TestIssuer], str]] = {
    "another issuer": lambda people: people.token(iss="https://idp.example.test"),
    "another issuer with these keys": lambda people: TestIssuer(people.name + "/", people.key).token(),
    "another audience": lambda people: people.token(aud="cloud"),
    "another audience as well": lambda people: people.token(aud=["sigstore", "cloud"]),
    "no audience": lambda people: people.token(aud=""),
    "expired": lambda people: people.token(iat=int(time.time()) - 600, exp=int(time.time()) - 60),
    "not yet valid": lambda people: people.token(nbf=int(time.time()) + 600),
    "issued tomorrow": lambda people: people.token(iat=int(time.time()) + 600, exp=int(time.time()) + 900),
    "valid for a week": lambda people: people.token(exp=int(time.time()) + 7 * 24 * 3600),
    "without an end": lambda people: people.token(exp=""),
    "without a subject": lambda people: people.token(sub=""),
    "a subject of control characters": lambda people: people.token(sub="a\nb"),
    "no signature": unsigned,
    "public key as a shared secret": confused,
    "a claim named twice": twice_named,
    "changed claims": changed,
    "a foreign key of the same id": lambda people: TestIssuer(people.name).token(),
    "an unknown key id": lambda people: jwt.encode(
        {"alg": "ES256", "kid": "second"}, people.claims(), ECKey.generate_key("P-256", {"kid": "second"})
    ),
    "not a token": lambda people: "a.b.c",
    "too long": lambda people: people.token(pad="x" * 20_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_tokens_that_do_not_hold_get_no_certificate(sigstore_world: World, name: str) -> None:
    reply = sigstore_world.certify(REFUSED[name](sigstore_world.people))
    assert reply.status_code == 401
    assert "identity.token" in reply.json()["message"]
    assert reply.json()["code"] == 401


def test_no_token_at_all_gets_no_certificate(sigstore_world: World) -> None:
    reply = sigstore_world.http.post(f"{sigstore_world.base}/api/v2/signingCert", json=csr_request(p256()))
    assert reply.status_code == 401


def test_token_gives_one_certificate_and_is_used_up(sigstore_world: World) -> None:
    token = sigstore_world.people.token()
    assert sigstore_world.certify(token).status_code == 200
    again = sigstore_world.certify(token)
    assert again.status_code == 401
    assert "one token gives one" in again.json()["message"]


def test_issuer_that_gives_a_job_one_token_may_use_it_again(sigstore_world: World) -> None:
    token = workload_token(sigstore_world)
    body = csr_request(p256())
    assert [sigstore_world.certify(token, body).status_code for _ in range(2)] == [200, 200]


def workload_token(world: World, **claims: object) -> str:
    held = {"sub": "job:7", "repository": "pond-keepers/pond", "ref": "refs/heads/main"}
    return world.workloads.token(**{**held, "repository_owner": "pond-keepers", **claims})


def test_workload_is_certified_in_clear_with_its_issuer(sigstore_world: World) -> None:
    leaf = leaf_of(sigstore_world.certify(workload_token(sigstore_world), csr_request(p256())))
    assert Certified(p256(), leaf).san == f"{CI}/pond-keepers/pond@refs/heads/main"
    extensions = {each.oid: each.value.public_bytes() for each in x509.load_der_x509_certificate(leaf).extensions}
    assert extensions[OID_ISSUER_V1] == CI.encode()
    assert extensions[OID_ISSUER_V2].endswith(CI.encode())


@pytest.mark.parametrize(
    "claims",
    [
        {"repository_owner": "strangers"},
        {"repository_owner": ""},
        {"repository_owner": ["strangers"]},
        {"ref": ""},
        {"ref": "a b"},
        {"ref": ["refs/heads/main"]},
        {"repository": "../../other"},
        {"repository": "pond?x=1#y"},
    ],
)
def test_workload_of_strangers_or_without_a_plain_name_gets_no_certificate(sigstore_world: World, claims: dict) -> None:
    token = workload_token(sigstore_world, **claims)
    assert sigstore_world.certify(token, csr_request(p256())).status_code == 401


def test_person_is_certified_by_a_pseudonym_that_only_the_salt_explains(sigstore_world: World) -> None:
    email = {"email": "ada@example.test", "email_verified": True}
    first, again = sigstore_world.certified(sub="ada-7", **email), sigstore_world.certified(sub="ada-7")
    other = sigstore_world.certified(sub="bob-8")
    assert first.san == again.san != other.san
    instance = sigstore_world.running.app.state.service.instance
    host = instance.services.host
    assert first.san.startswith(f"https://{host}/actor/")
    for word in (b"ada-7", b"ada@example.test", b"who@example.test"):
        assert word not in first.certificate
    salt, issuer, subject = salt_of(instance.engine, instance.scope, first.san) or (b"", "", "")
    assert (issuer, subject) == (sigstore_world.people.name, "ada-7")
    assert is_disclosed(first.san, host, salt, issuer=issuer, subject=subject)


@pytest.mark.parametrize(
    ("email", "verified", "status"),
    [("ada@example.test", True, 200), ("ada@example.test", False, 422), ("ada@example.test", "true", 422)],
)
def test_proof_over_an_address_counts_only_where_the_issuer_verified_it(
    sigstore_world: World, email: str, verified: object, status: int
) -> None:
    token = sigstore_world.people.token(email=email, email_verified=verified)
    assert sigstore_world.certify(token, bare_request(p256(), token, email)).status_code == status


def test_wrong_proof_of_possession_is_refused_and_does_not_use_up_the_token(sigstore_world: World) -> None:
    token = sigstore_world.people.token()
    good = bare_request(p256(), token, "ada")
    foreign = json.loads(json.dumps(good))
    foreign["publicKeyRequest"]["publicKey"]["content"] = pem_of_key(p256())
    for wrong in (foreign, bare_request(p256(), token, "eve")):
        reply = sigstore_world.certify(token, wrong)
        assert reply.status_code == 422
        assert "identity.possession" in reply.json()["message"]
    assert sigstore_world.certify(token, good).status_code == 200


def test_request_signed_by_another_key_or_of_another_kind_is_refused(sigstore_world: World) -> None:
    def swapped() -> dict[str, object]:
        raw = base64.b64decode(str(csr_request(p256())["certificateSigningRequest"]))
        der = x509.load_pem_x509_csr(raw).public_bytes(serialization.Encoding.DER)
        body = base64.b64encode(der[:-1] + bytes([der[-1] ^ 1])).decode()
        pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"
        return {"certificateSigningRequest": base64.b64encode(pem.encode()).decode()}

    from cryptography.hazmat.primitives import serialization

    for body in (
        swapped(),
        csr_request(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        csr_request(ec.generate_private_key(ec.SECP384R1())),
    ):
        reply = sigstore_world.certify(sigstore_world.people.token(), body)
        assert reply.status_code == 422, reply.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"certificateSigningRequest": base64.b64encode(b"x" * 9_000).decode()}, 400),
        ({"certificateSigningRequest": base64.b64encode(b"x" * 90_000).decode()}, 413),
        ({"certificateSigningRequest": base64.b64encode(b"x" * 100).decode()}, 400),
        ({"certificateSigningRequest": "not base64"}, 400),
        ({}, 400),
        ({"publicKeyRequest": {}, "certificateSigningRequest": ""}, 400),
        ({"certificateSigningRequest": "eA==", "more": 1}, 400),
    ],
)
def test_requests_too_large_or_malformed_are_refused(sigstore_world: World, body: dict, status: int) -> None:
    sent = body or {"x": 1}
    assert sigstore_world.certify(sigstore_world.people.token(), sent).status_code == status


def test_authority_names_its_issuers_and_its_chain(sigstore_world: World) -> None:
    found = sigstore_world.http.get(f"{sigstore_world.base}/api/v2/configuration").json()["issuers"]
    assert {each["issuerUrl"] for each in found} == {sigstore_world.people.name, CI}
    assert {each["audience"] for each in found} == {"sigstore"}
    (chain,) = sigstore_world.http.get(f"{sigstore_world.base}/api/v2/trustBundle").json()["chains"]
    assert [len(x509.load_pem_x509_certificates(pem.encode())) for pem in chain["certificates"]] == [1, 1]


def test_service_without_issuers_certifies_nobody(sigstore_world: World, running: object) -> None:
    other = World(running, sigstore_world.people, sigstore_world.workloads, sigstore_world.http)  # type: ignore[arg-type]
    assert other.certify(sigstore_world.people.token()).status_code == 401
    assert sigstore_world.http.post(f"{sigstore_world.running.url}/logs/other/api/v2/signingCert").status_code == 404
