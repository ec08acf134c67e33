"""A whole Sigstore made from labels: authorities, logs, a signer, and the bundles they give, the same on every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.ledger.proof import inclusion_proof
from attest.ledger.tree import leaf_hash, merkle_root
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, pae
from attest.signing.entry import pem_of, set_payload
from attest.signing.strict import base64_text as b64
from tools.bundle_keys import DETAILS, NOW, Key, Leaf, authority, issue, stamper
from tools.bundle_stamps import Stamp, token

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]
V03: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
ISSUER: Final = "https://issuer.example.test"
IDENTITY: Final = "builder@example.test"
_ROOT_TYPE: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
_V2_NAMES: Final = {"sha256": "SHA2_256", "sha384": "SHA2_384", "sha512": "SHA2_512"}
FILLERS: Final = 6
"""Other entries of the log: before and behind the one that a bundle is about."""
PLACE: Final = 3
"""Index of that entry."""


def window(start: str = "2024-01-01T00:00:00Z", end: str | None = None) -> Json:
    """Give a `validFor`."""
    return {"start": start} | ({"end": end} if end else {})


@dataclass
class Log:
    """A transparency log: its key and how its checkpoints are written."""

    key: Key = field(default_factory=lambda: Key("log"))
    name: str = "log.example.test"
    suffix: str = " - 77"
    """Behind the name on a checkpoint's first line, as Rekor v1 writes it; empty for Rekor v2."""

    @property
    def log_id(self) -> bytes:
        """SHA-256 of the key; of name and key where the log is one of C2SP."""
        if self.key.kind == "ed25519":
            return hashlib.sha256(self.name.encode() + b"\n\x01" + self.key.spki[-32:]).digest()
        return hashlib.sha256(self.key.spki).digest()

    def line(self, text: str) -> str:
        """Give this log's signature line under a checkpoint."""
        return f"— {self.name} {b64(self.log_id[:4] + self.key.sign(text.encode()))}\n"

    def pinned(self) -> Json:
        """Give the log's entry in a trusted root."""
        return pinned_key(self.key, f"https://{self.name}", self.log_id)

    def entry(self, body: Json, *, promise: bool, others: Sequence[Log] = ()) -> Json:
        """Log a body among others, and give the entry as a bundle carries it."""
        raw = canonical_json(body)
        hashes = [leaf_hash(b"filler %d" % at) for at in range(FILLERS)]
        hashes.insert(PLACE, leaf_hash(raw))
        root = merkle_root(hashes)
        text = f"{self.name}{self.suffix}\n{len(hashes)}\n{b64(root)}\n"

        def read(level: int, position: int) -> bytes:
            return merkle_root(hashes[position << level : (position + 1) << level])

        entry: Json = {
            "logIndex": str(PLACE),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "inclusionProof": {
                "logIndex": str(PLACE),
                "rootHash": b64(root),
                "treeSize": str(len(hashes)),
                "hashes": [b64(node) for node in inclusion_proof(PLACE, len(hashes), read)],
                "checkpoint": {"envelope": text + "\n" + "".join(log.line(text) for log in (*others, self))},
            },
            "canonicalizedBody": b64(raw),
        }
        if promise:
            at = int(NOW.timestamp())
            signed = set_payload(raw, index=PLACE, integrated_time=at, log_id=self.log_id)
            entry |= {
                "integratedTime": str(at),
                "inclusionPromise": {"signedEntryTimestamp": b64(self.key.sign(signed))},
            }
        return entry


def pinned_key(key: Key, url: str, log_id: bytes | None = None) -> Json:
    """Give a log's entry in a trusted root."""
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(key.spki), "keyDetails": DETAILS[key.kind], "validFor": window()},
        "logId": {"keyId": b64(log_id or hashlib.sha256(key.spki).digest())},
    }


def pinned_chain(url: str, *chain: x509.Certificate) -> Json:
    """Give an authority's entry in a trusted root."""
    return {
        "subject": {"organization": "example", "commonName": url},
        "uri": url,
        "certChain": {"certificates": [{"rawBytes": b64(each.public_bytes(Encoding.DER))} for each in chain]},
        "validFor": window(),
    }


