"""Bundles with one fault in envelope, signer, certificate or time, and the code each must be refused with."""

from __future__ import annotations

import copy
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.signing.strict import base64_text as b64
from tools.bundle_cases import ARTIFACT, GOOD, STATEMENT, Case, entry, material, signature_of, stamps
from tools.bundle_keys import NOW, Key
from tools.bundle_stamps import Stamp
from tools.bundle_world import IDENTITY, ISSUER, Json, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MALFORMED: Final = "evidence.malformed"
CERTIFICATE: Final = "evidence.certificate"
IDENTITY_CODE: Final = "evidence.identity"
TIMESTAMP: Final = "evidence.timestamp"
INCLUSION: Final = "evidence.inclusion"
CHECKPOINT: Final = "evidence.checkpoint"
SIGNATURE: Final = "evidence.signature"
ENTRY: Final = "evidence.entry"
STATEMENT_CODE: Final = "evidence.statement"
SUBJECT: Final = "evidence.subject"
UNREADABLE: Final = "trust.unreadable"
_DAY: Final = timedelta(days=1)


def signer_faults() -> Iterator[Case]:
    """Give every hostile case about what was signed, by whom and when."""
    yield from _envelopes()
    yield from _signers()
    yield from _leaves()
    yield from _times()


def flip(text: str, at: int = -1) -> str:
    """Give base64 of the same bytes, one bit of them changed."""
    raw = bytearray(b64decode(text))
    raw[at] ^= 1
    return b64(bytes(raw))


class Bench:
    """Makes cases out of one good bundle."""

    def __init__(self, kind: str = "dsse", version: str = "0.0.1", *, promise: bool = True) -> None:
        self.place = Place()
        self.good = self.place.bundle(kind, version, ARTIFACT if kind == "hashedrekord" else STATEMENT, promise=promise)

    def changed(self, name: str, code: str, change: Callable[[Json], object], stock: str = "agrees") -> Case:
        """Give the case in which `change` was done to a copy of the good bundle."""
        bundle = copy.deepcopy(self.good)
        change(bundle)
        return Case(name=name, bundle=bundle, root=self.place.trusted_root(), verdict=code, stock=stock)


def _case(name: str, place: Place, code: str, stock: str = "agrees", *, promise: bool = False) -> Case:
    made = place.bundle("dsse", "0.0.1", STATEMENT, promise=promise)
    return Case(name=name, bundle=made, root=Place().trusted_root(), verdict=code, stock=stock)


def _signatures(bundle: Json) -> list[Json]:
    held: list[Json] = bundle["dsseEnvelope"]["signatures"]
    return held


def _envelopes() -> Iterator[Case]:
    bench = Bench()
    bad = {"sig": flip(_signatures(bench.good)[0]["sig"])}
    yield bench.changed("two-signatures-one-bad", MALFORMED, lambda b: _signatures(b).append(bad))
    yield bench.changed("two-signatures-bad-first", MALFORMED, lambda b: _signatures(b).insert(0, bad))
    yield bench.changed("no-signatures", MALFORMED, lambda b: _signatures(b).clear())
    yield bench.changed("empty-signature", MALFORMED, lambda b: _signatures(b)[0].update(sig=""))
    yield bench.changed("signature-of-nothing", TIMESTAMP, lambda b: _signatures(b)[0].update(bad))
    payload_type = {"payloadType": "application/json"}
    yield bench.changed("payload-type-changed", SIGNATURE, lambda b: b["dsseEnvelope"].update(payload_type))
    other = b64(STATEMENT.replace(b"00", b"01"))
    yield bench.changed("payload-changed", SIGNATURE, lambda b: b["dsseEnvelope"].update(payload=other))
    yield bench.changed("unknown-field", MALFORMED, lambda b: b.update(trusted=True))
    foreign = Place("foreign").trusted_root()
    yield bench.changed("brings-a-trusted-root", MALFORMED, lambda b: b.update(trustedRoot=foreign))
    yield bench.changed("both-contents", MALFORMED, lambda b: b.update(messageSignature={"signature": "AA=="}))
    yield bench.changed("no-content", MALFORMED, lambda b: b.pop("dsseEnvelope"))
    unknown = "application/vnd.dev.sigstore.bundle.v0.4+json"
    yield bench.changed("unknown-version", "evidence.unsupported", lambda b: b.update(mediaType=unknown))
    place = bench.place
    for name, text, code in (
        ("no-statement", b"{}", STATEMENT_CODE),
        ("statement-about-another", STATEMENT.replace(b"6970", b"7069"), SUBJECT),
        ("statement-of-an-unknown-version", STATEMENT.replace(b"Statement/v1", b"Statement/v9"), STATEMENT_CODE),
    ):
        made = place.bundle("dsse", "0.0.1", text)
        # sigstore-python gives the payload out unread; its command line alone compares the subject.
        stock = "accepts" if "version" in name else "agrees"
        yield Case(name=name, bundle=made, root=place.trusted_root(), verdict=code, stock=stock)
    for version in ("0.0.1", "0.0.2"):
        made = place.bundle("hashedrekord", version, ARTIFACT)
        yield Case(
            name=f"another-artifact-{version}",
            bundle=made,
            root=place.trusted_root(),
            verdict=SUBJECT,
            artifact=ARTIFACT + b"!",
        )
        del (renamed := copy.deepcopy(made))["messageSignature"]["messageDigest"]
        yield Case(
            name=f"another-artifact-unnamed-{version}",
            bundle=renamed,
            root=place.trusted_root(),
            verdict=SIGNATURE,
            artifact=ARTIFACT + b"!",
        )


