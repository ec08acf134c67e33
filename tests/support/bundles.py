"""Bundles of every kind a verifier meets, made by hand over the embedded instance's keys."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from attest.ledger.tree import leaf_hash
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, pae
from attest.signing.embedded.ca import spki
from attest.signing.embedded.tsa import request_for
from attest.signing.entry import pem_of, set_payload
from tests.support.signing import World

V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass
class Maker:
    """One signing key and certificate of a world, and the bundles they can make; each in a log of one leaf."""

    world: World
    managed: bool = False
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        now = self.world.clock.now()
        self.certificate = self.world.instance.authority.issue(
            self.key.public_key(), identity=self.world.identity, issuer=self.world.instance.issuer, now=now
        )

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    @property
    def pem(self) -> str:
        if self.managed:
            return b64(pem_of(spki(self.key.public_key()), b"PUBLIC KEY"))
        return b64(pem_of(self.certificate))

    @property
    def verifier(self) -> dict[str, object]:
        kind = "PKIX_ECDSA_P256_SHA_256"
        if self.managed:
            return {"keyDetails": kind, "publicKey": {"rawBytes": b64(spki(self.key.public_key()))}}
        return {"keyDetails": kind, "x509Certificate": {"rawBytes": b64(self.certificate)}}

    def token(self, signature: bytes) -> bytes:
        return self.world.instance.tsa.respond(request_for(signature), now=self.world.clock.now(), serial=7)

    def body(self, kind: str, version: str, message: bytes, signature: bytes) -> dict[str, object]:
        """Give the entry body that a log of this kind would hold for a payload (DSSE) or an artifact."""
        hexed = {"algorithm": "sha256", "value": hashlib.sha256(message).hexdigest()}
        v2 = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(message).digest())}
        encoded = pae(IN_TOTO_PAYLOAD_TYPE, message)
        over_pae = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(encoded).digest())}
        content = {"content": b64(signature), "verifier": self.verifier}
        twice = b64(b64(signature).encode())
        specs: dict[tuple[str, str], dict[str, object]] = {
            ("dsse", "0.0.1"): {
                "envelopeHash": hexed,
                "payloadHash": hexed,
                "signatures": [{"signature": b64(signature), "verifier": self.pem}],
            },
            ("dsse", "0.0.2"): {"dsseV002": {"payloadHash": v2, "signatures": [content]}},
            ("intoto", "0.0.2"): {
                "content": {
                    "envelope": {
                        "payloadType": IN_TOTO_PAYLOAD_TYPE,
                        "signatures": [{"publicKey": self.pem, "sig": twice}],
                    },
                    "hash": hexed,
                    "payloadHash": hexed,
                }
            },
            ("hashedrekord", "0.0.1"): {
                "data": {"hash": hexed},
                "signature": {"content": b64(signature), "publicKey": {"content": self.pem}},
            },
            ("hashedrekord-pae", "0.0.1"): {
                "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(encoded).hexdigest()}},
                "signature": {"content": b64(signature), "publicKey": {"content": self.pem}},
            },
            ("hashedrekord", "0.0.2"): {"hashedRekordV002": {"data": v2, "signature": content}},
            ("hashedrekord-pae", "0.0.2"): {"hashedRekordV002": {"data": over_pae, "signature": content}},
        }
        return {"apiVersion": version, "kind": kind.removesuffix("-pae"), "spec": specs[kind, version]}

    def entry(self, body: dict[str, object], *, with_set: bool) -> dict[str, object]:
        """Log a body alone in a tree of one leaf, and give the entry as a bundle carries it."""
        keys, raw = self.world.instance.log, json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        root = leaf_hash(raw)
        entry: dict[str, object] = {
            "logIndex": "0",
            "logId": {"keyId": b64(keys.log_id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": keys.sign_heads(1, root).sigstore},
            },
            "canonicalizedBody": b64(raw),
        }
        if with_set:
            at = int(self.world.clock.now().timestamp())
            payload = set_payload(raw, index=0, integrated_time=at, log_id=keys.log_id)
            signature = keys.note_key.sign(payload, ec.ECDSA(hashes.SHA256()))
            entry |= {"integratedTime": str(at), "inclusionPromise": {"signedEntryTimestamp": b64(signature)}}
        return entry

    def bundle(
        self, kind: str, version: str, message: bytes, *, with_set: bool = False, with_token: bool = True
    ) -> dict[str, object]:
        """Give a v0.3 bundle over a payload (an envelope kind) or an artifact (`hashedrekord`)."""
        artifact = kind == "hashedrekord"
        signature = self.sign(message if artifact else pae(IN_TOTO_PAYLOAD_TYPE, message))
        material: dict[str, object] = {
            "tlogEntries": [self.entry(self.body(kind, version, message, signature), with_set=with_set)],
        }
        if self.managed:
            material["publicKey"] = {"hint": "any"}
        else:
            material["certificate"] = {"rawBytes": b64(self.certificate)}
        if with_token:
            stamp = {"signedTimestamp": b64(self.token(signature))}
            material["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}
        made: dict[str, object] = {"mediaType": V03, "verificationMaterial": material}
        if artifact:
            digest = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(message).digest())}
            made["messageSignature"] = {"messageDigest": digest, "signature": b64(signature)}
        else:
            made["dsseEnvelope"] = {
                "payload": b64(message),
                "payloadType": IN_TOTO_PAYLOAD_TYPE,
                "signatures": [{"sig": b64(signature)}],
            }
        return made

    @property
    def not_after(self) -> float:
        return x509.load_der_x509_certificate(self.certificate).not_valid_after_utc.timestamp()