@dataclass
class Place:
    """Every party of one Sigstore, its keys named after `label`."""

    label: str = "good"
    log: Log = field(default_factory=Log)
    signing: Key = field(default_factory=lambda: Key("signer"))
    managed: bool = False
    leaf: Leaf = field(default_factory=lambda: Leaf(names=(x509.RFC822Name(IDENTITY),), issuer=ISSUER))
    ca_kind: str = "p256"
    tsa_kind: str = "p256"
    ct: Key | None = None
    """Who signs the SCTs, where it is not the pinned log."""

    def __post_init__(self) -> None:
        label = self.label
        self.root_key, self.ca_key = Key(f"{label} root", self.ca_kind), Key(f"{label} authority", self.ca_kind)
        self.ct_key = Key(f"{label} ct")
        self.root = authority(self.root_key, self.root_key, depth=1)
        self.middle = authority(self.ca_key, self.root_key, depth=0)
        self.tsa_root_key, self.tsa_key = Key(f"{label} tsa root"), Key(f"{label} tsa", self.tsa_kind)
        self.tsa_root = authority(self.tsa_root_key, self.tsa_root_key, depth=0)
        self.tsa = stamper(self.tsa_key, self.tsa_root_key)

    def trusted_root(self) -> Json:
        """Give what pins all of it."""
        return {
            "mediaType": _ROOT_TYPE,
            "tlogs": [self.log.pinned()],
            "certificateAuthorities": [pinned_chain("https://ca.example.test", self.middle, self.root)],
            "ctlogs": [pinned_key(self.ct_key, "https://ct.example.test")],
            "timestampAuthorities": [pinned_chain("https://tsa.example.test", self.tsa, self.tsa_root)],
        }

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return issue(self.signing, self.ca_key, self.ct or self.ct_key, self.leaf)

    def stamp(self, signature: bytes, stamp: Stamp | None = None) -> Json:
        """Give a time stamp over a signature, as a bundle carries it."""
        return {"signedTimestamp": b64(token(signature, self.tsa_key, self.tsa, stamp or Stamp()))}

    def entry_body(self, kind: str, version: str, message: bytes, signature: bytes) -> Json:
        """Give the entry body for a payload (`pae` behind the kind: a digest over the PAE) or an artifact."""
        covered = pae(IN_TOTO_PAYLOAD_TYPE, message) if kind.endswith("-pae") else message
        kind = kind.removesuffix("-pae")
        spec = _SPECS[kind, version](self, _Signed(message, covered, b64(signature)))
        return {"apiVersion": version, "kind": kind, "spec": spec}

    @property
    def pem(self) -> str:
        """The signer's certificate or key, as an entry of Rekor v1 holds it."""
        return b64(pem_of(self.signing.spki, b"PUBLIC KEY") if self.managed else pem_of(self.certificate))

    @property
    def verifier(self) -> Json:
        """The signer's certificate or key, as an entry of Rekor v2 holds it."""
        held = ("publicKey", self.signing.spki) if self.managed else ("x509Certificate", self.certificate)
        return {"keyDetails": DETAILS[self.signing.kind], held[0]: {"rawBytes": b64(held[1])}}

    def bundle(self, kind: str, version: str, message: bytes, *, promise: bool = False, stamped: bool = True) -> Json:
        """Give a 0.3 bundle over a payload, or over an artifact (`hashedrekord`)."""
        artifact = kind == "hashedrekord"
        signature = self.signing.sign(message if artifact else pae(IN_TOTO_PAYLOAD_TYPE, message))
        body = self.entry_body(kind, version, message, signature)
        material: Json = {"tlogEntries": [self.log.entry(body, promise=promise)]}
        if self.managed:
            material["publicKey"] = {"hint": "signer"}
        else:
            material["certificate"] = {"rawBytes": b64(self.certificate)}
        if stamped:
            material["timestampVerificationData"] = {"rfc3161Timestamps": [self.stamp(signature)]}
        content: Json = {"messageSignature": {"messageDigest": _v2(message, self.hash), "signature": b64(signature)}}
        if not artifact:
            envelope = {
                "payload": b64(message),
                "payloadType": IN_TOTO_PAYLOAD_TYPE,
                "signatures": [{"sig": b64(signature)}],
            }
            content = {"dsseEnvelope": envelope}
        return {"mediaType": V03, "verificationMaterial": material, **content}

    @property
    def hash(self) -> str:
        """The hash that belongs to the signer's key."""
        return self.signing.hash_name

    def with_leaf(self, leaf: Leaf) -> Place:
        """Give the same place, its signer's certificate saying something else."""
        return replace(self, leaf=leaf)


def _hexed(message: bytes, name: str = "sha256") -> Json:
    return {"algorithm": name, "value": hashlib.new(name, message).hexdigest()}


def _v2(message: bytes, name: str) -> Json:
    return {"algorithm": _V2_NAMES[name], "digest": b64(hashlib.new(name, message).digest())}


@dataclass(frozen=True, slots=True)
class _Signed:
    message: bytes
    covered: bytes
    """What a hashedrekord is over: the message, or its pre-authentication encoding."""
    signature: str


def _dsse_1(place: Place, signed: _Signed) -> Json:
    one = {"signature": signed.signature, "verifier": place.pem}
    # The hash of the envelope's JSON is of the signer's own spelling, which no bundle keeps.
    return {"envelopeHash": _hexed(b"envelope"), "payloadHash": _hexed(signed.message), "signatures": [one]}


def _dsse_2(place: Place, signed: _Signed) -> Json:
    one = {"content": signed.signature, "verifier": place.verifier}
    return {"dsseV002": {"payloadHash": _v2(signed.message, "sha256"), "signatures": [one]}}


def _intoto_2(place: Place, signed: _Signed) -> Json:
    one = {"publicKey": place.pem, "sig": b64(signed.signature.encode())}
    envelope = {"payloadType": IN_TOTO_PAYLOAD_TYPE, "signatures": [one]}
    return {"content": {"envelope": envelope, "hash": _hexed(b"envelope"), "payloadHash": _hexed(signed.message)}}


def _hashed_1(place: Place, signed: _Signed) -> Json:
    one = {"content": signed.signature, "publicKey": {"content": place.pem}}
    return {"data": {"hash": _hexed(signed.covered, place.hash)}, "signature": one}


def _hashed_2(place: Place, signed: _Signed) -> Json:
    one = {"content": signed.signature, "verifier": place.verifier}
    return {"hashedRekordV002": {"data": _v2(signed.covered, place.hash), "signature": one}}


_SPECS = {
    ("dsse", "0.0.1"): _dsse_1,
    ("dsse", "0.0.2"): _dsse_2,
    ("intoto", "0.0.2"): _intoto_2,
    ("hashedrekord", "0.0.1"): _hashed_1,
    ("hashedrekord", "0.0.2"): _hashed_2,
}