def _signers() -> Iterator[Case]:
    place, root = Place(), Place().trusted_root()
    made = place.bundle("dsse", "0.0.1", STATEMENT)
    for name, identity, issuer in (
        ("another-issuer-same-email", IDENTITY, "https://other.example.test"),
        ("issuer-is-a-prefix", IDENTITY, ISSUER + ".evil.test"),
        ("another-identity", "other@example.test", ISSUER),
        ("identity-of-other-case", IDENTITY.upper(), ISSUER),
        ("identity-is-a-pattern", ".*", ISSUER),
    ):
        yield Case(name=name, bundle=made, root=root, verdict=IDENTITY_CODE, identity=identity, issuer=issuer)
    for name, names, code in (
        ("identity-contained-in-front", (f"x{IDENTITY}",), IDENTITY_CODE),
        ("identity-contained-behind", (f"{IDENTITY}.evil.test",), IDENTITY_CODE),
        ("identity-among-two-names", (IDENTITY, "evil@example.test"), CERTIFICATE),
    ):
        leaf = replace(place.leaf, names=tuple(x509.RFC822Name(each) for each in names))
        # sigstore-python takes any of several names; a certificate here has one.
        yield _case(name, place.with_leaf(leaf), code, "accepts" if len(names) > 1 else "agrees")
    named = replace(place.leaf, names=(x509.DNSName("builder.example.test"),))
    yield _case("identity-is-a-host", place.with_leaf(named), CERTIFICATE)
    two = replace(place.leaf, issuer_v1="https://other.example.test")
    yield _case("two-issuers-that-differ", place.with_leaf(two), CERTIFICATE)
    yield _case("no-issuer", place.with_leaf(replace(place.leaf, issuer=None)), IDENTITY_CODE)
    managed = Place(signing=Key("managed"), managed=True)
    held = managed.bundle("hashedrekord", "0.0.2", ARTIFACT)
    yield Case(name="key-for-an-identity", bundle=held, root=root, verdict=IDENTITY_CODE)
    key = Key("another").pem
    yield Case(name="another-key", bundle=held, root=root, verdict=SIGNATURE, key=key)
    yield Case(name="identity-for-a-key", bundle=made, root=root, verdict=IDENTITY_CODE, key=place.signing.pem)
    stamped = copy.deepcopy(held)
    stamped["messageSignature"]["signature"] = flip(held["messageSignature"]["signature"])
    bad = copy.deepcopy(stamped)
    yield Case(name="key-bad-signature", bundle=stamped, root=root, verdict=TIMESTAMP, key=managed.signing.pem)
    del material(bad)["timestampVerificationData"]
    yield Case(name="key-bad-signature-unstamped", bundle=bad, root=root, verdict=SIGNATURE, key=managed.signing.pem)


