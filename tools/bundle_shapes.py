"""Shapes that bundles and trusted roots have in the field: rotated keys, other chains, shards, and what stands in their way."""

from __future__ import annotations

import copy
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.strict import base64_text as b64
from tools.bundle_cases import ARTIFACT, GOOD, STATEMENT, Case, entry, material, signature_of, stamps
from tools.bundle_faults import CERTIFICATE, CHECKPOINT, INCLUSION, MALFORMED, SUBJECT, TIMESTAMP, Bench, flip
from tools.bundle_keys import NOW, Key, authority, stamper
from tools.bundle_world import FILLERS, PLACE, Json, Log, Place, pinned_chain, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BEFORE: Final = (NOW - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
_FINE: Final = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.186617431Z")
_SHARD: Final = " - 1193050959916656506"


def field_shapes() -> Iterator[Case]:
    """Give every case, honest and hostile."""
    yield from _rotated()
    yield from _chains()
    yield from _shards()
    yield from _spellings()
    yield from _cosigned()
    yield from _trailing()


def _rotated() -> Iterator[Case]:
    """One party pinned for several spans, or beside its older key."""
    place = Place()
    made = place.bundle("dsse", "0.0.1", STATEMENT, promise=True)
    for part in ("tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"):
        root = place.trusted_root()
        over = copy.deepcopy(root[part][0])
        (over["publicKey"] if part.endswith("logs") else over)["validFor"] = window(end=_BEFORE)
        root[part].insert(0, over)
        yield Case(name=f"rotated-{part}-same-key", bundle=made, root=root, verdict=GOOD)
        gap = copy.deepcopy(root)
        last = gap[part][1]["publicKey"] if part.endswith("logs") else gap[part][1]
        last["validFor"] = window(start=_FINE)
        codes = {"tlogs": INCLUSION, "timestampAuthorities": TIMESTAMP}
        # sigstore-python reads windows but those of time-stampers against today alone, and has the other time here.
        yield Case(
            name=f"rotated-{part}-gap", bundle=made, root=gap, verdict=codes.get(part, CERTIFICATE), stock="accepts"
        )
        root = place.trusted_root()
        older = Place("older", log=Log(key=Key("older log"))).trusted_root()[part][0]
        (older["publicKey"] if part.endswith("logs") else older)["validFor"] = window(end=_BEFORE)
        root[part].insert(0, older)
        yield Case(name=f"rotated-{part}-other-key", bundle=made, root=root, verdict=GOOD)
    root = place.trusted_root()
    root["timestampAuthorities"][0]["validFor"] = window(end=_FINE)
    yield Case(name="window-with-nanoseconds", bundle=made, root=root, verdict=GOOD)


def _chains() -> Iterator[Case]:
    """Authorities pinned with one, two and three certificates."""
    place = Place()
    made = place.bundle("dsse", "0.0.1", STATEMENT)
    root = place.trusted_root()
    root["certificateAuthorities"] = [pinned_chain("https://ca.example.test", place.middle)]
    yield Case(name="authority-pinned-without-its-root", bundle=made, root=root, verdict=CERTIFICATE)
    root["certificateAuthorities"] = [pinned_chain("https://ca.example.test", place.root)]
    yield Case(name="authority-pinned-by-its-root-alone", bundle=made, root=root, verdict=CERTIFICATE)
    direct = Place()
    direct.ca_key = direct.root_key
    direct.middle = direct.root
    root = direct.trusted_root()
    root["certificateAuthorities"] = [pinned_chain("https://ca.example.test", direct.root)]
    yield Case(
        name="authority-is-its-own-root", bundle=direct.bundle("dsse", "0.0.1", STATEMENT), root=root, verdict=GOOD
    )
    top = Key("good top")
    held = authority(place.root_key, top, depth=1)
    above = authority(top, top, depth=2)
    root = place.trusted_root()
    root["certificateAuthorities"] = [pinned_chain("https://ca.example.test", place.middle, held, above)]
    yield Case(name="authority-of-three", bundle=made, root=root, verdict=GOOD)
    root = place.trusted_root()
    root["certificateAuthorities"] = [pinned_chain("https://ca.example.test", place.root, place.middle)]
    yield Case(name="authority-root-first", bundle=made, root=root, verdict=GOOD)
    yield from _stamper_chains()


def _stamper_chains() -> Iterator[Case]:
    place = Place()
    middle = Key("good tsa middle")
    place.tsa = stamper(place.tsa_key, middle)
    made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    between = authority(middle, place.tsa_root_key, depth=0)
    above = authority(place.tsa_root_key, place.tsa_root_key, depth=1)
    root = place.trusted_root()
    root["timestampAuthorities"] = [pinned_chain("https://tsa.example.test", place.tsa, between, above)]
    yield Case(name="stamper-of-three", bundle=made, root=root, verdict=GOOD)
    cut = copy.deepcopy(root)
    cut["timestampAuthorities"] = [pinned_chain("https://tsa.example.test", place.tsa, above)]
    yield Case(name="stamper-of-three-middle-missing", bundle=made, root=cut, verdict=TIMESTAMP)
    cut["timestampAuthorities"] = [pinned_chain("https://tsa.example.test", place.tsa)]
    yield Case(name="stamper-pinned-alone", bundle=made, root=cut, verdict=TIMESTAMP)
    del root["timestampAuthorities"][0]["uri"]
    yield Case(name="stamper-without-a-uri", bundle=made, root=root, verdict=GOOD)


def _shards() -> Iterator[Case]:
    """A log of Rekor v1 numbers its entries across shards: the outer index is not the proof's."""
    place = Place(log=Log(suffix=_SHARD))
    across = str(4163431 + PLACE)
    plain = place.bundle("dsse", "0.0.1", STATEMENT)
    entry(plain)["logIndex"] = across
    yield Case(name="shard-index-uncovered", bundle=plain, root=place.trusted_root(), verdict=GOOD)
    less = copy.deepcopy(plain)
    entry(less)["logIndex"] = str(PLACE - 1)
    root = place.trusted_root()
    yield Case(name="shard-index-below-the-proof", bundle=less, root=root, verdict=INCLUSION, stock="accepts")
    newer = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    entry(newer)["logIndex"] = across
    # Entries of Rekor v2 have one index: its logs have no shards.
    yield Case(name="shard-index-of-rekor-2", bundle=newer, root=root, verdict=INCLUSION, stock="accepts")
    promised = place.bundle("dsse", "0.0.1", STATEMENT, promise=True)
    entry(promised)["logIndex"] = across
    yield Case(name="shard-index-not-the-promised", bundle=promised, root=root, verdict=INCLUSION)


def _spellings() -> Iterator[Case]:
    """Other spellings of the same JSON."""
    bench = Bench()
    place, root = bench.place, bench.place.trusted_root()

    def numbers(bundle: Json) -> None:
        entry(bundle).update(logIndex=PLACE, integratedTime=int(NOW.timestamp()))
        entry(bundle)["inclusionProof"].update(logIndex=PLACE, treeSize=FILLERS + 1)

    def keyed(bundle: Json) -> None:
        bundle["dsseEnvelope"]["signatures"][0]["keyid"] = ""

    # Proto JSON allows both spellings; sigstore-python reads strings alone.
    yield bench.changed("spelled-integers-as-numbers", GOOD, numbers, "cannot")
    yield bench.changed("spelled-empty-keyid", GOOD, keyed)
    plain = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    spelled = copy.deepcopy(plain)
    entry(spelled).update(integratedTime="0", inclusionPromise=None)
    yield Case(name="spelled-nulls", bundle=spelled, root=root, verdict=GOOD)
    promised = place.bundle("dsse", "0.0.1", STATEMENT, promise=True, stamped=False)
    material(promised)["timestampVerificationData"] = {"rfc3161Timestamps": []}
    yield Case(name="spelled-no-stamps", bundle=promised, root=root, verdict=GOOD)
    bare = place.trusted_root()
    bare["tlogs"][0]["baseUrl"] = "log.example.test"
    yield Case(name="log-url-without-scheme", bundle=plain, root=bare, verdict=GOOD)
    root = place.trusted_root()
    root["tlogs"][0]["baseUrl"] = "https://log.example.test/api/v2/"
    yield Case(name="log-url-with-a-path", bundle=plain, root=root, verdict=GOOD)
    digest = plain["messageSignature"]["messageDigest"]["digest"]
    for name, named in (
        ("another-digest", {"algorithm": "SHA2_256", "digest": flip(digest)}),
        ("another-hash", {"algorithm": "SHA2_512", "digest": digest}),
    ):
        changed = copy.deepcopy(plain)
        changed["messageSignature"]["messageDigest"] = named
        # sigstore-python compares the digest, not the name of its hash.
        stock = "accepts" if name == "another-hash" else "agrees"
        yield Case(name=f"names-{name}", bundle=changed, root=place.trusted_root(), verdict=SUBJECT, stock=stock)


def _cosigned() -> Iterator[Case]:
    """Checkpoints with lines of others beside the log's."""
    edwards = Log(key=Key("log v2", "ed25519"), name="log2.example.test", suffix="")
    place = Place(log=edwards)
    witness = Log(key=Key("witness", "ed25519"), name="witness.example.test/w1")
    made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    body = place.entry_body("hashedrekord", "0.0.2", ARTIFACT, signature_of(made))
    material(made)["tlogEntries"] = [edwards.entry(body, promise=False, others=(witness,) * 3)]
    root = place.trusted_root()
    yield Case(name="cosigned-log-last", bundle=made, root=root, verdict=GOOD)
    held = entry(made)["inclusionProof"]["checkpoint"]
    text, _, lines = held["envelope"].partition("\n\n")
    first, *others = reversed(lines.splitlines(keepends=True))
    front = copy.deepcopy(made)
    entry(front)["inclusionProof"]["checkpoint"] = {"envelope": f"{text}\n\n{first}{''.join(others)}"}
    yield Case(name="cosigned-log-first", bundle=front, root=root, verdict=GOOD)
    head, _, signed = first.rstrip("\n").rpartition(" ")
    bad = f"{head} {flip(signed)}\n"
    alone = copy.deepcopy(made)
    entry(alone)["inclusionProof"]["checkpoint"] = {"envelope": f"{text}\n\n{''.join(others)}"}
    yield Case(name="cosigned-log-missing", bundle=alone, root=root, verdict=CHECKPOINT)
    for name, both in (("first", bad + first), ("last", first + bad)):
        twice = copy.deepcopy(made)
        entry(twice)["inclusionProof"]["checkpoint"] = {"envelope": f"{text}\n\n{both}"}
        # sigstore-python looks at the first line of the log's key alone.
        stock = "accepts" if name == "last" else "agrees"
        yield Case(name=f"cosigned-bad-line-{name}", bundle=twice, root=root, verdict=CHECKPOINT, stock=stock)


def _trailing() -> Iterator[Case]:
    """Something behind the end: of the file, a token, a certificate, a note."""
    bench = Bench()
    good = bench.changed("trailing-json", MALFORMED, lambda _: None)
    yield replace(good, tail=b"{}")
    yield replace(good, name="trailing-newline", tail=b"\n", verdict=GOOD)
    yield replace(good, name="trailing-zero", tail=b"\0")

    def longer(held: Json, name: str) -> Callable[[Json], object]:
        return lambda _: held.update({name: b64(b64decode(held[name]) + b"\0")})

    for name, code, where in (
        ("token", TIMESTAMP, lambda b: (stamps(b)[0], "signedTimestamp")),
        ("certificate", CERTIFICATE, lambda b: (material(b)["certificate"], "rawBytes")),
        ("body", INCLUSION, lambda b: (entry(b), "canonicalizedBody")),
    ):
        made = copy.deepcopy(bench.good)
        held, field = where(made)
        longer(held, field)(made)
        yield replace(good, name=f"trailing-{name}", bundle=made, verdict=code)
    noted = copy.deepcopy(bench.good)
    checkpoint = entry(noted)["inclusionProof"]["checkpoint"]
    checkpoint["envelope"] += "x\n"
    yield replace(good, name="trailing-note", bundle=noted, verdict=MALFORMED, stock="accepts")
    chained = copy.deepcopy(bench.good)
    chained["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1"
    root = bench.place.root.public_bytes(Encoding.DER)
    chain = [material(chained).pop("certificate"), *({"rawBytes": b64(each)} for each in (b"\x30\x00", root))]
    material(chained)["x509CertificateChain"] = {"certificates": chain}
    yield replace(good, name="chain-holds-no-certificate", bundle=chained, verdict=CERTIFICATE)
