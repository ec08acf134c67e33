"""Bundles with one fault in time stamp, log entry, checkpoint or trusted root, and the code of each refusal."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.canonical import canonical_json
from attest.signing.strict import base64_text as b64
from tools.bundle_cases import ARTIFACT, GOOD, STATEMENT, Case, entry, material, signature_of, stamps
from tools.bundle_faults import CERTIFICATE, CHECKPOINT, ENTRY, INCLUSION, MALFORMED, TIMESTAMP, UNREADABLE, Bench, flip
from tools.bundle_keys import NOW, Key, stamper
from tools.bundle_stamps import Stamp
from tools.bundle_world import Json, Log, Place, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DAY: Final = timedelta(days=1)


def witness_faults() -> Iterator[Case]:
    """Give every hostile case about who attests time and log."""
    yield from _tokens()
    yield from _entries()
    yield from _checkpoints()
    yield from _bodies()
    yield from _windows()


def _tokens() -> Iterator[Case]:
    place = Place()
    for name, stock, stamp in (
        ("of-another-imprint", "agrees", None),
        ("not-granted", "agrees", Stamp(status=2)),
        ("certificate-id-wrong", "accepts", Stamp(certificate_id="wrong")),  # RFC 5816: must be checked
        ("certificate-id-missing", "accepts", Stamp(certificate_id="none")),  # RFC 3161 2.4.2: must be there
        ("digest-of-another-info", "agrees", Stamp(info_digest=bytes(32))),
        ("two-signers", "agrees", Stamp(signers=2)),
        ("digest-not-of-the-signature", "agrees", Stamp(digest="sha512")),
    ):
        made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
        signature = b"another" if stamp is None else signature_of(made)
        stamps(made)[0] = place.stamp(signature, stamp)
        root = place.trusted_root()
        yield Case(name=f"stamp-{name}", bundle=made, root=root, verdict=TIMESTAMP, stock=stock)
    bench = Bench("hashedrekord", "0.0.2", promise=False)
    token = stamps(bench.good)[0]["signedTimestamp"]
    yield bench.changed(
        "stamp-signature-changed", TIMESTAMP, lambda b: stamps(b)[0].update(signedTimestamp=flip(token))
    )
    yield bench.changed(
        "stamp-cut-short", TIMESTAMP, lambda b: stamps(b)[0].update(signedTimestamp=b64(b64decode(token)[:-3]))
    )
    yield bench.changed("stamp-same-twice", MALFORMED, lambda b: stamps(b).append(stamps(b)[0]))
    yield bench.changed("stamps-more-than-32", MALFORMED, lambda b: stamps(b).extend(stamps(b) * 33))
    beside = Bench()
    foreign = Place("foreign").stamp(signature_of(beside.good))
    # sigstore-python passes over a stamp that it does not know where another time is proved.
    yield beside.changed("stamp-by-an-unknown-authority", TIMESTAMP, lambda b: stamps(b).append(foreign), "accepts")
    for name, usages, critical in (
        ("may-also-sign-code", (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
        ("may-not-stamp", (ExtendedKeyUsageOID.CODE_SIGNING,), True),
        ("usage-not-critical", (ExtendedKeyUsageOID.TIME_STAMPING,), False),
    ):
        held = Place()
        held.tsa = stamper(held.tsa_key, held.tsa_root_key, usages=usages, critical=critical)
        made = held.bundle("hashedrekord", "0.0.2", ARTIFACT)
        yield Case(name=f"stamper-{name}", bundle=made, root=held.trusted_root(), verdict=TIMESTAMP)
    for name, span in (("expired", (NOW - 2 * _DAY, NOW - _DAY)), ("not-yet-valid", (NOW + _DAY, NOW + 2 * _DAY))):
        held = Place()
        held.tsa = stamper(held.tsa_key, held.tsa_root_key, span=span)
        made = held.bundle("hashedrekord", "0.0.2", ARTIFACT)
        yield Case(name=f"stamper-{name}", bundle=made, root=held.trusted_root(), verdict=TIMESTAMP)


def _entries() -> Iterator[Case]:
    bench = Bench()
    other = bench.place.bundle("dsse", "0.0.1", STATEMENT.replace(b"00", b"01"), promise=True)

    def proof(bundle: Json) -> Json:
        held: Json = entry(bundle)["inclusionProof"]
        return held

    def set_of(bundle: Json) -> Json:
        held: Json = entry(bundle)["inclusionPromise"]
        return held

    bad = flip(set_of(bench.good)["signedEntryTimestamp"])
    yield bench.changed("promise-bad", INCLUSION, lambda b: set_of(b).update(signedEntryTimestamp=bad))
    later = str(int(NOW.timestamp()) + 1)
    yield bench.changed("promise-of-another-time", INCLUSION, lambda b: entry(b).update(integratedTime=later))
    yield bench.changed("promise-of-another-index", INCLUSION, lambda b: entry(b).update(logIndex="4"))
    yield bench.changed("proof-of-another-leaf", INCLUSION, lambda b: entry(b).update(inclusionProof=proof(other)))
    yield bench.changed("proof-index", INCLUSION, lambda b: proof(b).update(logIndex="2"))
    yield bench.changed("proof-index-beyond-the-tree", INCLUSION, lambda b: proof(b).update(logIndex="7"))
    yield bench.changed("proof-size-zero", INCLUSION, lambda b: proof(b).update(treeSize="0"))
    yield bench.changed("proof-cut", INCLUSION, lambda b: proof(b)["hashes"].pop())
    yield bench.changed("proof-longer", INCLUSION, lambda b: proof(b)["hashes"].append(b64(bytes(32))))
    yield bench.changed("proof-root", INCLUSION, lambda b: proof(b).update(rootHash=flip(proof(b)["rootHash"])))
    yield bench.changed("no-proof", MALFORMED, lambda b: entry(b).pop("inclusionProof"))
    yield bench.changed("no-checkpoint", MALFORMED, lambda b: proof(b).pop("checkpoint"))
    yield bench.changed("no-entry", MALFORMED, lambda b: material(b).update(tlogEntries=[]))
    yield bench.changed("two-entries", MALFORMED, lambda b: material(b)["tlogEntries"].append(entry(other)))
    yield bench.changed("entry-of-another", ENTRY, lambda b: material(b).update(tlogEntries=[entry(other)]))
    log_id = {"keyId": b64(bytes(32))}
    yield bench.changed("log-not-pinned", INCLUSION, lambda b: entry(b).update(logId=log_id))
    plain = Bench(promise=False)
    yield plain.changed("false-log-index", INCLUSION, lambda b: entry(b).update(logIndex="424242"), "accepts")


def _checkpoints() -> Iterator[Case]:
    bench = Bench()
    place = bench.place
    body = place.entry_body("dsse", "0.0.1", STATEMENT, signature_of(bench.good))
    note = entry(bench.good)["inclusionProof"]["checkpoint"]["envelope"]
    text, _, lines = note.partition("\n\n")
    signed = lines.rstrip("\n").rpartition(" ")[2]
    foreign = Log(key=Key("foreign log"))
    renamed = Log(name="other.example.test")
    same_name = foreign.line(text + "\n")

    def put(envelope: str) -> Callable[[Json], object]:
        return lambda b: entry(b)["inclusionProof"].update(checkpoint={"envelope": envelope})

    def lines_of(log: Log) -> Callable[[Json], object]:
        return lambda b: material(b).update(tlogEntries=[log.entry(body, promise=True)])

    yield bench.changed("checkpoint-hint", CHECKPOINT, put(note.replace(signed, flip(signed, 0))))
    yield bench.changed("checkpoint-signature", CHECKPOINT, put(note.replace(signed, flip(signed))))
    yield bench.changed("checkpoint-size", CHECKPOINT, put(note.replace("\n7\n", "\n8\n")))
    yield bench.changed("checkpoint-by-another-key", CHECKPOINT, put(f"{text}\n\n{same_name}"))
    yield bench.changed("checkpoint-unsigned", MALFORMED, put(f"{text}\n\n"))
    yield bench.changed("checkpoint-is-no-note", MALFORMED, put("x"))
    yield bench.changed("entry-of-another-log", INCLUSION, lines_of(foreign))
    # sigstore-python looks for a signature by the pinned key under any name.
    yield bench.changed("checkpoint-of-another-origin", CHECKPOINT, lines_of(renamed), "accepts")
    later = Log()
    shrunk = later.entry(body, promise=True)
    size, root = "3", b64(bytes(32))
    lie = f"log.example.test - 77\n{size}\n{root}\n"
    shrunk["inclusionProof"]["checkpoint"] = {"envelope": lie + "\n" + later.line(lie)}
    yield bench.changed("checkpoint-of-another-tree", CHECKPOINT, lambda b: material(b).update(tlogEntries=[shrunk]))


def _log(logged: Json) -> Callable[[Json], object]:
    return lambda bundle: material(bundle).update(tlogEntries=[logged])


def _bodies() -> Iterator[Case]:
    place, other = Place(), Place(signing=Key("another"))
    for kind, version in (("dsse", "0.0.1"), ("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2")):
        bench = Bench(kind, version, promise=False)
        message = ARTIFACT if kind == "hashedrekord" else STATEMENT
        signature = signature_of(bench.good)
        for name, body in (
            ("key", other.entry_body(kind, version, message, signature)),
            ("signature", place.entry_body(kind, version, message, b"another")),
            ("message", place.entry_body(kind, version, message + b" ", signature)),
            ("version", place.entry_body(kind, version, message, signature) | {"apiVersion": "0.0.9"}),
        ):
            logged = place.log.entry(body, promise=False)
            code = "evidence.unsupported" if name == "version" else ENTRY
            yield bench.changed(f"body-{kind}-{version}-{name}", code, _log(logged))
    bench = Bench(promise=False)
    body = place.entry_body("dsse", "0.0.1", STATEMENT, signature_of(bench.good))
    body["spec"]["signatures"] *= 2
    yield bench.changed("body-two-signatures", ENTRY, _log(place.log.entry(body, promise=False)))
    raw = canonical_json(place.entry_body("dsse", "0.0.1", STATEMENT, signature_of(bench.good)))
    renamed = {"kind": "intoto", "version": "0.0.2"}
    yield bench.changed("kind-not-of-the-body", ENTRY, lambda b: entry(b).update(kindVersion=renamed))
    changed = b64(raw.replace(b"0.0.1", b"0.0.2"))
    yield bench.changed("body-not-of-the-leaf", INCLUSION, lambda b: entry(b).update(canonicalizedBody=changed))


def _windows() -> Iterator[Case]:
    place = Place()
    made = place.bundle("hashedrekord", "0.0.2", ARTIFACT)
    promised = place.bundle("dsse", "0.0.1", STATEMENT, promise=True, stamped=False)
    before, after = ((NOW + timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ") for offset in (-1, 1))
    codes = {"tlogs": INCLUSION, "certificateAuthorities": CERTIFICATE, "timestampAuthorities": TIMESTAMP}
    for part, code in codes.items():
        for name, span in (("over", window(end=before)), ("not-open", window(start=after))):
            root = place.trusted_root()
            (root[part][0]["publicKey"] if part == "tlogs" else root[part][0])["validFor"] = span
            # sigstore-python reads the windows of logs and certificate authorities against today alone.
            stock = "agrees" if part == "timestampAuthorities" else "accepts"
            yield Case(name=f"window-{part}-{name}", bundle=made, root=root, verdict=code, stock=stock)
            verdict = GOOD if part == "timestampAuthorities" else code
            yield Case(name=f"window-{part}-{name}-promise", bundle=promised, root=root, verdict=verdict, stock=stock)
    root = place.trusted_root()
    root["ctlogs"][0]["publicKey"]["validFor"] = window(end="2024-02-01T00:00:00Z")
    yield Case(name="window-ctlogs-over", bundle=made, root=root, verdict=CERTIFICATE, stock="accepts")
    for part in ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"):
        root = place.trusted_root()
        held = root[part][0]["publicKey"] if part.endswith("logs") else root[part][0]
        held["validFor"] = {}
        yield Case(name=f"window-{part}-without-a-start", bundle=made, root=root, verdict=UNREADABLE)
        root = place.trusted_root()
        root[part] = []
        code = {"ctlogs": CERTIFICATE}.get(part) or codes[part]
        yield Case(name=f"nothing-pinned-{part}", bundle=made, root=root, verdict=code)