def _leaves() -> Iterator[Case]:
    place = Place()
    good = place.leaf
    for name, leaf in (
        ("no-code-signing", replace(good, usage=(ExtendedKeyUsageOID.CLIENT_AUTH,))),
        ("no-digital-signature", replace(good, signs=False)),
        ("no-sct", replace(good, scts=0)),
        ("two-scts", replace(good, scts=2)),
    ):
        yield _case(f"leaf-{name}", place.with_leaf(leaf), CERTIFICATE)
    yield _case("leaf-is-an-authority", place.with_leaf(replace(good, is_authority=True)), CERTIFICATE)
    yield _case("leaf-sct-by-another-log", Place(ct=Key("foreign ct")), CERTIFICATE)
    early = replace(good, sct_at=NOW - 5 * 365 * _DAY)
    # sigstore-python does not look at the time of the SCT.
    yield _case("leaf-sct-before-its-log", place.with_leaf(early), CERTIFICATE, "accepts")
    bench = Bench()
    held = flip(material(bench.good)["certificate"]["rawBytes"])
    yield bench.changed(
        "leaf-signature-changed", CERTIFICATE, lambda b: material(b)["certificate"].update(rawBytes=held)
    )
    yield bench.changed("leaf-empty", MALFORMED, lambda b: material(b)["certificate"].update(rawBytes=""))
    yield bench.changed("leaf-garbage", CERTIFICATE, lambda b: material(b)["certificate"].update(rawBytes="AAAA"))
    foreign = Place("foreign")
    own = foreign.bundle("dsse", "0.0.1", STATEMENT)
    yield Case(name="another-sigstore", bundle=own, root=Place().trusted_root(), verdict=TIMESTAMP)
    mixed = Place().trusted_root()
    mixed["timestampAuthorities"] = foreign.trusted_root()["timestampAuthorities"]
    yield Case(name="another-authority", bundle=own, root=mixed, verdict=CERTIFICATE)
    chained = copy.deepcopy(bench.good)
    chained["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"
    chain = [material(chained).pop("certificate"), {"rawBytes": b64(place.root.public_bytes(Encoding.DER))}]
    material(chained)["x509CertificateChain"] = {"certificates": chain}
    # As early signers did; it is never used.
    yield Case(name="chain-brings-a-root", bundle=chained, root=place.trusted_root(), verdict=GOOD)
    outside = copy.deepcopy(own)
    outside["mediaType"] = chained["mediaType"]
    brought = (material(outside).pop("certificate")["rawBytes"], *_der(foreign.middle, foreign.root))
    material(outside)["x509CertificateChain"] = {"certificates": [{"rawBytes": each} for each in brought]}
    yield Case(name="chain-leads-to-its-own-root", bundle=outside, root=mixed, verdict=CERTIFICATE)
    chained = copy.deepcopy(chained)
    chained["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json"
    yield Case(name="chain-in-0.3", bundle=chained, root=place.trusted_root(), verdict=MALFORMED)


def _der(*certificates: x509.Certificate) -> tuple[str, ...]:
    return tuple(b64(each.public_bytes(Encoding.DER)) for each in certificates)


def _times() -> Iterator[Case]:
    place = Place()
    old = place.with_leaf(replace(place.leaf, start=NOW - 2 * _DAY, end=NOW - _DAY))
    new = place.with_leaf(replace(place.leaf, start=NOW + _DAY, end=NOW + 2 * _DAY))
    for promise in (False, True):
        suffix = "-promise" if promise else ""
        yield _case(f"certificate-expired{suffix}", old, CERTIFICATE, promise=promise)
        yield _case(f"certificate-not-yet-valid{suffix}", new, CERTIFICATE, promise=promise)
    for name, held in (("certificate-without-a-time", place), ("certificate-expired-without-a-time", old)):
        made = held.bundle("dsse", "0.0.1", STATEMENT, stamped=False)
        yield Case(name=name, bundle=made, root=place.trusted_root(), verdict=TIMESTAMP)
    made = place.bundle("dsse", "0.0.1", STATEMENT, promise=True, stamped=False)
    del entry(made)["inclusionPromise"]
    yield Case(name="time-without-a-promise", bundle=made, root=place.trusted_root(), verdict=TIMESTAMP)
    late = place.bundle("dsse", "0.0.1", STATEMENT, promise=True)
    stamps(late).append(place.stamp(signature_of(late), Stamp(at=NOW + timedelta(minutes=10))))
    yield Case(name="one-time-of-three-too-late", bundle=late, root=place.trusted_root(), verdict=CERTIFICATE)
