"""Honest bundles of every form that signers make, and what a verifier must say about each."""

from __future__ import annotations

import copy
import json
from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.signing.der import encode
from attest.signing.strict import base64_text as b64
from tools.bundle_keys import NOW, Key, stamper
from tools.bundle_stamps import Stamp
from tools.bundle_world import IDENTITY, ISSUER, Json, Log, Place, window

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTIFACT: Final = b"an artifact\n"
STATEMENT: Final = canonical_json(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "artifact",
                "digest": {"sha256": "6970ef51f54a3e4f7a5ccd707d95be3077298a0f68b1ebb25c124d38f6a78ad6"},
            }
        ],
        "predicateType": "https://example.test/predicate/v1",
        "predicate": {"nonce": "00"},
    }
)
GOOD: Final = "pass"
URI: Final = "https://github.example.test/o/r/.github/workflows/w.yml@refs/heads/main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to a verifier."""

    name: str
    bundle: Json
    root: Json
    verdict: str
    """`pass`, or the code of the refusal."""
    stock: str = "agrees"
    """What sigstore-python says: `agrees`, `accepts` what must be refused, or `cannot` verify what is good."""
    identity: str = IDENTITY
    issuer: str = ISSUER
    key: bytes | None = None
    """PEM of a managed key, in place of the identity."""
    artifact: bytes = ARTIFACT
    by_digest: bool = True
    """Whether the artifact may also be given by its SHA-256."""
    tail: bytes = b""
    """What stands behind the JSON."""

    @property
    def raw(self) -> bytes:
        """The bundle's bytes."""
        return json.dumps(self.bundle, ensure_ascii=False).encode() + self.tail


def message_of(kind: str) -> bytes:
    """Give what a bundle of a kind is signed over."""
    return ARTIFACT if kind == "hashedrekord" else STATEMENT


def material(bundle: Json) -> Json:
    """Give a bundle's verification material."""
    held: Json = bundle["verificationMaterial"]
    return held


def entry(bundle: Json) -> Json:
    """Give a bundle's log entry."""
    held: Json = material(bundle)["tlogEntries"][0]
    return held


def stamps(bundle: Json) -> list[Json]:
    """Give a bundle's time stamps."""
    held: list[Json] = material(bundle)["timestampVerificationData"]["rfc3161Timestamps"]
    return held


def signature_of(bundle: Json) -> bytes:
    """Give the signature that time stamps are over."""
    if "messageSignature" in bundle:
        return b64decode(bundle["messageSignature"]["signature"])
    return b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"])


KINDS: Final = (
    ("dsse", "0.0.1", "agrees"),
    ("dsse", "0.0.2", "cannot"),
    ("intoto", "0.0.2", "cannot"),
    ("hashedrekord-pae", "0.0.1", "cannot"),
    ("hashedrekord-pae", "0.0.2", "agrees"),
    ("hashedrekord", "0.0.1", "agrees"),
    ("hashedrekord", "0.0.2", "agrees"),
)


def honest() -> Iterator[Case]:
    """Give every honest case."""
    yield from _kinds()
    yield from _managed()
    yield from _versions()
    yield from _logs()
    yield from _stamps()
    yield from _certificates()
    yield from _windows()


def _kinds() -> Iterator[Case]:
    place = Place()
    for kind, version, stock in KINDS:
        made = place.bundle(kind, version, message_of(kind))
        yield Case(name=f"{kind}-{version}", bundle=made, root=place.trusted_root(), verdict=GOOD, stock=stock)
    for kind, version in (("dsse", "0.0.1"), ("hashedrekord", "0.0.1")):
        for stamped in (True, False):
            made = place.bundle(kind, version, message_of(kind), promise=True, stamped=stamped)
            name = f"{kind}-{version}-promise" + ("-stamped" if stamped else "")
            yield Case(name=name, bundle=made, root=place.trusted_root(), verdict=GOOD)
    made = place.bundle("intoto", "0.0.2", STATEMENT, promise=True, stamped=False)
    yield Case(name="intoto-0.0.2-promise", bundle=made, root=place.trusted_root(), verdict=GOOD, stock="cannot")
    unnamed = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    del unnamed["messageSignature"]["messageDigest"]
    yield Case(name="artifact-digest-unnamed", bundle=unnamed, root=place.trusted_root(), verdict=GOOD)


