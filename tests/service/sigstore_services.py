"""A service that certifies for two issuers, and what the tests of its Sigstore services ask it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, pae
from attest.signing.entry import pem_of
from tests.service.conftest import Running
from tests.support.identities import TestIssuer, bare_request, p256

CI = "https://ci.example.test"
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "pond", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://example.test/pond/v1",
    "predicate": {"depth": 3},
}


def issuer_files(people: TestIssuer, workloads: TestIssuer) -> dict[str, bytes]:
    """Give what is in the home of a service: people by discovery, workloads of one owner by pinned keys."""
    issuers = [
        {"issuer": people.name, "names": "people", "require": {}},
        {
            "issuer": workloads.name,
            "names": "workloads",
            "require": {"repository_owner": ["pond-keepers"]},
            "identity": CI + "/{repository}@{ref}",
            "jwks": "ci.jwks.json",
            "reuse": True,
        },
    ]
    return {"oidc-issuers.json": json.dumps({"issuers": issuers}).encode(), "ci.jwks.json": workloads.jwks}


@dataclass
class Certified:
    """A key with the certificate that was made for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @property
    def san(self) -> str:
        names = x509.load_der_x509_certificate(self.certificate).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        return str(next(iter(names.value)).value)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


@dataclass
class World:
    """The service and both issuers."""

    running: Running
    people: TestIssuer
    workloads: TestIssuer
    http: httpx2.Client

    @property
    def base(self) -> str:
        return f"{self.running.url}/logs/default"

    def certify(self, token: str, body: dict[str, object] | None = None) -> httpx2.Response:
        return self.http.post(
            f"{self.base}/api/v2/signingCert",
            json=body or bare_request(p256(), token, "ada"),
            headers={"Authorization": f"Bearer {token}"},
        )

    def certified(self, **claims: object) -> Certified:
        """Get a certificate for a person."""
        key, subject = p256(), str(claims.get("sub", "ada"))
        token = self.people.token(**claims)
        reply = self.certify(token, bare_request(key, token, subject))
        assert reply.status_code == 200, reply.text
        return Certified(key, leaf_of(reply))

    def propose(self, entry: dict[str, Any]) -> httpx2.Response:
        return self.http.post(f"{self.base}/api/v1/log/entries", json=entry)

    def stored_size(self) -> int:
        return int(self.http.get(f"{self.base}/api/v1/log").json()["treeSize"])


def leaf_of(reply: httpx2.Response) -> bytes:
    """Give the certificate (DER) of an answer."""
    chain = reply.json()["signedCertificateEmbeddedSct"]["chain"]["certificates"]
    assert len(chain) == 3
    return x509.load_pem_x509_certificate(chain[0].encode()).public_bytes(Encoding.DER)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def artifact_entry(who: Certified, content: bytes = b"pond", **change: object) -> dict[str, Any]:
    """Give a `hashedrekord` proposal; `signature`, `digest`, `algorithm` and `verifier` may be replaced."""
    digest = change.get("digest", hashlib.sha256(content).hexdigest())
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": change.get("algorithm", "sha256"), "value": digest}},
            "signature": {
                "content": b64(change.get("signature") or who.sign(content)),  # type: ignore[arg-type]
                "publicKey": {"content": b64(change.get("verifier") or pem_of(who.certificate))},  # type: ignore[arg-type]
            },
        },
    }


def statement_entry(
    who: Certified, statement: object = STATEMENT, payload_type: str = IN_TOTO_PAYLOAD_TYPE
) -> dict[str, Any]:
    """Give a `dsse` proposal around a statement."""
    payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    envelope = {
        "payload": b64(payload),
        "payloadType": payload_type,
        "signatures": [{"sig": b64(who.sign(pae(payload_type, payload))), "keyid": ""}],
    }
    content = {"envelope": json.dumps(envelope), "verifiers": [b64(pem_of(who.certificate))]}
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}


def the_entry(reply: httpx2.Response) -> tuple[str, dict[str, Any]]:
    """Give UUID and entry of an answer."""
    ((uuid, entry),) = reply.json().items()
    return uuid, entry