def _managed() -> Iterator[Case]:
    for kind in ("p256", "p384", "ed25519"):
        place = Place(signing=Key("managed", kind), managed=True)
        for form, version in (("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), ("dsse", "0.0.1")):
            if kind == "ed25519" and form == "hashedrekord" and version == "0.0.1":
                continue
            made = place.bundle(form, version, message_of(form))
            # A P-384 key signs the SHA-384, an Ed25519 key the artifact itself: its SHA-256 does not lead there.
            by_digest = kind == "p256" or form == "dsse"
            yield Case(
                name=f"managed-{kind}-{form}-{version}",
                bundle=made,
                root=place.trusted_root(),
                verdict=GOOD,
                stock="cannot",
                key=place.signing.pem,
                by_digest=by_digest,
            )
    place = Place(signing=Key("managed"), managed=True)
    unlogged = place.bundle("hashedrekord", "0.0.1", ARTIFACT, stamped=False)
    del material(unlogged)["tlogEntries"]
    root, key = place.trusted_root(), place.signing.pem
    yield Case(name="managed-in-no-log", bundle=unlogged, root=root, verdict=GOOD, stock="cannot", key=key)


def _versions() -> Iterator[Case]:
    place = Place()
    root = place.trusted_root()
    for version in ("0.1", "0.2"):
        made = place.bundle("dsse", "0.0.1", STATEMENT, promise=True)
        made["mediaType"] = f"application/vnd.dev.sigstore.bundle+json;version={version}"
        held = material(made)
        chain = [held.pop("certificate"), {"rawBytes": b64(place.middle.public_bytes(Encoding.DER))}]
        held["x509CertificateChain"] = {"certificates": chain}
        yield Case(name=f"version-{version}-chain", bundle=made, root=root, verdict=GOOD)
        alone = copy.deepcopy(made)
        material(alone)["x509CertificateChain"]["certificates"].pop()
        yield Case(name=f"version-{version}-leaf", bundle=alone, root=root, verdict=GOOD)
    old = place.bundle("intoto", "0.0.2", STATEMENT, promise=True, stamped=False)
    old["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1"
    material(old)["x509CertificateChain"] = {"certificates": [material(old).pop("certificate")]}
    del entry(old)["inclusionProof"]["checkpoint"]
    yield Case(name="version-0.1-no-checkpoint", bundle=copy.deepcopy(old), root=root, verdict=GOOD, stock="cannot")
    del entry(old)["inclusionProof"]
    yield Case(name="version-0.1-promise-only", bundle=old, root=root, verdict=GOOD, stock="cannot")
    made = place.bundle("dsse", "0.0.1", STATEMENT)
    made["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.3"
    yield Case(name="version-0.3-other-spelling", bundle=made, root=root, verdict=GOOD)


def _logs() -> Iterator[Case]:
    edwards = Log(key=Key("log v2", "ed25519"), name="log2.example.test", suffix="")
    for name, log in (
        ("log-ed25519", edwards),
        ("log-p384", Log(key=Key("log p384", "p384"))),
        ("log-without-tree-id", Log(suffix="")),
    ):
        place = Place(log=log)
        made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
        yield Case(name=name, bundle=made, root=place.trusted_root(), verdict=GOOD)
    place = Place()
    made = place.bundle("dsse", "0.0.1", STATEMENT, promise=True)
    signed = place.entry_body("dsse", "0.0.1", STATEMENT, signature_of(made))
    witness = Log(key=Key("witness", "ed25519"), name="witness.example.test")
    material(made)["tlogEntries"] = [place.log.entry(signed, promise=True, others=(witness, edwards))]
    yield Case(name="checkpoint-with-cosignatures", bundle=made, root=place.trusted_root(), verdict=GOOD)
    root = place.trusted_root()
    root["tlogs"].insert(0, edwards.pinned())
    yield Case(name="second-log-pinned", bundle=made, root=root, verdict=GOOD)


def _stamps() -> Iterator[Case]:
    good = Place()
    for name, stamp in (
        ("fraction", Stamp(fraction=".25")),
        ("imprint-sha384", Stamp(imprint="sha384")),
        ("imprint-sha512", Stamp(imprint="sha512")),
        ("without-certificate", Stamp(with_certificate=False)),
        ("certificate-id-v1", Stamp(certificate_id="v1")),
        ("accuracy-nonce", Stamp(extra=encode(0x30, encode(0x02, b"\x01")) + encode(0x02, b"\x05"))),
    ):
        made = good.bundle("hashedrekord", "0.0.2", ARTIFACT)
        stamps(made)[0] = good.stamp(signature_of(made), stamp)
        yield Case(name=f"stamp-{name}", bundle=made, root=good.trusted_root(), verdict=GOOD)
    place = Place(tsa_kind="p384")
    made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    stamps(made)[0] = place.stamp(signature_of(made), Stamp(digest="sha384"))
    yield Case(name="stamp-p384", bundle=made, root=place.trusted_root(), verdict=GOOD)
    made = good.bundle("hashedrekord", "0.0.2", ARTIFACT)
    stamps(made).append(good.stamp(signature_of(made), Stamp(at=NOW + timedelta(seconds=30))))
    yield Case(name="stamp-twice-at-two-times", bundle=made, root=good.trusted_root(), verdict=GOOD)


def _certificates() -> Iterator[Case]:
    place = Place()
    uri = place.with_leaf(replace(place.leaf, names=(x509.UniformResourceIdentifier(URI),)))
    other = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), encode(0x0C, b"name!example.test"))
    named = place.with_leaf(replace(place.leaf, names=(other,)))
    made = uri.bundle("dsse", "0.0.1", STATEMENT)
    yield Case(name="identity-uri", bundle=made, root=uri.trusted_root(), verdict=GOOD, identity=URI)
    made = named.bundle("dsse", "0.0.1", STATEMENT)
    # sigstore-python compares such a name with its DER header in front.
    yield Case(
        name="identity-other-name",
        bundle=made,
        root=place.trusted_root(),
        verdict=GOOD,
        stock="cannot",
        identity="name!example.test",
    )
    for kind in ("p384", "ed25519"):
        place = Place(signing=Key("signer", kind))
        made = place.bundle("dsse", "0.0.1", STATEMENT)
        # sigstore-python reads every signature under SHA-256, which is not what these keys sign by.
        yield Case(name=f"signer-{kind}", bundle=made, root=place.trusted_root(), verdict=GOOD, stock="cannot")
    place = Place(ca_kind="p384")
    made = place.bundle("dsse", "0.0.1", STATEMENT)
    yield Case(name="authority-p384", bundle=made, root=place.trusted_root(), verdict=GOOD)
    root = place.trusted_root()
    root["certificateAuthorities"][:0] = Place("decoy").trusted_root()["certificateAuthorities"]
    yield Case(name="second-authority-pinned", bundle=made, root=root, verdict=GOOD)


def _windows() -> Iterator[Case]:
    place = Place()
    made = place.bundle("hashedrekord", "0.0.1", ARTIFACT, promise=True)
    now = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    for part in ("tlogs", "certificateAuthorities", "timestampAuthorities"):
        root = place.trusted_root()
        held = root[part][0]["publicKey"] if part == "tlogs" else root[part][0]
        held["validFor"] = window(end=now)
        yield Case(name=f"window-{part}-ends-now", bundle=made, root=root, verdict=GOOD)
        held["validFor"] = window(start=now)
        yield Case(name=f"window-{part}-starts-now", bundle=made, root=root, verdict=GOOD)
    unpromised = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    root = place.trusted_root()
    root["timestampAuthorities"][0]["validFor"] = window(end=now)
    # The end is part of the window; sigstore-python leaves it out here.
    yield Case(name="window-stamper-ends-now", bundle=unpromised, root=root, verdict=GOOD, stock="cannot")
    short = Place()
    short.tsa = stamper(short.tsa_key, short.tsa_root_key, span=(NOW - timedelta(days=1), NOW + timedelta(days=1)))
    made = short.bundle("hashedrekord", "0.0.2", ARTIFACT)
    yield Case(name="stamper-expired-since", bundle=made, root=short.trusted_root(), verdict=GOOD)
